"""A project that signs in with social-auth-app-django beside passwords."""

from .base import *
from .base import AUTHENTICATION_BACKENDS, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "social_django"]
AUTHENTICATION_BACKENDS = [*AUTHENTICATION_BACKENDS, "social_core.backends.google.GoogleOAuth2"]
