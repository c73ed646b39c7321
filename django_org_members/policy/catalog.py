"""The roles of one organization with what each holds: one query, whatever their number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import models
from django.db.models import F, QuerySet

from ..models import Role
from .authority import Authority
from .permissions import grantable, of_builtin_role

FIELDS: tuple[models.Field[Any, Any], ...] = tuple(Role._meta.concrete_fields)


def rows_of(organization_id: int) -> QuerySet[Role, Any]:
    """Return the rows of which a catalog is made: app and codename of a permission, and the columns of the role.

    One for each permission of a role. Not in order, for the sake of unions.
    """
    roles = Role.objects.of(organization_id).order_by()
    named = roles.annotate(_app=F("permissions__content_type__app_label"), _codename=F("permissions__codename"))
    return named.values_list("_app", "_codename", *(field.attname for field in FIELDS))


class RoleCatalog:
    """The built-in roles and the custom roles of one organization, in their order."""

    def __init__(self, organization_id: int, rows: Iterable[tuple[Any, ...]] | None = None) -> None:
        """`rows`: those of `rows_of`, where they have been read already."""
        self._roles: dict[int, Role] = {}
        self._permissions: dict[int, frozenset[str]] = {}
        names, known = [field.attname for field in FIELDS], grantable()
        key = names.index(Role._meta.pk.attname)
        found = rows_of(organization_id) if rows is None else rows
        for app, codename, *values in sorted(found, key=lambda row: row[2 + key]):
            if values[key] not in self._roles:
                self._roles[values[key]] = Role.from_db(Role.objects.db, names, values)
            held = self._permissions.get(values[key], frozenset())
            self._permissions[values[key]] = held | (known & {f"{app}.{codename}"})

    def __iter__(self) -> Iterator[Role]:
        return iter(self._roles.values())

    def get(self, role_id: int) -> Role | None:
        """Return the role, or None if it does not exist or is another organization's."""
        return self._roles.get(role_id)

    def authority_of(self, role: Role) -> Authority:
        """Return what the role gives."""
        return Authority(of_builtin_role(role.key) if role.key else self._permissions[role.pk])
