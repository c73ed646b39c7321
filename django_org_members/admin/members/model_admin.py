"""The ModelAdmin of the members list: made for one request, of one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ...models import Membership
from ...models.memberships import MembershipQuerySet
from ...moments import moment
from ...policy import Permission
from .. import badges
from ..generics import MembershipModelAdmin
from .bulk import BulkActionForm, bulk_actions
from .cells import user_cell
from .changelist import MembersChangeList
from .row_menu import row_menu

if TYPE_CHECKING:
    from ..shell import OrgSettings

_HIDDEN_ACTIONS = lazy(format_html, SafeString)('<span class="om-hidden">{}</span>', _("Actions"))


class MembersAdmin(MembershipModelAdmin):
    """The members of one organization, for one actor.

    It is never registered: `OrganizationAdmin.members_admin_class` names it, so that there is no list of the members of
    all organizations. A project subclasses it as any ModelAdmin: `list_filter`, `list_per_page`, columns, `actions`.
    """

    list_display = ("member", "member_role", "availability", "status", "joined", "menu")
    list_display_links = None
    list_per_page = 50
    search_fields = ("display_name", "email")
    show_full_result_count = False
    change_list_template = "org_members/members/list.html"
    changelist: MembersChangeList
    """The list that this request works on."""

    def __init__(self, org: OrgSettings) -> None:
        super().__init__(Membership, org.site)
        self.org = org
        self.actions = [*bulk_actions(org.judge), *(type(self).actions or ())]
        self.action_form = BulkActionForm.of(org.judge, type(self).action_form)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Whether the actor may see the members."""
        return bool(self.org.judge.may(Permission.VIEW_MEMBERS))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Members come in by Invite User and Create User."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Members are changed by actions."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        """Members are removed by an action."""
        return False

    def get_queryset(self, request: HttpRequest) -> MembershipQuerySet:
        """Return the organization's members and nobody else: every list, search and bulk action starts here."""
        return Membership.objects.filter(organization=self.org.organization)

    def rows(self, members: MembershipQuerySet) -> MembershipQuerySet:
        """Add to the members of one page what their row shows."""
        return self.org.availability.rows(self.org.judge.prepare(members), self.org.now)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[MembersChangeList]:
        """Use the changelist that walks indexes."""
        return MembersChangeList

    def get_changelist_instance(self, request: HttpRequest) -> MembersChangeList:
        """Keep it, for the confirmation of a bulk action."""
        self.changelist = cast("MembersChangeList", super().get_changelist_instance(request))
        return self.changelist

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[MembershipQuerySet, bool]:
        """Find every word in name or e-mail, on the one column that has an index for it."""
        return cast("MembershipQuerySet", queryset).matching(search_term), False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Refuse lookups that no declared filter makes: each could read, letter by letter, what the actor may not see."""
        first = lookup.split("__", maxsplit=1)[0]
        try:
            name = self.opts.pk.name if first == "pk" else self.opts.get_field(first).name  # `user_id` is `user`
        except FieldDoesNotExist:
            return "__" not in lookup  # the parameter of a filter class, or the changelist's to refuse
        return name in self._filterable() and super().lookup_allowed(lookup, value, request)

    def _filterable(self) -> set[str]:
        filters = [item[0] if isinstance(item, (tuple, list)) else item for item in self.list_filter]
        return {getattr(item, "parameter_name", None) or str(item).split("__")[0] for item in filters}

    @admin.display(description=_("User"), ordering="sort_name")
    def member(self, member: Membership) -> SafeString:
        """Avatar, name and e-mail."""
        return user_cell(member, self.org.url("member_profile", member_id=member.pk))

    @admin.display(description=_("Role"), ordering="role_id")
    def member_role(self, member: Membership) -> SafeString:
        """The badge of the role."""
        return badges.role_badge(member.role)

    @admin.display(description=_("Availability"))
    def availability(self, member: Membership) -> SafeString:
        """Whether the member can be reached now, and until when."""
        until = self.changelist.until.get(member.pk)
        return badges.availability_badge(member.availability, until, self.org.now)  # type: ignore[attr-defined]

    @admin.display(description=_("Status"), ordering="-is_active")
    def status(self, member: Membership) -> SafeString:
        """Active or Disabled."""
        return badges.status_badge(member)

    @admin.display(description=_("Joined"), ordering="joined_at")
    def joined(self, member: Membership) -> SafeString:
        """The day, with the exact time on hover."""
        return moment(member.joined_at)

    @admin.display(description=_HIDDEN_ACTIONS)
    def menu(self, member: Membership) -> SafeString:
        """What can be done to this member."""
        return row_menu(self.org, member)
