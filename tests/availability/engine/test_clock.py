"""When a local time is: skipped hours happen when the clock jumps, repeated ones the first time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import given
from hypothesis import strategies as st

from django_org_members.availability.engine import first_moment
from django_org_members.availability.engine.clock import local_time

from .strategies import MOMENTS, examples


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30"),
        ("Asia/Kolkata", "2026-03-29T02:30", "2026-03-28T21:00"),
        ("Asia/Kathmandu", "2026-03-29T02:30", "2026-03-28T20:45"),
        # Skipped: 2:00 to 3:00 in Berlin.
        ("Europe/Berlin", "2026-03-29T01:59:59.999999", "2026-03-29T00:59:59.999999"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T03:01", "2026-03-29T01:01"),
        # With a fraction of a second, near either end of the hour that is skipped.
        ("Europe/Berlin", "2026-03-29T02:00:00.500000", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:00:00.000001", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59.999999", "2026-03-29T01:00"),
        # Repeated: 2:00 to 3:00 in Berlin.
        ("Europe/Berlin", "2026-10-25T01:59", "2026-10-24T23:59"),
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30"),
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00"),
        # Half an hour, on the other half of the earth.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45"),
        ("Australia/Lord_Howe", "2026-04-05T02:00", "2026-04-04T15:30"),
        # Midnight is skipped, or comes twice.
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00"),
        ("America/Santiago", "2026-04-04T23:30", "2026-04-05T02:30"),
        ("America/Santiago", "2026-04-05T00:00", "2026-04-05T04:00"),
        ("America/St_Johns", "2010-11-07T00:00", "2010-11-07T02:30"),
        ("America/St_Johns", "2010-11-07T00:01", "2010-11-07T03:31"),
        # A day that there was not.
        ("Pacific/Apia", "2011-12-29T23:59", "2011-12-30T09:59"),
        ("Pacific/Apia", "2011-12-30T00:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T18:00", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"),
        # Clocks that were put by minutes and seconds.
        ("Asia/Kathmandu", "1986-01-01T00:10", "1985-12-31T18:30"),
        ("Africa/Monrovia", "1972-01-07T00:20", "1972-01-07T00:44:30"),
        ("Europe/Amsterdam", "1937-07-01T00:00:15", "1937-06-30T22:40:28"),
    ],
)
def test_the_first_moment(zone, local, expected):
    assert first_moment(datetime.fromisoformat(local), ZoneInfo(zone)) == instant(expected)


@examples(150)
@given(st.sampled_from(MOMENTS), st.timedeltas(timedelta(hours=-30), timedelta(hours=30)))
def test_before_it_the_clock_showed_less_and_from_then_on_it_has_shown_as_much(moment, away):
    zone, at = ZoneInfo(moment[0]), instant(moment[1])
    local = local_time(at, zone) + away
    found = first_moment(local, zone)
    assert local_time(found, zone) >= local
    before = (found - timedelta(microseconds=1), *(found - timedelta(minutes=30) * step for step in range(1, 60)))
    assert all(local_time(each, zone) < local for each in before)


@examples(60)
@given(st.sampled_from(MOMENTS), st.lists(st.timedeltas(timedelta(hours=-30), timedelta(hours=30)), min_size=2))
def test_instants_keep_the_order_of_local_times(moment, aways):
    zone, at = ZoneInfo(moment[0]), instant(moment[1])
    locals_ = sorted(local_time(at, zone) + away for away in aways)
    found = [first_moment(local, zone) for local in locals_]
    assert found == sorted(found)
