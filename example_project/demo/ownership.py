"""Only the demo's own database is ever filled or emptied."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from django_org_members.models import Organization

from .models import SeededDatabase


class NotOurs(Exception):
    """The database holds people that the demo did not put there."""


def claim() -> None:
    """Mark an empty database as the demo's. Raises `NotOurs` where somebody else's data is in it."""
    if SeededDatabase.objects.exists():
        return
    if get_user_model()._default_manager.exists() or Organization.objects.exists():
        raise NotOurs
    SeededDatabase.objects.create()


def reset() -> None:
    """Empty the claimed database and the folder of e-mails."""
    claim()
    call_command("flush", interactive=False, verbosity=0)
    shutil.rmtree(Path(settings.MAIL_DIR), ignore_errors=True)
    claim()
