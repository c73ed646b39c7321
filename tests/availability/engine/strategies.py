"""Random worlds, in windows around the days on which clocks change."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from ..reference import RotationOf, World

MEMBERS = (1, 2, 3, 4)
MOMENTS = [
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
    ("America/New_York", "2026-03-08T07:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Sydney", "2026-04-04T16:00"),
    ("Australia/Sydney", "2026-10-03T16:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),  # half an hour
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("America/Santiago", "2026-04-05T03:00"),  # from midnight back to 23:00
    ("America/Santiago", "2026-09-06T04:00"),  # from midnight on to 1:00
    ("America/Asuncion", "2024-03-24T03:00"),
    ("America/Asuncion", "2024-10-06T04:00"),
    ("America/St_Johns", "2010-03-14T03:31"),  # at 0:01, over midnight
    ("America/St_Johns", "2010-11-07T02:31"),
    ("Africa/Casablanca", "2026-02-15T02:00"),  # by the moon
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),  # a day skipped
    ("Pacific/Kwajalein", "1969-09-30T13:00"),  # 23 hours repeated
    ("Asia/Kathmandu", "1985-12-31T18:30"),  # a quarter of an hour, at the end of a year
]
QUIET = [
    ("Asia/Kolkata", "2028-02-29T00:00"),  # a leap day
    ("Asia/Kathmandu", "2026-12-31T18:15"),  # the end of a year
    ("UTC", "2028-02-29T00:00"),
    ("Europe/Berlin", "2024-02-29T12:00"),
    ("America/New_York", "2027-01-01T05:00"),
]
ZONES = sorted({zone for zone, _ in MOMENTS + QUIET})

_times = int(os.environ.get("PROPERTY_EXAMPLES", "1"))


def examples(number):
    """Return the settings of a property: as many examples, times PROPERTY_EXAMPLES."""
    unhurried = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=number * _times, deadline=None, suppress_health_check=unhurried)


@st.composite
def windows(draw, days=2):
    """Return a zone and two instants, with a change of its clocks in between, if it has any."""
    zone, moment = draw(st.sampled_from(MOMENTS + QUIET))
    before = draw(st.sampled_from([timedelta(hours=days * 3), timedelta(hours=days * 17)]))
    since = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc) - before
    return zone, since, since + timedelta(days=days)


def clock_times(grain=1):
    """Return times such as "09:00", often those about which clocks are put."""
    minutes = st.integers(0, 24 * 60 // grain - 1).map(
        lambda number: f"{number * grain // 60:02}:{number * grain % 60:02}"
    )
    return st.one_of(st.sampled_from(["00:00", "01:30", "02:00", "02:15", "02:30", "03:00", "23:15", "23:30"]), minutes)


def weekly(grain=1, weekdays=range(7)):
    """Return working hours: over midnight, whole days, none at all; they may overlap."""
    spans = st.tuples(st.sampled_from(weekdays), clock_times(grain), clock_times(grain)).map(list)
    day = clock_times(grain).flatmap(lambda at: st.sampled_from(weekdays).map(lambda weekday: [weekday, at, at]))
    every_day = st.tuples(clock_times(grain), clock_times(grain)).map(lambda pair: [[day, *pair] for day in range(7)])
    return st.one_of(every_day, st.lists(st.one_of(spans, day), max_size=6))


@st.composite
def layers(draw, zone, since, grain=1):
    """Return a layer as it is stored, and its places: begun long ago, soon to begin, with nobody in it."""
    unit = draw(st.sampled_from(["hours", "days", "weeks"]))
    ago = draw(st.one_of(st.integers(-3, 3), st.integers(-3, {"hours": 20, "days": 90, "weeks": 500}[unit])))
    document = {
        "name": "",
        "unit": unit,
        "length": draw(st.integers(1, {"hours": 30, "days": 4, "weeks": 3}[unit])),
        "starts_on": (since.astimezone(ZoneInfo(zone)).date() - timedelta(days=ago)).isoformat(),
        "handoff": draw(clock_times(grain)),
        "weekday": draw(st.one_of(st.none(), st.integers(0, 6))),
        "hours": draw(st.one_of(st.none(), weekly(grain))),
        "anchor": [draw(st.integers(0, 9)), draw(st.integers(0, 9))],
    }
    members = draw(st.lists(st.sampled_from(MEMBERS), max_size=4))
    positions = draw(st.lists(st.integers(0, 9), min_size=len(members), max_size=len(members), unique=True))
    return document, list(zip(sorted(positions), members))


def spans(since, days=2, grain=1):
    """Return spans of time, which begin or end in the window, or not."""
    begins = st.integers(-600 // grain, days * 1440 // grain).map(
        lambda number: since + timedelta(minutes=number * grain)
    )
    lengths = st.integers(1, days * 1440 // grain).map(lambda number: timedelta(minutes=number * grain))
    return st.tuples(begins, lengths).map(lambda pair: (pair[0], pair[0] + pair[1]))


def absences(since, days=2, grain=1):
    """Return time off by member."""
    few = st.lists(spans(since, days, grain), min_size=1, max_size=2)
    return st.dictionaries(st.sampled_from(MEMBERS), few, max_size=3)


@st.composite
def rotations(draw, zone, since, days=2, grain=1):
    """Return a rotation of one to three layers, with overrides that overlap or leave it open."""
    pair = st.tuples(spans(since, days, grain), st.one_of(st.none(), st.sampled_from(MEMBERS)))
    return RotationOf(
        zone=zone,
        layers=draw(st.lists(layers(zone, since, grain), min_size=1, max_size=3)),
        overrides=[(*span, member) for span, member in draw(st.lists(pair, max_size=3))],
        when_away=draw(st.sampled_from(["skip", "open"])),
    )


@st.composite
def worlds(draw, window, days=2, grain=1):
    """Return everything at once, mostly in the zone whose clocks change."""
    here, since, _ = window
    zones = st.one_of(st.just(here), st.just(here), st.sampled_from(ZONES))
    schedules = {pk: (draw(zones), draw(weekly(grain))) for pk in draw(st.sets(st.integers(1, 3)))}
    schedule = st.sampled_from([None, *sorted(schedules)])
    today = since.astimezone(ZoneInfo(here)).date()
    closed = st.tuples(st.integers(-1, days), st.integers(0, 1)).map(
        lambda pair: (today + timedelta(days=pair[0]), today + timedelta(days=sum(pair)))
    )
    shifts = st.tuples(st.sampled_from(MEMBERS), spans(since, days, grain)).map(lambda pair: (pair[0], *pair[1]))
    return World(
        members={member: draw(schedule) for member in MEMBERS},
        schedules=schedules,
        default=draw(schedule),
        rotations=draw(st.lists(zones.flatmap(lambda zone: rotations(zone, since, days, grain)), max_size=2)),
        feeds=draw(st.lists(st.lists(shifts, max_size=3), max_size=1)),
        disabled=draw(st.sets(st.sampled_from(MEMBERS), max_size=1)),
        away=draw(absences(since, days, grain)),
        closures=draw(st.lists(closed, max_size=1)),
        zone=draw(zones),
    )
