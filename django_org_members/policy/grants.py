"""Permissions that a person has beside a role: granted with django-guardian, or as model permissions of Django.

django-guardian's own `has_perm` asks two queries a call and its `get_objects_for_user` forgets `is_active`; these
read the same rows for any number of people at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, F, IntegerField, Q, QuerySet, Value

from ..models import OrganizationGroupGrant, OrganizationUserGrant
from ..models.unions import Null
from . import catalog
from .permissions import grantable, rows_of

_ROLE, _GRANTED, _HELD = range(3)


def query_name(relation: str) -> str | None:
    """Return by which name `groups` or `user_permissions` of the user model is queried from the other side.

    A custom model may have renamed it, or lack the field: there are no such permissions then.
    """
    try:
        field: Any = get_user_model()._meta.get_field(relation)
    except FieldDoesNotExist:
        return None
    return str(field.related_query_name())


def _granted(lookup: str, user: Any) -> list[QuerySet[Any]]:
    """Return the grants, direct and by groups, of the people that the lookup (such as `in`) finds."""
    sources = [OrganizationUserGrant.objects.filter(**{f"user{lookup}": user})]
    if groups := query_name("groups"):
        sources.append(OrganizationGroupGrant.objects.filter(**{f"group__{groups}{lookup}": user}))
    return sources


def _held(lookup: str, user: Any) -> list[tuple[QuerySet[Any], str]]:
    """Return the model permissions of those people, direct and by groups, each with the path to the person."""
    paths = []
    if direct := query_name("user_permissions"):
        paths.append(direct)
    if groups := query_name("groups"):
        paths.append(f"group__{groups}")
    permissions = Permission.objects.order_by()  # SQLite sorts no part of a union
    return [(permissions.filter(**{f"{path}{lookup}": user}), path) for path in paths]


def exist_for(user: Any, organization: Any, among: Iterable[str]) -> Q:
    """Return a condition: this person (a value or an `OuterRef`) has any of these permissions on the organization."""
    names = frozenset(among) & grantable()
    granted = [
        source.filter(rows_of(names, "permission__"), content_object=organization) for source in _granted("", user)
    ]
    held = [source.filter(rows_of(names)) for source, _ in _held("", user)]
    return reduce(or_, (Q(Exists(source)) for source in (*granted, *held)))


def may_exist_for(user: Any, organization: Any) -> Q:
    """Return a condition: there is anything of this person's to load, if only a permission of no meaning here.

    Asked for each row of a list, and so without the names of the permissions, which cost more to ask than they save.
    """
    granted = [source.filter(content_object=organization) for source in _granted("", user)]
    return reduce(or_, (Q(Exists(source)) for source in (*granted, *(source for source, _ in _held("", user)))))


def exist_elsewhere(user: Any, organization: Any) -> Q:
    """Return a condition: this person has permissions granted on another organization than this one."""
    elsewhere = (source.exclude(content_object=organization) for source in _granted("", user))
    return reduce(or_, (Q(Exists(source)) for source in elsewhere))


def model_permissions(user: Any) -> frozenset[str]:
    """Return all of a user's model permissions, direct and by groups, of every app: one query (Django asks two)."""
    sources = [
        source.annotate(_label=F("content_type__app_label")).values_list("_label", "codename")
        for source, _ in _held("", user.pk)
    ]
    found = sources[0].union(*sources[1:]).order_by() if sources else ()
    return frozenset(f"{label}.{codename}" for label, codename in found)


@dataclass(frozen=True)
class OfActor:
    """What is read of an actor in one query, because the members list has a budget of queries."""

    roles: list[tuple[Any, ...]]
    """The rows of the organization's `RoleCatalog`: whoever asks what somebody is granted soon asks about roles."""
    held: frozenset[str]
    """The model permissions of every app."""
    granted: frozenset[str]
    """What is granted on the organization."""


def of_actor(user: Any, organization_id: int) -> OfActor:
    """Return a user's model permissions, what is granted on the organization, and its roles: one query for all."""
    names = rows_of(grantable(), "permission__")
    granted = [
        _labelled(source.filter(names, content_object=organization_id), "permission__", _GRANTED)
        for source in _granted("", user.pk)
    ]
    held = [_labelled(source, "", _HELD) for source, _ in _held("", user.pk)]
    roles = catalog.rows_of(organization_id).annotate(_kind=Value(_ROLE, output_field=IntegerField()))
    found: dict[int, list[tuple[Any, ...]]] = {_ROLE: [], _GRANTED: [], _HELD: []}
    for *row, kind in roles.union(*granted, *held, all=True).order_by():
        found[kind].append(tuple(row))
    return OfActor(
        found[_ROLE], *(frozenset(f"{row[0]}.{row[1]}" for row in found[kind]) for kind in (_HELD, _GRANTED))
    )


def _labelled(rows: QuerySet[Any], prefix: str, kind: int) -> QuerySet[Any]:
    """Return app and codename, nothing in the columns of a role, and the kind."""
    nothing = {f"_no_{field.attname}": Null(output_field=field) for field in catalog.FIELDS}
    labelled: QuerySet[Any] = rows.annotate(
        _label=F(f"{prefix}content_type__app_label"),
        _name=F(f"{prefix}codename"),
        **nothing,
        _kind=Value(kind, output_field=IntegerField()),
    )
    return labelled.values_list("_label", "_name", *nothing, "_kind")


def load(organization_id: int, user_ids: Iterable[Any]) -> dict[Any, frozenset[str]]:
    """Return the permissions of each of these people beside their roles: one query; who has none is left out."""
    ids, names = list(user_ids), grantable()
    by_user, *by_group = (
        source.filter(rows_of(names, "permission__"), content_object=organization_id)
        for source in _granted("__in", ids)
    )
    granted = ("permission__content_type__app_label", "permission__codename")
    held = ("content_type__app_label", "codename")
    rows = by_user.values_list("user_id", *granted).union(
        *(source.values_list(f"group__{query_name('groups')}", *granted) for source in by_group),
        *(source.filter(rows_of(names)).values_list(path, *held) for source, path in _held("__in", ids)),
        all=True,
    )
    found: dict[Any, set[str]] = defaultdict(set)
    for user_id, label, codename in rows:
        found[user_id].add(f"{label}.{codename}")
    return {user_id: frozenset(permissions) for user_id, permissions in found.items()}
