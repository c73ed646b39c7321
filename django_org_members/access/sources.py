"""From where people have their permissions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from django.contrib.auth.models import Group
from django.db.models import F, IntegerField, QuerySet, Value
from django.utils.translation import gettext as _

from ..models import Organization, Role
from ..policy.grants import query_name
from ..policy.permissions import everything
from . import tables
from .tables import Table


class Kind(str, Enum):
    """Where a permission can come from."""

    ROLE = "role"
    """The role of a live membership."""
    GRANT = "grant"
    """Granted to the person on this organization."""
    GROUP_GRANT = "group_grant"
    """Granted to a group of the person's on this organization."""
    MODEL = "model"
    """A model permission of the person's: on all organizations."""
    GROUP_MODEL = "group_model"
    """A model permission of a group of the person's: on all organizations."""
    SUPERUSER = "superuser"


@dataclass(frozen=True)
class Source:
    """One reason why a person has permissions, and which."""

    kind: Kind
    permissions: frozenset[str]
    role: Role | None = None
    group: Group | None = None

    def __str__(self) -> str:
        words = {
            Kind.ROLE: _("Role %(role)s"),
            Kind.GRANT: _("Granted on this organization"),
            Kind.GROUP_GRANT: _("Granted on this organization to the group %(group)s"),
            Kind.MODEL: _("Granted on all organizations"),
            Kind.GROUP_MODEL: _("Granted on all organizations to the group %(group)s"),
            Kind.SUPERUSER: _("Superuser"),
        }[self.kind]
        return words % {"role": self.role.label if self.role else "", "group": self.group.name if self.group else ""}


@dataclass(frozen=True)
class Person:
    """A user who may act in an organization, and why."""

    user: Any
    sources: tuple[Source, ...]

    @property
    def permissions(self) -> frozenset[str]:
        """Everything that the person may do there."""
        return frozenset[str]().union(*(source.permissions for source in self.sources))


EVERYWHERE = 0
"""Stands for the organization of what counts in all of them: no row has this number."""


class _Row(NamedTuple):
    """One permission of one user; `group` is zero where it is the user's own."""

    user: Any
    place: int
    group: int
    app_label: str
    codename: str


def superuser() -> Source:
    """Return the source that gives everything."""
    return Source(Kind.SUPERUSER, everything())


def granted_to(
    user_ids: Iterable[Any], organization: Organization | None = None
) -> dict[Any, dict[int, tuple[Source, ...]]]:
    """Return what these users have beside roles, by user pk and by organization pk (or `EVERYWHERE`).

    `organization`: only there, and everywhere; None: in all of them. Two queries, whatever their number.
    """
    permissions: dict[tuple[Any, int, int], set[str]] = defaultdict(set)
    for row in _rows(list(user_ids), organization):
        permissions[row.user, row.place, row.group].add(f"{row.app_label}.{row.codename}")
    groups = _groups(group for _user, _place, group in permissions)
    found: dict[Any, dict[int, tuple[Source, ...]]] = defaultdict(dict)
    for user, place, group in sorted(permissions, key=lambda key: key[1:]):
        kind = _KINDS[place == EVERYWHERE, bool(group)]
        source = Source(kind, frozenset(permissions[user, place, group]), group=groups.get(group))
        found[user][place] = (*found[user].get(place, ()), source)
    return found


_KINDS = {
    (False, False): Kind.GRANT,
    (False, True): Kind.GROUP_GRANT,
    (True, False): Kind.MODEL,
    (True, True): Kind.GROUP_MODEL,
}
"""By whether it counts everywhere, and whether it comes by a group."""


def holders(organization: Organization, *more: QuerySet[Any]) -> QuerySet[Any]:
    """Return the pks of all users who have anything here beside a role, and of `more` users: a union."""
    first, *others = (table.rows.values_list(path) for table, path, *_ in _tables(organization))
    return first.union(*others, *(users.values_list("pk") for users in more))


def _groups(numbers: Iterable[int]) -> dict[int, Group]:
    wanted = set(filter(None, numbers))
    return Group.objects.in_bulk(wanted) if wanted else {}


def _rows(ids: list[Any], organization: Organization | None) -> Iterator[_Row]:
    """Read the permissions, direct and by groups, granted and held, in one query."""
    if not ids:
        return
    first, *others = (
        table.rows.filter(**{f"{path}__in": ids})
        .annotate(_place=place, _group=group)
        .values_list(path, "_place", "_group", *table.names)
        for table, path, place, group in _tables(organization)
    )
    yield from (_Row(*row) for row in first.union(*others, all=True).order_by())


_NONE = Value(0, output_field=IntegerField())


def _tables(organization: Organization | None) -> Iterator[tuple[Table, str, Any, Any]]:
    """Yield each kind of rows, with its paths to the user, the organization and the group."""
    users, groups, groups_of = tables.users_on(organization), tables.groups_on(organization), query_name("groups")
    yield users, users.holder, F("content_object_id"), _NONE
    if groups:
        yield groups, f"group__{groups_of}", F("content_object_id"), F("group_id")
    if users_everywhere := tables.users_everywhere():
        yield users_everywhere, users_everywhere.holder, _NONE, _NONE
    if groups_everywhere := tables.groups_everywhere():
        yield groups_everywhere, f"group__{groups_of}", _NONE, F("group")
