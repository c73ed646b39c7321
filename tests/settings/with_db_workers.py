"""A project whose tasks are rows of its database, for `manage.py db_worker`; its Stripe is that of the environment."""

import os

from .base import *
from .base import INSTALLED_APPS, ORG_MEMBERS

INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks_db"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
ORG_MEMBERS = {
    **ORG_MEMBERS,
    "STRIPE_API_KEY": "sk_test_1",
    "STRIPE_API_BASE": os.environ.get("STRIPE_API_BASE", ""),
}
WORKER = ["db_worker", "--batch"]
"""The command that does what waits, and ends."""
