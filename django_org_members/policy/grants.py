"""Permissions that a person has beside a role: granted with django-guardian, or as model permissions of Django.

django-guardian's own `has_perm` asks two queries a call and its `get_objects_for_user` forgets `is_active`; these
read the same rows for any number of people at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Exists, Q

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


def load(organization_id: int, user_ids: Iterable[Any]) -> dict[Any, frozenset[str]]:
    """Return the permissions of each of these people beside their roles: one query; who has none is left out."""
    ids = list(user_ids)
    by_user = OrganizationUserGrant.objects.filter(
        _ours("permission__"), user__in=ids, content_object=organization_id
    )
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
