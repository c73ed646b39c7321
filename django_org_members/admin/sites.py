"""The admin site for organizations' own managers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin import AdminSite
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from ..accounts import second_factor
from ..accounts.forms import MemberAuthenticationForm
from ..models import Organization
from ..policy import Judge, managed_organizations
from ..sites.sign_in import SignInMixin
from .picking import Choices

if TYPE_CHECKING:
    from .shell import OrgSettings

_CLOSED = frozenset({"autocomplete", "view_on_site"})


def judge_of(request: HttpRequest, organization_id: int) -> Judge | None:
    """Return the judge of this request's user in an organization, None if there is no such organization.

    It is kept on the request: the site's check and the page ask the same one. Its organization knows by
    `manages_others` whether the user manages more of them by a role.
    """
    kept: dict[int, Judge | None] = request.__dict__.setdefault("_org_members_judges", {})
    if organization_id not in kept:
        kept[organization_id] = _judge(request.user, organization_id)
    return kept[organization_id]


def _judge(user: Any, organization_id: int) -> Judge | None:
    others = managed_organizations(user, as_member=True).exclude(pk=OuterRef("pk")).order_by()
    try:
        return Judge.of(user, organization_id, among=Organization.objects.annotate(manages_others=Exists(others)))
    except Organization.DoesNotExist:
        return None


class MembersAdminSite(SignInMixin, AdminSite):
    """A site for people who manage an organization, and are customers rather than staff.

    It lets in whoever has a live membership with at least one right, shows their organizations' settings, and knows
    nothing else of the project: no list of models, no autocomplete, no redirects to objects.
    """

    site_header = _("Org Settings")
    site_title = _("Org Settings")
    index_title = _("Your organizations")
    index_template = "org_members/settings/pick.html"
    login_form = MemberAuthenticationForm
    enable_nav_sidebar = False
    members_only = True
    """Only members reach an organization here: neither grants nor being a superuser opens one."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the user manages the organization of the page; on the other pages, any organization."""
        kept: dict[str, bool] = request.__dict__
        if "_org_members_manages" not in kept:
            kept["_org_members_manages"] = self._manages(request) and second_factor.is_passed(request)
        return kept["_org_members_manages"]

    def _manages(self, request: HttpRequest) -> bool:
        if not request.user.is_active:
            return False
        match = request.resolver_match
        organization_id = match.kwargs.get("organization_id") if match else None
        if organization_id is not None:
            judge = judge_of(request, organization_id)
            if judge is not None and judge.role_authority.manages:
                return True
        return managed_organizations(request.user, as_member=True).exists()

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out the views that answer for the project's other models."""
        return [url for url in super().get_urls() if getattr(url, "name", None) not in _CLOSED]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """List no models: this site has organizations only."""
        return []

    def index(  # type: ignore[override]  # or a redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Go to the one organization, to the first tab that the user may open; or let the user pick one of several."""
        choices = Choices(request)
        if choices.only is not None:
            return HttpResponseRedirect(self._entrance(request, choices.only.organization_id))
        context = {
            **self.each_context(request),
            "title": self.index_title,
            **choices.context(),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context)

    def _entrance(self, request: HttpRequest, organization_id: int) -> str:
        org: OrgSettings = cast("Any", self.get_model_admin(Organization)).org_settings(request, organization_id)
        return org.entrance(request) or org.url("organization_settings")
