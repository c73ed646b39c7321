"""The rows: one organization of the wanted size and one of sixty, made as the demo makes its people."""

from __future__ import annotations

from dataclasses import dataclass

from demo import crowd, ownership, seeding
from demo.people import get_or_create_user, person
from demo.progress import ProgressBar
from django.core.management import call_command
from django.utils import timezone

from django_org_members.models import Membership, Organization, Role

SMALL = 60


@dataclass(frozen=True)
class Subject:
    """An organization and what is searched for in it."""

    organization: Organization
    rare: str
    """An address that one member has."""
    common: str
    """A given name that many share."""
    everybody: str
    """What all addresses have in common."""


def prepare(members, output):
    """Return the large and the small subject, made as far as they are missing. Refuses a database with other data."""
    call_command("migrate", verbosity=0, interactive=False)
    ownership.claim()
    seeding.seed(members=members, progress=output)
    small = _small()
    crowd.tidy()
    return _subject(Organization.objects.get(slug="acme"), "acme"), _subject(small, "small")


def _small():
    """Return the organization of sixty."""
    now = timezone.now()
    organization = Organization.objects.filter(slug="small").first()
    if organization is None:
        owner = get_or_create_user(person("Sixten Small", "owner@small.example"), since=now)
        organization = Organization.objects.create(name="Small", slug="small", owner=owner)
    roles = [Role.objects.member()]
    for _ in crowd.fill(organization, upto=SMALL - 1, roles=roles, domain="crowd.small.example", now=now):
        pass
    return organization


def _subject(organization, name):
    somebody = Membership.objects.filter(organization=organization, email__contains="crowd").order_by("pk").first()
    organization.refresh_from_db()
    return Subject(
        organization=organization,
        rare=somebody.email,
        common=somebody.display_name.split()[0],
        everybody=f"{name}.example",
    )
