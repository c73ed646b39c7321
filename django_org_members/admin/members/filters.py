"""Filters for the sidebar that a project may add; the list itself has none.

class People(MembersAdmin):
    list_filter = [RoleFilter, StatusFilter]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ...accounts import mfa
from ...models import Membership

if TYPE_CHECKING:
    from ..shell import OrgSettings


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


class NoMFAFilter(admin.SimpleListFilter):
    """Those who have no confirmed method of MFA: whoever only began to set one up is among them.

    Not offered where an MFA adapter of the project cannot tell that in SQL (see `MFAAdapter.enabled_among`).
    """

    title = _("multi-factor authentication")
    parameter_name = "mfa"
    NONE = "none"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer it, if that can be told."""
        return [] if mfa.missing_among(OuterRef("user")) is None else [(self.NONE, _("No MFA"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        """Narrow to them; anything else finds nobody."""
        if self.value() is None:
            return queryset
        missing = mfa.missing_among(OuterRef("user"))
        return queryset.filter(missing) if self.value() == self.NONE and missing is not None else queryset.none()


def url_without_mfa(org: OrgSettings) -> str | None:
    """Return the address of the list narrowed by `NoMFAFilter`; None where the project has not opted in."""
    filters = org.model_admin.members_admin_class.list_filter
    if not org.way_to_members or not any(isinstance(each, type) and issubclass(each, NoMFAFilter) for each in filters):
        return None
    return f"{org.url('organization_members')}?{NoMFAFilter.parameter_name}={NoMFAFilter.NONE}"
