"""A project without the ordinary admin site: organizations' managers only."""

from django.urls import include, path

from django_org_members.admin import members_site

urlpatterns = [
    path("org/", members_site.urls),
    path("account/", include("django_org_members.urls")),
]
