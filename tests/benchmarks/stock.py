"""What one writes by hand in ten minutes: a plain ModelAdmin for memberships."""

from __future__ import annotations

from django.contrib import admin

from django_org_members.admin.audit.page import SHOWN
from django_org_members.admin.member.history import SHOWN as ACTIVITY_SHOWN
from django_org_members.admin.members import MembersAdmin
from django_org_members.models import AuditEvent, LoginEvent, Membership


class StockMembershipAdmin(admin.ModelAdmin):
    """The same columns, search and filter as the members list, with nothing but Django's own means."""

    list_display = ("name", "role", "is_active", "joined_at")
    list_filter = ("is_active", "organization")
    list_select_related = ("user", "role")
    search_fields = ("user__first_name", "user__last_name", "user__email")
    list_per_page = MembersAdmin.list_per_page
    ordering = ("user__first_name", "user__last_name")

    @admin.display(ordering="user__first_name")
    def name(self, member):
        """Show who it is."""
        return f"{member.user.get_full_name()} <{member.user.email}>"


class StockAuditAdmin(admin.ModelAdmin):
    """The same of the audit log."""

    list_display = ("created_at", "actor_name", "verb", "name", "ip_address")
    list_filter = ("verb", "organization")
    search_fields = ("name", "email", "actor_name", "actor_email")
    list_per_page = SHOWN

    def lookup_allowed(self, lookup, value, request):
        """Let the address narrow to a person, too."""
        return True


class StockLoginAdmin(admin.ModelAdmin):
    """The same of sign-in activity."""

    list_display = ("created_at", "user", "action", "succeeded", "reason", "ip_address")
    list_select_related = ("user",)
    list_per_page = ACTIVITY_SHOWN

    def lookup_allowed(self, lookup, value, request):
        """Let the address narrow to a person."""
        return True


site = admin.AdminSite(name="stock")
site.register(Membership, StockMembershipAdmin)
site.register(AuditEvent, StockAuditAdmin)
site.register(LoginEvent, StockLoginAdmin)
