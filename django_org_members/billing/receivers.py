"""What has a sync begin: whatever changes who counts, once for an organization and commit."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Any

from asgiref.local import Local
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from ..commits import after_commit
from ..models import Membership
from ..signals import members_added, members_disabled, members_enabled, members_removed
from . import debts
from .sync import sync_subscription

logger = logging.getLogger("django_org_members")

_waiting = Local()
"""The organizations for which a sync begins at the next commit, so that a change of a thousand members begins one."""


def connect() -> None:
    """Connect all; called once, when the app is ready.

    Rows that are written in bulk send no signal of Django's: the package's own tell of its services. What no signal tells
    of (raw SQL, a project's own `bulk_create`) is owed all the same, and found by the next sync, or by `sync_seats`.
    """
    post_save.connect(on_saved, sender=Membership, dispatch_uid="org_members.seats_saved")
    post_delete.connect(on_deleted, sender=Membership, dispatch_uid="org_members.seats_deleted")
    for signal, name in (
        (members_added, "added"),
        (members_removed, "removed"),
        (members_disabled, "disabled"),
        (members_enabled, "enabled"),
    ):
        signal.connect(on_members_changed, dispatch_uid=f"org_members.seats_{name}")


def on_saved(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """A membership was saved, by whatever code; a fixture's too."""
    begin_after_commit(instance.organization_id)


def on_deleted(sender: Any, instance: Membership, **kwargs: Any) -> None:
    """A membership was deleted: by whatever code, or with its account."""
    begin_after_commit(instance.organization_id)


def on_members_changed(sender: Any, organization: Any, **kwargs: Any) -> None:
    """A service changed members."""
    begin_after_commit(organization.pk)


def begin_after_commit(organization_id: int) -> None:
    """Begin a sync of the organization's subscription, if it owes any, when the transaction is committed."""
    _organizations().add(organization_id)
    after_commit(partial(_begin, organization_id))


def _begin(organization_id: int) -> None:
    """Begin it once: the first of the callbacks takes the organization, the others find nothing to do."""
    waiting = _organizations()
    if organization_id in waiting:
        waiting.discard(organization_id)
        begin([organization_id])


def begin(organizations: Iterable[int]) -> None:
    """Hand a task for each that owes to the project's workers; where there are none, it is done here and now.

    Raises nothing where they cannot be reached: what is owed stays owed.
    """
    for pk in debts.due(timezone.now(), organizations):
        try:
            sync_subscription.enqueue(pk)
        except Exception:
            logger.exception("The sync of subscription %s could not begin; it stays owed.", pk)


def _organizations() -> set[int]:
    if not hasattr(_waiting, "organizations"):
        _waiting.organizations = set()
    found: set[int] = _waiting.organizations
    return found
