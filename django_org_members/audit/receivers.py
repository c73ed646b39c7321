"""What is written down of changes that no service of the package makes: accounts and groups that the project deletes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.db.models.signals import pre_delete

from ..accounts import clients
from ..accounts.adapter import address_of, get_adapter
from ..models import AuditEvent, Membership, OrganizationGroupGrant, OrganizationUserGrant
from ..models.audit import ALL_ORGANIZATIONS
from ..policy.permissions import grantable
from .recording import about, event, write


def connect() -> None:
    """Connect all; called once, when the app is ready.

    With a sender: without one, nothing of the whole project could be deleted by a plain DELETE any more. A proxy of the
    user model is a sender of its own; deleting a row of a child table deletes its parent too, which is the sender then.
    Raw SQL, and `_raw_delete`, tell nobody.
    """
    for base, receiver, name in (
        (get_user_model(), on_account_deleting, "account"),
        (Group, on_group_deleting, "group"),
    ):
        for model in apps.get_models():
            if model._meta.concrete_model is base._meta.concrete_model:
                pre_delete.connect(
                    receiver, sender=model, dispatch_uid=f"org_members.{name}_deleted.{model._meta.label}"
                )


def on_account_deleting(sender: Any, instance: Any, **kwargs: Any) -> None:
    """Write an event for each organization of the account, and for each place where it was granted something.

    By the user whose request it is, if any.
    """
    members = Membership.objects.filter(user=instance.pk).select_related("role").order_by("pk")
    actor, adapter = clients.current_user(), get_adapter()
    whom = {"user_id": instance.pk, "name": adapter.full_name(instance), "email": address_of(instance)}
    grants = OrganizationUserGrant.objects.filter(user=instance.pk)
    write(
        (
            about(member, AuditEvent.Verb.ACCOUNT_DELETED, actor=actor, details={"role": member.role.name})
            for member in members.iterator()
        ),
        _revoked(grants, getattr(instance, "user_permissions", None), {}, actor=actor, **whom),
    )


def on_group_deleting(sender: Any, instance: Group, **kwargs: Any) -> None:
    """Write an event for each place where the group was granted something: its people lose it."""
    grants = OrganizationGroupGrant.objects.filter(group=instance.pk)
    details = {"group": instance.name}
    write(_revoked(grants, instance.permissions, details, actor=clients.current_user(), name=instance.name))


def _revoked(grants: QuerySet[Any], everywhere: Any, details: dict[str, Any], **fields: Any) -> Iterator[AuditEvent]:
    """Yield the events that these grants, and these model permissions, are gone: as `access.revoke` writes them."""
    for place, names in _held(grants, everywhere):
        permissions = sorted(names)
        verb = AuditEvent.Verb.ACCESS_REVOKED
        yield event(place, verb, details={**details, "permissions": [permissions, []]}, **fields)


def _held(grants: QuerySet[Any], everywhere: Any) -> Iterator[tuple[int, Iterable[str]]]:
    """Yield each place with the permissions that count there."""
    names = ("permission__content_type__app_label", "permission__codename")
    rows = grants.order_by("content_object_id").values_list("content_object_id", *names).iterator()
    for place, held in groupby(rows, key=lambda row: row[0]):
        if found := grantable().intersection(f"{app}.{codename}" for _place, app, codename in held):
            yield place, found
    if everywhere is None:  # a user model may keep none
        return
    held = everywhere.values_list("content_type__app_label", "codename")
    if found := grantable().intersection(f"{app}.{codename}" for app, codename in held):
        yield ALL_ORGANIZATIONS, found
