"""A project with an API made with Django REST framework, whose tokens and knox's sign in as well."""

from .base import *
from .base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "rest_framework", "rest_framework.authtoken", "knox"]
ROOT_URLCONF = "tests.urls_with_tokens"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.BasicAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "django_org_members.accounts.drf.SignInIsComplete",
    ],
}
REST_KNOX = {"AUTH_HEADER_PREFIX": "Knox"}
