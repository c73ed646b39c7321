"""What Acme has planned in the pictures of Availability."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from django_org_members.models import (
    Closure,
    ImportedCalendar,
    ImportedShift,
    Override,
    Rotation,
    RotationPlace,
    TimeOff,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def plan_for(organization, member):
    """Make two rotations, an imported calendar, overrides, time off and a closure around now; `member(name)` finds people."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - DAY * midnight.weekday()
    primary = _rotation(
        organization, "Primary", monday, [member(name) for name in _NAMES], unit="days", length=1, handoff="09:00"
    )
    secondary = _rotation(
        organization,
        "Secondary, in the evenings",
        monday,
        [member("Björn Håkansson"), member("نور الهاشمي")],
        unit="weeks",
        length=1,
        handoff="12:00",
        weekday=2,
        hours=[[day, "16:00", "08:00"] for day in range(7)],
    )
    Override.objects.create(
        rotation=primary, membership=member("Elif Yılmaz"), starts_at=monday + 5 * DAY, ends_at=monday + 6.5 * DAY
    )
    Override.objects.create(
        rotation=primary, membership=None, starts_at=monday + 8 * DAY, ends_at=monday + 8 * DAY + 6 * HOUR
    )
    TimeOff.objects.create(membership=member("Camila Souza"), starts_at=now - DAY, ends_at=now + 3 * DAY)
    TimeOff.objects.create(membership=member("Hana Sato"), starts_at=now + 9 * DAY, ends_at=now + 16 * DAY)
    Closure.objects.create(
        organization=organization, name="Company offsite", starts_on=monday + 4 * DAY, ends_on=monday + 4 * DAY
    )
    Closure.objects.create(
        organization=organization, name="Winter break", starts_on=monday + 30 * DAY, ends_on=monday + 40 * DAY
    )
    calendar = ImportedCalendar.objects.create(organization=organization, name="Network (PagerDuty)")
    for who, begins, ends in (
        ("Priya Raghunathan", 0, 3.5),
        ("Dmytro Shevchenko", 3, 5),
        ("Priya Raghunathan", 5.5, 9),
    ):
        ImportedShift.objects.create(
            calendar=calendar, membership=member(who), starts_at=monday + begins * DAY, ends_at=monday + ends * DAY
        )
    return primary, secondary


_NAMES = (
    "Mateo Fernández",
    "Camila Souza",
    "Hana Sato",
    "Maximiliana Konstantinopoulos-Featherstonehaugh van der Grönewoudt",
    "Adaeze Nwosu",
)


def _rotation(organization, name, monday, members, **layer):
    document = {
        "name": "",
        "starts_on": f"{monday - 28 * DAY:%Y-%m-%d}",
        "weekday": None,
        "hours": None,
        "anchor": [0, 0],
    }
    rotation = Rotation.objects.create(
        organization=organization, name=name, time_zone="UTC", layers=[{**document, **layer}]
    )
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, position=position, membership=member)
        for position, member in enumerate(members)
    )
    return rotation
