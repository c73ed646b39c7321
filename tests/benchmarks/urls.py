"""The example project's addresses, and the stock admin's."""

from django.urls import path

from project.urls import urlpatterns as project_urlpatterns

from .middleware import who
from .stock import site

urlpatterns = [*project_urlpatterns, path("stock/", site.urls), path("who/", who)]
