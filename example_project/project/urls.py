"""Where everything is mounted."""

from django.contrib import admin
from django.urls import include, path

from demo.views import HomeView
from django_org_members.admin import members_site

urlpatterns = [
    path("", HomeView.as_view(), name="home"),
    path("tickets/", include("tickets.urls")),  # the project's own pages, which ask the same roles
    path("admin/", admin.site.urls),  # the platform's staff
    path("org/", members_site.urls),  # the organizations' own managers
    path("account/", include("django_org_members.urls")),  # invitations, forced password change, MFA enrolment
]
