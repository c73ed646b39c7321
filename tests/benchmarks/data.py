"""The rows: one organization of the wanted size and one of sixty, made as the demo makes its people."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from demo import crowd, invitations, organizations, ownership, roles, seeding
from demo.people import person
from django_org_members.models import AuditEvent, Membership, Organization
from project.mail import files_only

from . import events, logins

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
    events: int
    """How many events its audit log has, at least."""
    manager: int
    """The key of the user who did most of them."""
    target: str
    """The address of somebody to whom few were done."""
    busy: Membership
    """Somebody with much sign-in activity."""
    logins: int
    """How many events that is."""


def prepare(members, wrote, signed_in, output):
    """Return the large and the small subject, made as far as they are missing. Refuses a database with other data."""
    call_command("migrate", verbosity=0, interactive=False)
    ownership.claim()
    seeding.seed(members=members, progress=output)
    large, small = Organization.objects.get(slug="acme"), _small()
    crowd.tidy()
    for organization, upto in ((large, wrote), (small, SMALL)):
        events.fill(organization, upto=upto, output=output)
    busy = [logins.fill(large, upto=signed_in, output=output), logins.fill(small, upto=SMALL * 10, output=output)]
    return (
        _subject(large, "acme", wrote, busy[0], signed_in // 10),
        _subject(small, "small", SMALL, busy[1], SMALL),
    )


def _small():
    """Return the organization of sixty: with the roles and invitations of the large one, which its pages show too."""
    now = timezone.now()
    owner = person("Sixten Small", "owner@small.example", "Owner")
    with files_only(), transaction.atomic():
        organization = organizations.seed(
            organizations.Script("Small", "small", (owner,), roles.ACME, invitations.ACME), now=now
        )
    for _ in crowd.fill(organization, upto=SMALL - 1, domain="crowd.small.example", now=now):
        pass
    return organization


def _subject(organization, name, wrote, busy, signed_in):
    somebody = Membership.objects.filter(organization=organization, email__contains="crowd").order_by("pk").first()
    newest = AuditEvent.objects.filter(organization=organization).order_by("-created_at", "-id")
    manager = Membership.objects.filter(organization=organization).order_by("pk").first()
    organization.refresh_from_db()
    return Subject(
        organization=organization,
        rare=somebody.email,
        common=somebody.display_name.split()[0],
        everybody=f"{name}.example",
        events=wrote,
        manager=manager.user_id,
        target=newest.exclude(email=manager.email)[0].email,
        busy=busy,
        logins=signed_in,
    )
