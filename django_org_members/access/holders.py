"""Users and groups that were granted something in one place: what can be taken back there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from ..models import Organization
from . import tables
from .tables import Table

PER_PAGE = 50


@dataclass(frozen=True)
class Holder:
    """A user or a group, and what they were granted in one place. An inactive user keeps it, and cannot use it."""

    to: Any
    permissions: frozenset[str]

    @property
    def is_group(self) -> bool:
        """Whether it is a group."""
        return isinstance(self.to, Group)


def groups_granted(organization: Organization | None) -> list[Holder]:
    """Return the groups that were granted something on the organization (None: on all): two queries."""
    return _held(tables.of(organization, groups=True), Group.objects.order_by("name"), slice(None))


def users_granted(organization: Organization | None, *, page: int = 1) -> tuple[list[Holder], bool]:
    """Return one page of the users who were, by username, and whether there are more: two queries."""
    model, start = get_user_model(), (page - 1) * PER_PAGE
    ordered = model._default_manager.order_by(model.USERNAME_FIELD)
    found = _held(tables.of(organization, groups=False), ordered, slice(start, start + PER_PAGE + 1))
    return found[:PER_PAGE], len(found) > PER_PAGE


def holder(organization: Organization | None, pk: Any, *, is_group: bool) -> Holder | None:
    """Return the user or group with this pk, None if nothing was granted to it there or there is none."""
    candidates = (Group if is_group else get_user_model())._default_manager.filter(pk=pk)
    return next(iter(_held(tables.of(organization, groups=is_group), candidates, slice(1))), None)


def _held(table: Table | None, candidates: QuerySet[Any], part: slice) -> list[Holder]:
    if table is None:
        return []
    found = list(candidates.filter(pk__in=table.rows.values(table.holder))[part])
    names = table.held_by(each.pk for each in found)
    return [Holder(each, names[each.pk]) for each in found if each.pk in names]
