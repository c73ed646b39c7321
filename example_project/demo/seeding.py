"""Fills the demo's database. Running it again adds what is missing and changes nothing else."""

from __future__ import annotations

from datetime import datetime

from django.core.management.base import OutputWrapper
from django.db import transaction
from django.utils import timezone

from django_org_members.models import Organization
from project import mail

from . import crowd, organizations, support
from .progress import ProgressBar

SMALLEST = len(organizations.ACME.people)
LARGEST = 1_000_000


def seed(*, members: int = SMALLEST, progress: OutputWrapper) -> None:
    """Make both organizations, platform staff, and as many members of Acme as are wished."""
    now = timezone.now()
    acme = _seed_people(now)
    _seed_crowd(acme, members - SMALLEST, now=now, progress=progress)


def _seed_people(now: datetime) -> Organization:
    """Make everybody who has a name and a story. All or nothing; their e-mails are kept, not printed."""
    with mail.files_only(), transaction.atomic():
        support.add_superuser(now=now)
        acme = organizations.seed(organizations.ACME, now=now)
        organizations.seed(organizations.GLOBEX, now=now)
        support.add_support(acme, now=now)
    return acme


def _seed_crowd(acme: Organization, size: int, *, now: datetime, progress: OutputWrapper) -> None:
    if size <= 0:
        return
    bar = ProgressBar(progress, "Members of Acme", size)
    for done in crowd.fill(acme, upto=size, domain="crowd.acme.example", now=now):
        bar.update(done)
    crowd.tidy()
