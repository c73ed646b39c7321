"""The calendars of Acme, in and out, as the pictures show them."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.utils import timezone

from django_org_members.models import CalendarFeed, ImportedCalendar, Membership
from tests.browser import planned

_UNMATCHED = [
    {"who": "j.doe@contractor.example", "summary": "On Call - Network - Jamie Doe", "shifts": 12},
    {"who": "netops-rotation@acme.example", "summary": "", "shifts": 3},
    {"who": "", "summary": "כוננות לילה", "shifts": 1},
]


def exchange_for(organization, member):
    """Plan something, give out addresses, and import calendars: one with unmatched people, one that fails."""
    primary, secondary = planned.plan_for(organization, member)
    now = timezone.now()
    for number, (name, rotation, used) in enumerate(
        (
            ("Adaeze Nwosu", primary, timedelta(minutes=20)),
            ("Adaeze Nwosu", secondary, None),
            ("Camila Souza", primary, timedelta(hours=5)),
            ("Camila Souza", None, None),
            ("Maximiliana Konstantinopoulos-Featherstonehaugh van der Grönewoudt", secondary, timedelta(days=3)),
        )
    ):
        address(member(name), rotation, now - timedelta(days=number), used and now - used)
    ImportedCalendar.objects.filter(organization=organization).update(
        url="https://calendars.example.com/private/0123456789abcdef/oncall.ics",
        tried_at=now - timedelta(minutes=12),
        read_at=now - timedelta(minutes=12),
        unmatched=_UNMATCHED,
    )
    ImportedCalendar.objects.create(
        organization=organization,
        name="Warehouse (Opsgenie)",
        url="https://oncall.example.net/webcal/getRecentSchedule?webcalToken=0123456789abcdef&scheduleId=warehouse",
        tried_at=now - timedelta(minutes=12),
        read_at=now - timedelta(days=2),
        error="gone 404",
    )
    ImportedCalendar.objects.create(organization=organization, name="Handed in", read_at=now, tried_at=now)


def address(member: Membership, rotation, created_at, used_at=None):
    """Store an address of a rotation, or of the member's own shifts, as somebody made it a while ago."""
    return CalendarFeed.objects.create(
        organization=member.organization,
        user=member.user,
        rotation=rotation,
        membership=None if rotation else member,
        token_hash=sha256(f"{member.pk} {rotation}".encode()).hexdigest(),
        created_at=created_at,
        last_used_at=used_at,
    )
