"""Filters for the sidebar that a project may add; the list itself has none.

class People(MembersAdmin):
    list_filter = [RoleFilter, StatusFilter]
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ...models import Membership


class RoleFilter(admin.SimpleListFilter):
    """By role: the built-in ones and the organization's own."""

    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the roles that the judge has loaded anyway."""
        return [(str(role.pk), role.label) for role in model_admin.org.judge.roles]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """Narrow to one of them; anything else finds nobody."""
        if self.value() is None:
            return queryset
        known = [int(pk) for pk, _label in self.lookup_choices if pk == self.value()]
        return queryset.filter(role__in=known)


class StatusFilter(admin.SimpleListFilter):
    """Active or Disabled."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("active", _("Active")), ("disabled", _("Disabled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """Narrow by the status column."""
        if self.value() is None:
            return queryset
        return queryset.filter(is_active=self.value() == "active")
