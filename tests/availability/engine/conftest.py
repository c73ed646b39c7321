"""Layers and rotations of the engine, in few words."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability import documents
from django_org_members.availability.engine import People, Place, Rotation

WEEK = timedelta(days=7)


@pytest.fixture
def make_layer():
    """Make a layer: `make_layer("ABC", "Europe/Berlin", date(2026, 3, 1), "09:00", unit="days", length=1, …)`."""

    def make(
        members, zone, starts_on, handoff="09:00", *, unit="days", length=1, weekday=None, hours=None, anchor=(0, 0)
    ):
        document = {
            "name": "",
            "unit": unit,
            "length": length,
            "starts_on": starts_on.isoformat(),
            "handoff": handoff,
            "weekday": weekday,
            "hours": hours,
            "anchor": list(anchor),
        }
        places = [Place(position, member) for position, member in enumerate(members)]
        return documents.layer(document, ZoneInfo(zone), places)

    return make


@pytest.fixture
def turns_of():
    """Return the turns as (member, local begin, local end), neighbours of one member as one: by `zone`'s clocks."""

    def turns(rotation, zone, first, last, people=People()):  # noqa: B008
        clocks = ZoneInfo(zone)
        since, until = (datetime.combine(day, datetime.min.time(), clocks) for day in (first, last))
        rotation = rotation if isinstance(rotation, Rotation) else Rotation((rotation,))
        found = []
        for turn in rotation.turns(since.astimezone(timezone.utc), until.astimezone(timezone.utc), people):
            begins, ends = (f"{each.astimezone(clocks):%a %H:%M}" for each in (turn.begins, turn.ends))
            if found and found[-1][0] == turn.member:
                found[-1] = (turn.member, found[-1][1], ends)
            else:
                found.append((turn.member, begins, ends))
        return found

    return turns


@pytest.fixture
def monday():
    """A Monday without anything special about its clocks."""
    return date(2026, 11, 30)
