"""Keeps who is on call when somebody leaves a rotation."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.db.models.signals import pre_delete
from django.utils import timezone

from ..models import Organization, Rotation, RotationPlace
from . import anchoring


def connect() -> None:
    """Connect the receivers."""
    pre_delete.connect(keep_the_order, sender=RotationPlace, dispatch_uid="org_members.keep_the_order")


def keep_the_order(sender: type[RotationPlace], instance: RotationPlace, origin: Any = None, **kwargs: Any) -> None:
    """Before a place goes, hold on to whose turn it is: else every later shift would move.

    Nothing to do where the rotation itself is deleted, or its organization. Those who go together are asked about one by one, each while
    all of them are still there, so that the result is the same in any order.
    """
    if issubclass(origin.model if isinstance(origin, QuerySet) else type(origin), (Rotation, Organization)):
        return
    # Locked: who edits it meanwhile would lose the change.
    rotation = Rotation.objects.select_for_update().filter(pk=instance.rotation_id).first()
    if rotation is not None and anchoring.anchor(rotation, timezone.now()):
        rotation.save(update_fields=["layers"])
