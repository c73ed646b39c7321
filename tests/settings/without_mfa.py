"""A project with the core packages only: no library of second factors."""

from .base import *
from .base import INSTALLED_APPS, MIDDLEWARE

INSTALLED_APPS = [app for app in INSTALLED_APPS if not app.startswith("django_otp")]
MIDDLEWARE = [path for path in MIDDLEWARE if not path.startswith("django_otp")]
