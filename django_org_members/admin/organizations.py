"""Organizations in the admin: the list for platform staff, and Org Settings below each organization in both sites."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from .. import joining
from ..accounts.adapter import get_adapter
from ..models import Membership, Organization
from ..models.text import first_words
from ..policy import Judge, managed_organizations
from ..policy.authority import is_superuser
from ..policy.backend import remember
from .access.scope import Scope
from .access.urls import routes as access_routes
from .audit.urls import routes as audit_routes
from .availability.urls import routes as availability_routes
from .billing.urls import routes as billing_routes
from .entrance import entrance_page
from .forms import OrganizationAddForm
from .generics import OrganizationModelAdmin, OrganizationModelForm
from .member.urls import routes as member_routes
from .members import MembersAdmin
from .members.page import members_page
from .roles.urls import routes as role_routes
from .security.urls import routes as security_routes
from .shell import OrgSettings, route
from .sites import judge_of


class OrganizationList(ChangeList):
    """The list of organizations; a row leads to Org Settings where the actor has rights there."""

    managed: frozenset[int] = frozenset()

    def get_results(self, request: HttpRequest) -> None:
        """Find out which of the page's organizations the actor manages: one query."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        shown = [organization.pk for organization in self.result_list]
        managed = managed_organizations(request.user).filter(pk__in=shown)
        self.managed = frozenset(managed.values_list("pk", flat=True))

    def url_for_result(self, result: Any) -> str:
        """Return the address of its Org Settings, else of its change page."""
        if result.pk in self.managed:
            name = f"{self.model_admin.admin_site.name}:org_members_organization_settings"
            return reverse(name, kwargs={"organization_id": result.pk})
        return super().url_for_result(result)


class OrganizationAdmin(OrganizationModelAdmin):
    """Organizations, and the pages of their Org Settings.

    In the ordinary site: the list, adding, the General tab, history and deletion, each by Django's model permissions;
    who has rights in some organizations only (by a role or by grants) sees just those. In a site with `members_only`
    there are the pages of Org Settings and nothing else.
    """

    members_admin_class: type[MembersAdmin] = MembersAdmin
    """The members list."""

    list_display = ("name", "members", "owner_name", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    add_form_template = "admin/change_form.html"
    change_form_template = "org_members/settings/general.html"
    change_list_template = "org_members/settings/organizations.html"

    @property
    def members_only(self) -> bool:
        """Whether the site serves organizations' own managers only."""
        return bool(getattr(self.admin_site, "members_only", False))

    def get_urls(self) -> list[URLPattern]:
        """Return the pages of Org Settings, and in the ordinary site those of the model."""
        pages = [
            route(self, "settings/", entrance_page, "organization_settings"),
            route(self, "members/", members_page, "organization_members"),
        ]
        routes = (
            *member_routes,
            *availability_routes,
            *role_routes,
            *security_routes,
            *billing_routes,
            *audit_routes,
        )
        pages += [route(self, pattern, page, name) for pattern, page, name in routes]
        return pages if self.members_only else [*pages, *access_routes(self), *super().get_urls()]

    def org_settings(self, request: HttpRequest, organization_id: int) -> OrgSettings:
        """Return what a page of this organization works with: one query, and one more for an actor with grants.

        Raises `Http404` where there is no such organization, and likewise where the actor has no right in it.
        """
        judge = judge_of(request, organization_id)
        if judge is None or not (judge.role_authority if self.members_only else judge.authority).manages:
            raise Http404(_("There is no such organization."))
        if judge.model_permissions is not None:
            remember(request.user, judge.model_permissions)
        return OrgSettings(self, judge)

    def crumbs(self, org: OrgSettings) -> list[tuple[Any, str]]:
        """Return the breadcrumbs that lead to a page of the organization."""
        own = [(org.organization.name, org.url("organization_settings"))]
        return own if self.members_only else [self.list_crumb(), *own]

    def list_crumb(self) -> tuple[str, str]:
        """Return the breadcrumb of the list of organizations, which the ordinary site has."""
        name = f"{self.admin_site.name}:org_members_organization_changelist"
        return str(self.opts.verbose_name_plural).capitalize(), reverse(name)

    def all_organizations_url(self, org: OrgSettings) -> str:
        """Return where an organization's manager picks another one; empty for who manages no other."""
        manages_others = self.members_only and getattr(org.organization, "manages_others", False)
        return reverse(f"{self.admin_site.name}:index") if manages_others else ""

    # Who sees what in the ordinary site

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organization]:
        """Return all for those with the model's permission, else the organizations in which the actor has rights."""
        if super().has_view_permission(request):
            return super().get_queryset(request)
        return managed_organizations(request.user).order_by(
            *self.get_ordering(request) or Organization._meta.ordering or ()
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the admin's index shows organizations."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Whether the actor has the model's permission, or a right in this organization (or in any)."""
        if self.members_only:
            return False
        return super().has_view_permission(request, obj) or self._manages(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Organizations are made by platform staff."""
        return not self.members_only and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Name and slug are changed by platform staff."""
        return not self.members_only and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Organization | None = None) -> bool:
        """Only a superuser deletes an organization with everything in it."""
        return not self.members_only and is_superuser(request.user)

    def get_deleted_objects(
        self, objs: Iterable[Organization], request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Name the organizations and count their members: a page that listed a million of them would help nobody."""
        organizations = list(objs)
        members = sum(organization.member_count for organization in organizations)
        counts = {
            str(self.opts.verbose_name_plural): len(organizations),
            str(Membership._meta.verbose_name_plural): members,
        }
        return [str(organization) for organization in organizations], counts, set(), []

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete, unless the project protects something in it."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except (ProtectedError, RestrictedError) as error:
            return self._protected(request, error)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and run its bulk deletion, unless the project protects something."""
        more = {"access_url": Scope(self).url("access") if is_superuser(request.user) else "", **(extra_context or {})}
        try:
            with transaction.atomic():  # the deletion is logged before it is done
                return super().changelist_view(request, more)
        except (ProtectedError, RestrictedError) as error:
            return self._protected(request, error)

    def _protected(self, request: HttpRequest, error: ProtectedError | RestrictedError) -> HttpResponse:
        found = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        kinds = ", ".join(sorted({str(each._meta.verbose_name_plural) for each in found}))
        text = _("Nothing was deleted. These have to go first: %(kinds)s.")
        messages.error(request, text % {"kinds": kinds})
        return HttpResponseRedirect(reverse(f"{self.admin_site.name}:org_members_organization_changelist"))

    def _manages(self, request: HttpRequest, organization: Organization | None) -> bool:
        if organization is not None:
            judge = judge_of(request, organization.pk)
            return judge is not None and judge.authority.manages
        kept: dict[str, Any] = request.__dict__
        if "_org_members_manages_any" not in kept:
            judges: dict[int, Judge | None] = kept.get("_org_members_judges", {})
            kept["_org_members_manages_any"] = (
                any(judge and judge.authority.manages for judge in judges.values())
                or managed_organizations(request.user).exists()
            )
        return bool(kept["_org_members_manages_any"])

    # The list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OrganizationList]:
        """Use the list that leads to Org Settings."""
        return OrganizationList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Organization], search_term: str
    ) -> tuple[QuerySet[Organization], bool]:
        """Search for the first words only, and for text: databases refuse conditions of thousands, and NUL.

        The stock list asks for no more; autocomplete takes whatever comes.
        """
        words = first_words(search_term.replace("\x00", ""))
        return super().get_search_results(request, queryset, " ".join(words))

    @admin.display(description=_("Members"), ordering="member_count")
    def members(self, organization: Organization) -> int:
        """How many members it has: the kept counter."""
        return organization.member_count

    @admin.display(description=_("Owner"))
    def owner_name(self, organization: Organization) -> str:
        """The Owner's name and e-mail."""
        adapter = get_adapter()
        name, email = adapter.full_name(organization.owner), adapter.email(organization.owner)
        return format_html("<bdi>{}</bdi> <bdi>{}</bdi>", name, f"<{email}>") if name else email

    # Adding and the General tab

    def get_form(
        self, request: HttpRequest, obj: Organization | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Ask for the Owner when adding."""
        if obj is not None:
            return super().get_form(request, obj, change, **kwargs)
        form: Any = super().get_form(request, obj, change, form=OrganizationAddForm, **kwargs)
        form.refusal = getattr(request, "_org_members_refusal", None)
        return form

    def get_fields(self, request: HttpRequest, obj: Organization | None = None) -> Any:
        """Ask for the Owner when adding."""
        fields = super().get_fields(request, obj)
        return fields if obj is not None else (*fields, "owner_email", "owner_name")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Organization | None = None,
    ) -> HttpResponse:
        """Put the General tab into the frame of Org Settings."""
        judge = judge_of(request, obj.pk) if obj is not None else None
        if judge is not None:
            context |= OrgSettings(self, judge).frame(request, tab="change")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show what `create_organization` refuses at its field: the form is rendered again with the errors."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as error:
            request._org_members_refusal = error  # type: ignore[attr-defined]
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Organization, form: OrganizationModelForm, change: bool) -> None:
        """Create a new one with its Owner; save the name and slug of an old one."""
        if change:
            joining.edit_organization(organization=obj, actor=request.user)
            return
        created = joining.create_organization(**form.cleaned_data, actor=request.user)
        obj.__dict__.update(created.__dict__)

    # Deleting

    def delete_model(self, request: HttpRequest, obj: Organization) -> None:
        """Delete one, and note it."""
        joining.delete_organizations(organizations=[obj], actor=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Organization]) -> None:
        """Delete those that were ticked, and note each."""
        joining.delete_organizations(organizations=queryset, actor=request.user)
