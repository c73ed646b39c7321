"""What one writes by hand in ten minutes: a plain ModelAdmin for memberships."""

from __future__ import annotations

from django.contrib import admin

from django_org_members.admin.members import MembersAdmin
from django_org_members.models import Membership


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


site = admin.AdminSite(name="stock")
site.register(Membership, StockMembershipAdmin)
