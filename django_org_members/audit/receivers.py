"""What is written down of changes that no service of the package makes: accounts that the project deletes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models.signals import pre_delete

from ..accounts import clients
from ..models import AuditEvent, Membership
from .recording import about, write


def connect() -> None:
    """Connect all; called once, when the app is ready.

    With a sender: without one, nothing of the whole project could be deleted by a plain DELETE any more. A proxy of the
    user model is a sender of its own; deleting a row of a child table deletes its parent too, which is the sender then.
    Raw SQL, and `_raw_delete`, tell nobody.
    """
    for model in apps.get_models():
        if model._meta.concrete_model is get_user_model()._meta.concrete_model:
            uid = f"org_members.account_deleted.{model._meta.label}"
            pre_delete.connect(on_account_deleting, sender=model, dispatch_uid=uid)


def on_account_deleting(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Write an event for each organization of the account; by the user whose request it is, if any."""
    members = Membership.objects.filter(user=instance.pk).select_related("role").order_by("pk")
    actor = clients.current_user()
    write(
        about(member, AuditEvent.Verb.ACCOUNT_DELETED, actor=actor, details={"role": member.role.name})
        for member in members.iterator()
    )
