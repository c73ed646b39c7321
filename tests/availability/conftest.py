"""Fixtures as factories: schedules, rotations, overrides and time off, as rows, without asking anybody."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from django_org_members.models import Override, Rotation, RotationPlace, Schedule, TimeOff

_numbers = count(1)
NINE_TO_FIVE = [[day, "09:00", "17:00"] for day in range(5)]


@pytest.fixture
def acme(make_organization):
    """An organization with its Owner and two members more."""
    return make_organization(name="Acme", members=2)


@pytest.fixture
def utc():
    """An instant: `utc(2026, 11, 30, 9)`."""
    return lambda *parts: datetime(*parts, tzinfo=timezone.utc)


@pytest.fixture
def local():
    """An instant by a local clock: `local("Europe/Berlin", 2026, 11, 30, 9)`."""
    return lambda zone, *parts: datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(timezone.utc)


@pytest.fixture
def make_schedule(db):
    """Make a schedule: `make_schedule(organization, hours=[[weekday, "HH:MM", "HH:MM"]], zone="UTC", default=False)`."""

    def make(organization, *, hours=NINE_TO_FIVE, zone="UTC", name=None, default=False, members=()):
        schedule = Schedule.objects.create(
            organization=organization, name=name or f"Schedule {next(_numbers)}", time_zone=zone, hours=hours
        )
        if default:
            organization.default_schedule = schedule
            organization.save(update_fields=["default_schedule"])
        for member in members:
            member.schedule = schedule
            member.save(update_fields=["schedule"])
        return schedule

    return make


@pytest.fixture
def make_rotation(db):
    """Make a rotation of one layer: `make_rotation(organization, members, unit="weeks", length=1, …)`; `add_layer` adds more."""

    def make(organization, members, *, zone="UTC", when_away="skip", name=None, **layer):
        rotation = Rotation.objects.create(
            organization=organization,
            name=name or f"Rotation {next(_numbers)}",
            time_zone=zone,
            when_away=when_away,
            layers=[],
        )
        return _add_layer(rotation, members, **layer)

    return make


@pytest.fixture
def add_layer():
    """Put a layer on top of a rotation: `add_layer(rotation, members, unit="weeks", …)`."""
    return _add_layer


def _add_layer(
    rotation,
    members,
    *,
    unit="weeks",
    length=1,
    starts_on=date(2026, 11, 2),
    handoff="09:00",
    weekday=0,
    hours=None,
    name="",
):
    rotation.layers.append(
        {
            "name": name,
            "unit": unit,
            "length": length,
            "starts_on": starts_on.isoformat(),
            "handoff": handoff,
            "weekday": weekday if unit == "weeks" else None,
            "hours": hours,
            "anchor": [0, 0],
        }
    )
    rotation.save()
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, layer=len(rotation.layers) - 1, position=position, membership=member)
        for position, member in enumerate(members)
    )
    return rotation


@pytest.fixture
def make_override(db):
    """Make an override: `make_override(rotation, member or None, begins, ends)`."""
    return lambda rotation, member, begins, ends: Override.objects.create(
        rotation=rotation, membership=member, starts_at=begins, ends_at=ends
    )


@pytest.fixture
def away(db):
    """Give a member time off: `away(member, begins, ends or a timedelta)`."""

    def make(member, begins, ends):
        return TimeOff.objects.create(
            membership=member, starts_at=begins, ends_at=begins + ends if isinstance(ends, timedelta) else ends
        )

    return make
