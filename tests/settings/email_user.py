"""A project with a custom user model: the e-mail is the username, and there is one `name` field."""

from .base import *
from .base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.email_user_app"]
AUTH_USER_MODEL = "email_user_app.Person"
