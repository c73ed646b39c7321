"""A project whose sign-in and second factors are django-allauth's alone."""

from .with_allauth import *
from .with_allauth import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [app for app in INSTALLED_APPS if not app.startswith("django_otp")]
MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith("django_otp")]
