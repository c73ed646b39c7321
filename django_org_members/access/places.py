"""Where one person may act."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ..models import Membership, Organization, Role
from ..policy.authority import is_superuser
from ..policy.permissions import grantable, of_builtin_role
from .sources import EVERYWHERE, Kind, Source, granted_to, superuser


@dataclass(frozen=True)
class Place:
    """One organization, and from where the person has permissions there."""

    organization: Organization
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Access:
    """Where a person may act."""

    user: Any
    everywhere: tuple[Source, ...] = ()
    """What counts in every organization: model permissions, being a superuser."""
    places: list[Place] = field(default_factory=list)
    """The organizations in which the person has a role or grants that give something, by name."""


def access_of(user: Any, *, organization: Organization | None = None) -> Access:
    """Return where the user may act and why, or just in one organization: at most five queries.

    As long as what the person was given: a superuser's is not one line for each organization there is. Nothing for an
    inactive user; a disabled membership gives nothing.
    """
    if not user.is_active:
        return Access(user)
    granted = granted_to([user.pk], organization).get(user.pk, {})
    everywhere = granted.pop(EVERYWHERE, ())
    if is_superuser(user):
        everywhere = (superuser(), *everywhere)
    sources: dict[int, tuple[Source, ...]] = dict(granted)
    organizations = Organization.objects.in_bulk(granted) if granted else {}
    for member, source in _roles(user, organization):
        organizations[member.organization_id] = member.organization
        sources[member.organization_id] = (source, *granted.get(member.organization_id, ()))
    ordered = sorted(organizations.values(), key=lambda each: (each.name, each.pk))
    return Access(user, everywhere, [Place(each, sources[each.pk]) for each in ordered])


def _roles(user: Any, organization: Organization | None) -> list[tuple[Membership, Source]]:
    """Return the live memberships whose role gives something."""
    members = Membership.objects.active().filter(user=user.pk).select_related("organization", "role")
    if organization is not None:
        members = members.filter(organization=organization)
    found = list(members)
    given = _permissions_of({member.role_id: member.role for member in found})
    return [
        (member, Source(Kind.ROLE, given[member.role_id], role=member.role))
        for member in found
        if given[member.role_id]
    ]


def _permissions_of(roles: dict[int, Role]) -> dict[int, frozenset[str]]:
    """Return what each role gives: one query for the custom ones."""
    names: dict[int, set[str]] = defaultdict(set)
    custom = Role.objects.filter(pk__in=[pk for pk, role in roles.items() if role.key is None])
    for pk, app_label, codename in custom.order_by().values_list(
        "pk", "permissions__content_type__app_label", "permissions__codename"
    ):
        names[pk].add(f"{app_label}.{codename}")
    return {
        pk: of_builtin_role(role.key) if role.key else grantable().intersection(names[pk]) for pk, role in roles.items()
    }
