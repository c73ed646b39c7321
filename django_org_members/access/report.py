"""Who may act in an organization: each person with every right and where it comes from.

The answer is the policy's: what `user.get_all_permissions(organization)` returns for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, OuterRef, Q, QuerySet

from ..accounts.adapter import get_adapter
from ..models import Membership, Organization
from ..models.memberships import MembershipQuerySet
from ..models.searching import containing
from ..policy.authority import is_superuser
from ..policy.catalog import RoleCatalog
from .cursors import Cursor
from .sources import EVERYWHERE, Kind, Person, Source, granted_to, holders, superuser

PER_PAGE = 50
_Found = tuple[Any, "Membership | None"]


@dataclass(frozen=True)
class People:
    """One page of the people who may act in an organization."""

    rows: list[Person]
    next: str
    """What `after` takes to go on; empty on the last page."""


def who_can_act(organization: Organization, *, search: str = "", after: str = "", limit: int = PER_PAGE) -> People:
    """Return everybody who has any permission in the organization: at most five queries, whatever their number.

    First those who have it from elsewhere than a role here (grants, model permissions, superusers), by username; then
    the members whose role gives something, by name. Nobody who is inactive; a disabled membership gives nothing.
    `search`: words that all stand in name or address. `after`: the `next` of the page before.
    """
    crowd = _Crowd(organization, search.replace("\x00", ""), Cursor.parse(after))
    found = crowd.first(limit + 1)
    page = found[:limit]
    rest = Cursor.behind(*page[-1]) if len(found) > limit else Cursor()
    return People(crowd.with_sources(page), str(rest))


class _Crowd:
    """The people of one organization that a search finds, from a cursor on."""

    def __init__(self, organization: Organization, search: str, cursor: Cursor) -> None:
        self.organization, self.search, self.cursor = organization, search, cursor
        self.catalog = RoleCatalog(organization.pk)
        self.roles = [role.pk for role in self.catalog if self.catalog.authority_of(role)]

    def first(self, limit: int) -> list[_Found]:
        """Return the first so many: those from outside, then members."""
        found: list[_Found] = []
        if not self.cursor.is_among_members:
            field = get_user_model().USERNAME_FIELD
            found = [(user, None) for user in self.cursor.users_behind(self._outsiders(), field)[:limit]]
        if len(found) < limit:
            members = self.cursor.members_behind(self._members())[: limit - len(found)]
            found += [(member.user, member) for member in members]
        return found

    def _members(self) -> MembershipQuerySet:
        """Return the live members whose role gives something; every order and search of them has an index."""
        members = Membership.objects.active().filter(_live("user__"), organization=self.organization)
        return members.filter(role__in=self.roles).matching(self.search).select_related("user")

    def _outsiders(self) -> QuerySet[Any]:
        """Return those who have something here, but not by a role."""
        users = get_user_model()._default_manager.all()
        matching = containing(self.search, *sorted(get_adapter().profile_fields))
        superusers = [users.filter(is_superuser=True)] if _knows("is_superuser") else []
        by_role = Membership.objects.active().filter(
            organization=self.organization, user=OuterRef("pk"), role__in=self.roles
        )
        return users.filter(_live(), matching, ~Exists(by_role), pk__in=holders(self.organization, *superusers))

    def with_sources(self, page: list[_Found]) -> list[Person]:
        """Load from where these people have their permissions: two queries."""
        beside = granted_to((user.pk for user, _member in page), self.organization)
        return [
            Person(user, (*self._of_role(member), *beside_roles(user, beside.get(user.pk, {}), self.organization.pk)))
            for user, member in page
        ]

    def _of_role(self, member: Membership | None) -> list[Source]:
        role = self.catalog.get(member.role_id) if member is not None else None
        return [Source(Kind.ROLE, self.catalog.authority_of(role).permissions, role=role)] if role is not None else []


def beside_roles(user: Any, granted: dict[int, tuple[Source, ...]], place: int) -> tuple[Source, ...]:
    """Return what a user has in one place, and everywhere."""
    everywhere = (superuser(),) if is_superuser(user) else ()
    return (*granted.get(place, ()), *granted.get(EVERYWHERE, ()), *everywhere)


def _knows(field: str) -> bool:
    try:
        get_user_model()._meta.get_field(field)
    except FieldDoesNotExist:
        return False
    return True


def _live(prefix: str = "") -> Q:
    return Q(**{f"{prefix}is_active": True}) if _knows("is_active") else Q()
