"""Two sites for organizations' managers, under names of their own, beside the ordinary one."""

from django.contrib import admin
from django.urls import include, path

from django_org_members.admin import MembersAdminSite, OrganizationAdmin, members_site
from django_org_members.models import Organization

people_site = MembersAdminSite(name="people")
people_site.register(Organization, OrganizationAdmin)

urlpatterns = [
    path("people/", people_site.urls),
    path("admin/", admin.site.urls),
    path("org/", members_site.urls),
    path("account/", include("django_org_members.urls")),
]
