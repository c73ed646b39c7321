"""The pages: Org Settings in the ordinary admin site and in a site for organizations' own managers."""

from django.contrib import admin

from ..models import LoginEvent, Organization
from .logins import LoginEventAdmin
from .organizations import OrganizationAdmin
from .sites import MembersAdminSite

__all__ = ["MembersAdminSite", "OrganizationAdmin", "members_site"]

members_site = MembersAdminSite(name="org")
"""The site for organizations' own managers; a project mounts `members_site.urls`, or makes a site of its own."""

members_site.register(Organization, OrganizationAdmin)
admin.site.register(Organization, OrganizationAdmin)
admin.site.register(LoginEvent, LoginEventAdmin)
