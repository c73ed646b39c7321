"""Both admin sites and the public pages."""

from django.contrib import admin
from django.urls import include, path

from django_org_members.admin import members_site

urlpatterns = [
    path("admin/", admin.site.urls),
    path("org/", members_site.urls),
    path("account/", include("django_org_members.urls")),
]
