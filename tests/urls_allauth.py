"""The pages of django-allauth beside those of the package."""

from django.urls import include, path

from .urls import urlpatterns as ours

urlpatterns = [*ours, path("auth/", include("allauth.urls"))]
