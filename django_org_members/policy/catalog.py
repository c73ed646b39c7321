"""The roles of one organization with what each holds: one query, whatever their number."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import F

from ..models import Role
from .authority import Authority
from .permissions import grantable, of_builtin_role


class RoleCatalog:
    """The built-in roles and the custom roles of one organization, in their order."""

    def __init__(self, organization_id: int) -> None:
        self._roles: dict[int, Role] = {}
        self._permissions: dict[int, frozenset[str]] = {}
        rows = Role.objects.of(organization_id).annotate(
            _app=F("permissions__content_type__app_label"), _codename=F("permissions__codename")
        )
        known = grantable()
        for role in rows:
            self._roles.setdefault(role.pk, role)
            held = self._permissions.get(role.pk, frozenset())
            self._permissions[role.pk] = held | (known & {f"{role._app}.{role._codename}"})  # type: ignore[attr-defined]

    def __iter__(self) -> Iterator[Role]:
        return iter(self._roles.values())

    def get(self, role_id: int) -> Role | None:
        """Return the role, or None if it does not exist or is another organization's."""
        return self._roles.get(role_id)

    def authority_of(self, role: Role) -> Authority:
        """Return what the role gives."""
        return Authority(of_builtin_role(role.key) if role.key else self._permissions[role.pk])
