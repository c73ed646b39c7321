"""Where the permissions are kept that no role gives: four kinds of rows, read by the same paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission
from django.db.models import QuerySet

from ..models import Organization, OrganizationGroupGrant, OrganizationUserGrant
from ..policy.grants import query_name
from ..policy.permissions import grantable, rows_of


class Table(NamedTuple):
    """Rows that each stand for one permission of a user or a group; only permissions that count."""

    rows: QuerySet[Any]
    holder: str
    """The path to the user or group."""
    permission: str
    """The path to the permission."""

    @property
    def names(self) -> tuple[str, str]:
        """The paths to the two halves of the permission's name."""
        return f"{self.permission}content_type__app_label", f"{self.permission}codename"

    def held_by(self, pks: Iterable[Any]) -> dict[Any, frozenset[str]]:
        """Return the permissions of these users or groups by pk: one query; who has none is left out."""
        found: dict[Any, set[str]] = defaultdict(set)
        rows = self.rows.filter(**{f"{self.holder}__in": list(pks)})
        for pk, app_label, codename in rows.values_list(self.holder, *self.names):
            found[pk].add(f"{app_label}.{codename}")
        return {pk: frozenset(names) for pk, names in found.items()}


def of(organization: Organization | None, *, groups: bool) -> Table | None:
    """Return what was granted to users, or to groups, on the organization; None: on all, as model permissions."""
    if organization is None:
        return groups_everywhere() if groups else users_everywhere()
    return groups_on(organization) if groups else users_on(organization)


def users_on(organization: Organization | None = None) -> Table:
    """Return what was granted to users on the organization; None: on any."""
    return Table(_granted(OrganizationUserGrant, organization), "user", "permission__")


def groups_on(organization: Organization | None = None) -> Table | None:
    """Return what was granted to groups on the organization (None: on any), where the user model has groups."""
    if not query_name("groups"):
        return None
    return Table(_granted(OrganizationGroupGrant, organization), "group", "permission__")


def users_everywhere() -> Table | None:
    """Return the model permissions of users, where the user model keeps such."""
    path = query_name("user_permissions")
    return Table(_held(), path, "") if path else None


def groups_everywhere() -> Table | None:
    """Return the model permissions of groups, where the user model has groups."""
    return Table(_held(), "group", "") if query_name("groups") else None


def _granted(grants: Any, organization: Organization | None) -> QuerySet[Any]:
    rows: QuerySet[Any] = grants.objects.filter(rows_of(grantable(), "permission__"))
    return rows if organization is None else rows.filter(content_object=organization)


def _held() -> QuerySet[Any]:
    return Permission.objects.order_by().filter(rows_of(grantable()))  # SQLite sorts no part of a union
