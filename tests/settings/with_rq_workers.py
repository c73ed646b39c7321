"""A project whose tasks are in Redis (REDIS_URL), for `manage.py rqworker`, by the backport of Django's tasks."""

import os

from .with_db_workers import *
from .with_db_workers import INSTALLED_APPS

INSTALLED_APPS = [
    *(app for app in INSTALLED_APPS if app != "django_tasks_db"),
    "django_tasks",
    "django_rq",
    "django_tasks_rq",
]
TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}
RQ_QUEUES = {"default": {"URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")}}
WORKER = ["rqworker", "--burst", "--job-class", "django_tasks_rq.Job"]
