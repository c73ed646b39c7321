"""A project that asks for a sign-in everywhere, but where a view says otherwise."""

from .base import *
from .base import MIDDLEWARE

_PLACE = MIDDLEWARE.index("django_org_members.accounts.middleware.AccountMiddleware") + 1
MIDDLEWARE = [*MIDDLEWARE[:_PLACE], "django.contrib.auth.middleware.LoginRequiredMiddleware", *MIDDLEWARE[_PLACE:]]
