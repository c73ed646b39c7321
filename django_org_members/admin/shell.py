"""The frame of Org Settings: one organization, one actor, the tabs, and the pages in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any

import django
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.response import HttpResponseRedirectBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..accounts import required_mfa
from ..accounts.mfa import enrolment
from ..availability import AvailabilityProvider, get_provider
from ..availability.loading import instant
from ..models import Membership, Organization
from ..policy import Judge, Permission
from .asking import hides_answers, unwrap

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from .organizations import OrganizationAdmin


@dataclass(frozen=True)
class Tab:
    """One tab of Org Settings: a page of the organization that needs one permission."""

    name: str
    """URL name, without the prefix `org_members_organization_`."""
    label: StrOrPromise
    permission: str = ""
    """Without it the tab is not shown; its page asks for it again."""
    is_entrance: bool = True
    """Whether one enters Org Settings here, if it is the first that one sees."""

    def is_shown(self, request: HttpRequest, org: OrgSettings) -> bool:
        """Whether the actor sees the tab."""
        return bool(org.judge.may(self.permission))

    def url(self, org: OrgSettings) -> str:
        """Return the address of the tab's page."""
        return org.url(f"organization_{self.name}")


@dataclass(frozen=True)
class GeneralTab(Tab):
    """The organization itself: the stock change page, for platform staff with the model's own permission."""

    is_entrance: bool = False

    def is_shown(self, request: HttpRequest, org: OrgSettings) -> bool:
        """Whether the actor may open the change page."""
        return org.model_admin.has_change_permission(request, org.organization)

    def url(self, org: OrgSettings) -> str:
        """Return the address of the change page."""
        name = f"{org.site.name}:org_members_organization_change"
        return reverse(name, args=[org.organization.pk])


@dataclass(frozen=True)
class RolesTab(Tab):
    """The roles, for those who may see them; whoever edits them does."""

    def is_shown(self, request: HttpRequest, org: OrgSettings) -> bool:
        """Whether the actor may see or edit the roles."""
        return bool(org.judge.may(self.permission) or org.judge.may(Permission.MANAGE_ROLES))


@dataclass(frozen=True)
class AccessTab(Tab):
    """Who can act here and why: in the ordinary site only, because it tells of the platform's staff."""

    def is_shown(self, request: HttpRequest, org: OrgSettings) -> bool:
        """Whether the actor sees the tab."""
        return not org.model_admin.members_only and super().is_shown(request, org)


TABS: list[Tab] = [
    GeneralTab("change", _("General")),
    Tab("members", _("Members"), Permission.VIEW_MEMBERS),
    Tab("availability", _("Availability"), Permission.VIEW_MEMBERS),
    RolesTab("roles", _("Roles & Permissions"), Permission.VIEW_ROLES),
    Tab("security", _("Security"), Permission.MANAGE_SECURITY),
    Tab("billing", _("Billing"), Permission.MANAGE_BILLING),
    Tab("audit", _("Audit Log"), Permission.VIEW_AUDIT_LOG),
    AccessTab("access", _("Access"), Permission.VIEW_ROLES),
]
"""The tabs in order."""


@dataclass(frozen=True)
class OrgSettings:
    """What every page of Org Settings works with."""

    model_admin: OrganizationAdmin
    judge: Judge

    @cached_property
    def now(self) -> datetime:
        """The moment that the page speaks of."""
        return timezone.now()

    @property
    def today(self) -> date:
        """Which day it is in the organization's time zone: closures and first days are days there."""
        return instant(self.now).astimezone(self.organization.zone).date()

    @cached_property
    def availability(self) -> AvailabilityProvider:
        """Who is available here; it keeps what it has read for the page."""
        return get_provider(self.organization)

    @property
    def site(self) -> admin.AdminSite:
        """The admin site that serves the page."""
        return self.model_admin.admin_site

    @property
    def organization(self) -> Organization:
        """The organization whose settings these are."""
        return self.judge.organization

    def url(self, name: str, **ids: Any) -> str:
        """Return the address of a page of this organization; `name` is without the prefix `org_members_`."""
        ids["organization_id"] = self.organization.pk
        return reverse(f"{self.site.name}:org_members_{name}", kwargs=ids)

    def require(self, permission: str) -> None:
        """Raise `Refused` (403) if the actor lacks the permission."""
        self.judge.may(permission).require()

    def member(self, member_id: int) -> Membership:
        """Return a member of this organization, loaded for the judge; another's is as missing as one that is gone."""
        members = self.judge.prepare(Membership.objects.select_related("disabled_by"))
        try:
            (member,) = self.judge.load([members.get(pk=member_id)])
        except Membership.DoesNotExist:
            raise Http404(_("There is no such member.")) from None
        return member

    def tabs(self, request: HttpRequest) -> list[Tab]:
        """Return the tabs that the actor sees, in order."""
        return [each for each in TABS if each.is_shown(request, self)]

    def entrance(self, request: HttpRequest) -> str | None:
        """Return the address of the first tab that the actor may open; None for somebody who sees no tab at all."""
        shown = self.tabs(request)
        first = next((each for each in shown if each.is_entrance), None) or next(iter(shown), None)
        return first.url(self) if first is not None else None

    @property
    def way_to_members(self) -> list[tuple[StrOrPromise, str]]:
        """The breadcrumb of the members list; none for those who may not see it."""
        if not self.judge.may(Permission.VIEW_MEMBERS):
            return []
        return [(_("Members"), self.url("organization_members"))]

    def context(
        self,
        request: HttpRequest,
        *,
        tab: str,
        title: StrOrPromise,
        crumbs: Iterable[tuple[StrOrPromise, str]] = (),
        **more: Any,
    ) -> dict[str, Any]:
        """Return the template context of a page in the frame.

        `tab` is the name of the current tab; `crumbs` are the (label, address) pairs between the organization and the
        page itself, whose breadcrumb is the title.
        """
        return {
            **self.site.each_context(request),
            "opts": self.model_admin.opts,
            **self.frame(request, tab=tab, crumbs=crumbs),
            "title": title,
            **more,
        }

    def frame(
        self, request: HttpRequest, *, tab: str, crumbs: Iterable[tuple[StrOrPromise, str]] = ()
    ) -> dict[str, Any]:
        """Return what the frame's templates need beside the admin's own context."""
        way = [*self.model_admin.crumbs(self), *crumbs]
        return {
            "org": self,
            "organization": self.organization,
            "tabs": [
                {"label": each.label, "url": each.url(self), "current": each.name == tab} for each in self.tabs(request)
            ],
            "all_organizations_url": self.model_admin.all_organizations_url(self),
            "mfa_due_at": required_mfa.deadline(request),
            "mfa_url": enrolment.page_url(),
            **breadcrumbs(way),
        }


def breadcrumbs(way: Iterable[tuple[StrOrPromise, str]]) -> dict[str, Any]:
    """Return what `settings/breadcrumbs.html` needs for the (label, address) pairs that lead to a page."""
    return {
        "crumbs": [{"label": label, "url": url} for label, url in way],
        "crumbs_as_list": django.VERSION >= (6, 1),
    }


DIALOG_HEADER, LOCATION_HEADER = "X-Org-Members-Dialog", "X-Org-Members-Location"


def in_dialog(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Tell a dialog where to go instead of redirecting it: the messages are then shown on the page that it leads to."""
    if DIALOG_HEADER not in request.headers or not isinstance(response, HttpResponseRedirectBase):
        return response
    told = HttpResponse(status=204)
    told.headers[LOCATION_HEADER] = response.url
    return told


Page = Callable[..., HttpResponseBase]
"""`page(request, org, **ids)`: a view inside the frame."""


def route(model_admin: OrganizationAdmin, pattern: str, page: Page, name: str) -> URLPattern:
    """Return the URL of a page below one organization; `name` is without the prefix `org_members_`.

    An organization in which the actor has no right at all is as missing as one that does not exist.
    """

    @hides_answers
    def view(request: HttpRequest, organization_id: int, **ids: Any) -> HttpResponseBase:
        if not getattr(page, "csrf_exempt", False):  # such a page checks the token itself, and must do so before
            unwrap(request)
        request.current_app = model_admin.admin_site.name
        org = model_admin.org_settings(request, organization_id)
        try:
            return in_dialog(request, page(request, org, **ids))
        except Organization.DoesNotExist:  # deleted since it was read
            raise Http404(_("There is no such organization.")) from None

    update_wrapper(view, page)
    wrapped = update_wrapper(model_admin.admin_site.admin_view(view), view)
    return path(f"<int:organization_id>/{pattern}", wrapped, name=f"org_members_{name}")
