"""What one user or group was granted in one place, to be changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..form_errors import field_error
from ..models import Organization, OrganizationGroupGrant, OrganizationUserGrant
from . import tables
from .tables import Table


@dataclass(frozen=True)
class Holding:
    """A locked user or group, and what was granted to it on one organization, or on all."""

    to: Any
    organization: Organization | None
    table: Table

    @classmethod
    def locked(cls, to: Any, organization: Organization | None) -> Holding:
        """Lock the user or group. Raises `ValidationError` at `to` where it is gone, or could hold nothing there."""
        is_group = isinstance(to, Group)
        table = tables.of(organization, groups=is_group)
        if table is None:
            raise field_error("to", _NO_GROUPS if is_group else _NO_PERMISSIONS, "not_supported")
        model: Any = Group if is_group else get_user_model()
        no_key = connection.features.has_select_for_no_key_update
        row = model._default_manager.select_for_update(no_key=no_key).filter(pk=to.pk).first()
        if row is None:
            raise field_error("to", _("This user or group does not exist."), "missing")
        return cls(row, organization, table)

    def names(self) -> frozenset[str]:
        """Return the permissions, as far as they count."""
        return self.table.held_by([self.to.pk]).get(self.to.pk, frozenset())

    def add(self, permissions: Iterable[Permission]) -> None:
        """Add rows; those that are there already stay.

        Not by django-guardian's `assign_perm`, which refuses permissions of a project's own models.
        """
        if self.organization is None:
            self._model_permissions.add(*permissions)
            return
        grants = self._grants.model
        new = [grants(permission=each, content_object=self.organization, **self._whose) for each in permissions]
        grants.objects.bulk_create(new, ignore_conflicts=True)

    def remove(self, permissions: Iterable[Permission]) -> None:
        """Delete rows, as far as they are there."""
        if self.organization is None:
            self._model_permissions.remove(*permissions)
        else:
            self._grants.filter(permission__in=list(permissions)).delete()

    @property
    def _whose(self) -> dict[str, Any]:
        return {"group" if isinstance(self.to, Group) else "user": self.to}

    @property
    def _grants(self) -> QuerySet[Any]:
        grants: Any = OrganizationGroupGrant if isinstance(self.to, Group) else OrganizationUserGrant
        rows: QuerySet[Any] = grants.objects.filter(content_object=self.organization, **self._whose)
        return rows

    @property
    def _model_permissions(self) -> Any:
        return self.to.permissions if isinstance(self.to, Group) else self.to.user_permissions


_NO_GROUPS = _("This project's users have no groups.")
_NO_PERMISSIONS = _("This project's users have no permissions of their own on all organizations.")
