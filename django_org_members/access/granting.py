"""Permissions granted to users and groups, on one organization or on all, and taken back: by superusers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _

from .. import audit
from ..accounts.adapter import address_of, get_adapter
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, Organization
from ..models.audit import ALL_ORGANIZATIONS
from ..policy import ALLOWED, Verdict, refused
from ..policy.authority import is_superuser
from ..policy.permissions import grantable
from ..policy.registry import rows
from ..signals import access_granted, access_revoked
from .holding import Holding


def may_grant(actor: Any) -> Verdict:
    """Whether the actor may grant permissions and take them back: an active superuser."""
    if actor is not None and is_superuser(actor):
        return ALLOWED
    return refused("superuser", _("Only a superuser grants permissions and takes them back."))


def grant(
    *, actor: Any, to: Any, permissions: Iterable[str], organization: Organization | None = None
) -> frozenset[str]:
    """Give a user or a group permissions on an organization; None: on all, as model permissions of Django.

    Returns the names that are new; granting again changes nothing. It does not matter whether the user is staff or
    active: the permissions count for active users only, and only staff get into the ordinary admin site.

    Raises `Refused` unless the actor is an active superuser, and `ValidationError` at `permissions` for none, for
    unknown names and for `transfer_ownership`, or at `to` for somebody who is gone, or who could not hold them in this
    project's user model. Locks the organization, then the user or group. Writes one audit event, sends `access_granted`.
    """
    return _change(actor, to, permissions, organization, is_granted=True)


def revoke(
    *, actor: Any, to: Any, permissions: Iterable[str], organization: Organization | None = None
) -> frozenset[str]:
    """Take back from a user or a group what was granted there; returns the names that they had.

    What the person has from elsewhere stays: a role, a group, the other of one organization and all. Raises and locks
    as `grant`. Writes one audit event, sends `access_revoked`.
    """
    return _change(actor, to, permissions, organization, is_granted=False)


@in_one_transaction
def _change(
    actor: Any, to: Any, permissions: Iterable[str], organization: Organization | None, *, is_granted: bool
) -> frozenset[str]:
    may_grant(actor).require()
    names = _checked(permissions)
    if organization is not None:
        organization = Organization.objects.locked(organization.pk)
    holding = Holding.locked(to, organization)
    before = holding.names()
    after = before | names if is_granted else before - names
    if after == before:
        return frozenset()
    if is_granted:
        holding.add(rows(after - before))
    else:
        holding.remove(rows(before - after))
    changed = after ^ before
    verb = AuditEvent.Verb.ACCESS_GRANTED if is_granted else AuditEvent.Verb.ACCESS_REVOKED
    audit.write(_event(actor, holding.to, organization, verb, {"permissions": [sorted(before), sorted(after)]}))
    signal = access_granted if is_granted else access_revoked
    signal.send(sender=Organization, organization=organization, actor=actor, to=holding.to, permissions=sorted(changed))
    return changed


def _checked(permissions: Iterable[str]) -> frozenset[str]:
    names = frozenset(str(name) for name in permissions)
    if not names:
        raise field_error("permissions", _("Choose at least one permission."), "required")
    if unknown := names - grantable():
        message = _("This cannot be granted: %(names)s.")
        raise field_error("permissions", message, "not_grantable", names=", ".join(sorted(unknown)))
    return names


def _event(actor: Any, to: Any, organization: Organization | None, verb: str, details: dict[str, Any]) -> AuditEvent:
    """Return the event. That of all organizations stands once, under a number that no organization has."""
    place = ALL_ORGANIZATIONS if organization is None else organization.pk
    if isinstance(to, Group):
        return audit.event(place, verb, actor=actor, name=to.name, details={"group": to.name, **details})
    name, address = get_adapter().full_name(to), address_of(to)
    return audit.event(place, verb, actor=actor, user_id=to.pk, name=name, email=address, details=details)
