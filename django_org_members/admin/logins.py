"""Sign-in activity of everybody in the ordinary admin, unknown names too: who tries passwords on many accounts shows here."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from .. import keyset
from ..models import LoginEvent
from .generics import LoginEventModelAdmin
from .shell import breadcrumbs

SHOWN = 50
FAILED, UNKNOWN, SUCCEEDED = "failed", "unknown", "succeeded"
_SHOWN: dict[str, dict[str, Any]] = {
    FAILED: {"succeeded": False},
    UNKNOWN: {"user": None},
    SUCCEEDED: {"succeeded": True},
}
"""Each an index on its own, in the order of time."""


class LoginFilterForm(forms.Form):
    """Which events are shown."""

    show = forms.ChoiceField(
        label=_("Show"),
        choices=((FAILED, _("Failures")), (UNKNOWN, _("Unknown names")), (SUCCEEDED, _("Successes"))),
        required=False,
    )
    address = forms.GenericIPAddressField(label=_("IP address"), required=False, unpack_ipv4=True)


class LoginEventAdmin(LoginEventModelAdmin):
    """One page, to read: for superusers, and staff with Django's permission `view_loginevent`.

    The newest failures first, paged by place: nothing is counted.
    """

    def get_urls(self) -> list[URLPattern]:
        """Return the list: events have no pages of their own."""
        view = self.admin_site.admin_view(self.changelist_view)
        return [path("", view, name="org_members_loginevent_changelist")]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes events by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: LoginEvent | None = None) -> bool:
        """Nobody changes them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LoginEvent | None = None) -> bool:
        """Nobody deletes them here: `prune_login_activity` does."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show a page of the events that are asked for; none while the address is no address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = LoginFilterForm(request.GET or {"show": FAILED})
        is_valid = form.is_valid()
        kept = {name: value for name, value in form.cleaned_data.items() if value}
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Sign-in activity"),
            **breadcrumbs([]),
            "form": form,
            "history": keyset.page(_wanted(kept), SHOWN, request.GET) if is_valid else keyset.Page[LoginEvent]([]),
            "kept": urlencode(kept),
            "is_filtered": bool(request.GET),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "org_members/activity/everybody.html", context)


def _wanted(kept: dict[str, str]) -> QuerySet[LoginEvent]:
    events = LoginEvent.objects.select_related("user").filter(**_SHOWN[kept.get("show") or FAILED])
    return events.filter(ip_address=kept["address"]) if "address" in kept else events
