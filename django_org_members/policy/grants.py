"""Permissions that a person has beside a role: granted with django-guardian, or as model permissions of Django.

django-guardian's own `has_perm` asks two queries a call and its `get_objects_for_user` forgets `is_active`; these
read the same rows for any number of people at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import BooleanField, Exists, F, Q, QuerySet, Value

from ..models import OrganizationGroupGrant, OrganizationUserGrant
from .permissions import PREFIX, codenames


def _ours(prefix: str = "") -> Q:
    return Q(**{f"{prefix}content_type__app_label": PREFIX, f"{prefix}codename__in": codenames()})


def exist_for(user: Any, organization: Any) -> Q:
    """Return a condition: this person (a value or an `OuterRef`) has any such permission on the organization."""
    sources = (
        OrganizationUserGrant.objects.filter(user=user, content_object=organization),
        OrganizationGroupGrant.objects.filter(group__user=user, content_object=organization),
        Permission.objects.filter(_ours(), user=user),
        Permission.objects.filter(_ours(), group__user=user),
    )
    condition = Q()
    for source in sources:
        condition |= Q(Exists(source))
    return condition


def exist_elsewhere(user: Any, organization: Any) -> Q:
    """Return a condition: this person has permissions granted on another organization than this one."""
    by_user = OrganizationUserGrant.objects.filter(user=user).exclude(content_object=organization)
    by_group = OrganizationGroupGrant.objects.filter(group__user=user).exclude(content_object=organization)
    return Q(Exists(by_user)) | Q(Exists(by_group))


def model_permissions(user: Any) -> frozenset[str]:
    """Return all of a user's model permissions, direct and by groups, of every app: one query (Django asks two)."""
    permissions = Permission.objects.order_by().annotate(_label=F("content_type__app_label"))
    direct = permissions.filter(user=user.pk).values_list("_label", "codename")
    by_group = permissions.filter(group__user=user.pk).values_list("_label", "codename")
    return frozenset(f"{label}.{codename}" for label, codename in direct.union(by_group).order_by())


def of_actor(user: Any, organization_id: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return a user's model permissions of every app, and what is granted on the organization: one query for both."""
    granted = []
    for source, path in ((OrganizationUserGrant, "user"), (OrganizationGroupGrant, "group__user")):
        rows = source.objects.filter(_ours("permission__"), content_object=organization_id, **{path: user.pk})
        granted.append(_labelled(rows, "permission__", on_organization=True))
    permissions = Permission.objects.order_by()
    direct = _labelled(permissions.filter(user=user.pk), "", on_organization=False)
    by_group = _labelled(permissions.filter(group__user=user.pk), "", on_organization=False)
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for label, codename, on_organization in granted[0].union(*granted[1:], direct, by_group, all=True).order_by():
        found[bool(on_organization)].add(f"{label}.{codename}")
    return frozenset(found[False]), frozenset(found[True])


def _labelled(rows: QuerySet[Any], prefix: str, *, on_organization: bool) -> QuerySet[Any]:
    labelled: QuerySet[Any] = rows.annotate(
        _label=F(f"{prefix}content_type__app_label"),
        _name=F(f"{prefix}codename"),
        _on_organization=Value(on_organization, output_field=BooleanField()),
    )
    return labelled.values_list("_label", "_name", "_on_organization")


def load(organization_id: int, user_ids: Iterable[Any]) -> dict[Any, frozenset[str]]:
    """Return the permissions of each of these people beside their roles: one query; who has none is left out."""
    ids = list(user_ids)
    by_user = OrganizationUserGrant.objects.filter(_ours("permission__"), user__in=ids, content_object=organization_id)
    by_group = OrganizationGroupGrant.objects.filter(
        _ours("permission__"), group__user__in=ids, content_object=organization_id
    )
    permissions = Permission.objects.filter(_ours()).order_by()  # SQLite sorts no part of a union
    of_user = permissions.filter(user__in=ids)
    of_group = permissions.filter(group__user__in=ids)
    rows = by_user.values_list("user_id", "permission__codename").union(
        by_group.values_list("group__user", "permission__codename"),
        of_user.values_list("user", "codename"),
        of_group.values_list("group__user", "codename"),
        all=True,
    )
    found: dict[Any, set[str]] = defaultdict(set)
    for user_id, codename in rows:
        found[user_id].add(f"{PREFIX}.{codename}")
    return {user_id: frozenset(permissions) for user_id, permissions in found.items()}
