"""Hours of the week: what is open when, and which spans overlap."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability import documents
from django_org_members.availability.engine import overlaps

EVERY_DAY = range(7)


def hours_of(zone, hours, since, days=1):
    """The open spans from midnight to midnight, by UTC's clocks."""
    begins = datetime.combine(datetime.fromisoformat(since), datetime.min.time(), ZoneInfo(zone))
    ends = begins + timedelta(days=days)
    found = documents.weekly_hours(hours, ZoneInfo(zone)).intervals(
        begins.astimezone(timezone.utc), ends.astimezone(timezone.utc)
    )
    return [f"{first:%d %H:%M}–{last:%d %H:%M}" for first, last in found]


@pytest.mark.parametrize(
    ("zone", "hours", "since", "expected"),
    [
        ("UTC", [], "2026-11-30", []),
        (
            "UTC",
            [[0, "09:00", "12:00"], [0, "13:00", "17:00"]],
            "2026-11-30",
            ["30 09:00–30 12:00", "30 13:00–30 17:00"],
        ),
        ("UTC", [[0, "09:00", "12:00"], [0, "12:00", "17:00"]], "2026-11-30", ["30 09:00–30 17:00"]),
        ("UTC", [[1, "09:00", "12:00"]], "2026-11-30", []),
        # Over midnight: the end of yesterday's, the begin of today's; and over the end of the week.
        (
            "UTC",
            [[6, "22:00", "06:00"], [0, "22:00", "06:00"]],
            "2026-11-30",
            ["30 00:00–30 06:00", "30 22:00–01 00:00"],
        ),
        # The whole day; and 24 hours from another time on.
        ("UTC", [[0, "00:00", "00:00"]], "2026-11-30", ["30 00:00–01 00:00"]),
        ("UTC", [[0, "09:00", "09:00"]], "2026-11-30", ["30 09:00–01 00:00"]),
        ("UTC", [[0, "09:00", "09:00"]], "2026-12-01", ["01 00:00–01 09:00"]),
        ("Asia/Kolkata", [[0, "09:00", "17:00"]], "2026-11-30", ["30 03:30–30 11:30"]),
        ("Asia/Kathmandu", [[0, "09:00", "17:00"]], "2026-11-30", ["30 03:15–30 11:15"]),
        # A day of 23 hours; hours that are skipped, in part and altogether.
        ("Europe/Berlin", [[6, "00:00", "00:00"]], "2026-03-29", ["28 23:00–29 22:00"]),
        ("Europe/Berlin", [[6, "01:30", "02:30"]], "2026-03-29", ["29 00:30–29 01:00"]),
        ("Europe/Berlin", [[6, "02:30", "03:30"]], "2026-03-29", ["29 01:00–29 01:30"]),
        ("Europe/Berlin", [[6, "02:10", "02:50"]], "2026-03-29", []),
        # A day of 25 hours; hours that are repeated count once, until something lasts through them.
        ("Europe/Berlin", [[6, "00:00", "00:00"]], "2026-10-25", ["24 22:00–25 23:00"]),
        ("Europe/Berlin", [[6, "02:10", "02:50"]], "2026-10-25", ["25 00:10–25 00:50"]),
        ("Europe/Berlin", [[6, "02:30", "03:00"]], "2026-10-25", ["25 00:30–25 02:00"]),
        ("Europe/Berlin", [[6, "01:00", "02:30"]], "2026-10-25", ["24 23:00–25 00:30"]),
        ("Australia/Lord_Howe", [[6, "02:00", "03:00"]], "2026-10-04", ["03 15:30–03 16:00"]),
        # Midnight that is not, and midnight that comes twice: Saturday's last hour is not Sunday's.
        ("America/Santiago", [[6, "00:00", "02:00"]], "2026-09-06", ["06 04:00–06 05:00"]),
        ("America/St_Johns", [[5, "23:30", "00:00"]], "2010-11-06", ["07 02:00–07 02:30"]),
        ("America/St_Johns", [[6, "00:00", "01:00"]], "2010-11-07", ["07 02:30–07 04:30"]),
        # 29 February.
        ("UTC", [[1, "09:00", "17:00"]], "2028-02-29", ["29 09:00–29 17:00"]),
        ("UTC", [[1, "22:00", "06:00"]], "2028-03-01", ["01 00:00–01 06:00"]),
    ],
)
def test_when_it_is_open(zone, hours, since, expected):
    assert hours_of(zone, hours, since) == expected


def test_in_a_zone_that_skipped_a_day_its_hours_are_skipped():
    hours = [[day, "09:00", "17:00"] for day in EVERY_DAY]
    # After Thursday, 29 December 2011, came Saturday, the 31st: at 10:00 UTC.
    assert hours_of("Pacific/Apia", hours, "2011-12-29", days=3) == ["29 19:00–30 03:00", "30 19:00–31 03:00"]


def test_a_repeated_midnight_belongs_to_the_day_that_had_begun():
    """In St John's it was 0:00 on 7 November 2010 at 2:30 UTC, and a minute later 23:01 of the day before."""
    zone = ZoneInfo("America/St_Johns")
    sunday = documents.weekly_hours([[6, "00:00", "00:30"]], zone)
    saturday = documents.weekly_hours([[5, "23:00", "00:00"]], zone)
    for minute, is_sunday in ((29, False), (30, True), (31, True), (45, True), (59, True)):
        at = datetime(2010, 11, 7, 2, minute, tzinfo=timezone.utc)
        assert (sunday.is_open(at), saturday.is_open(at)) == (is_sunday, not is_sunday)


def test_a_window_that_ends_in_a_repeated_midnight_shows_the_day_that_had_begun():
    since, until = (datetime(2010, 11, 7, 2, minute, tzinfo=timezone.utc) for minute in (0, 45))
    sunday = documents.weekly_hours([[6, "00:00", "00:30"]], ZoneInfo("America/St_Johns"))
    assert sunday.intervals(since, until) == [(since + timedelta(minutes=30), until)]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], 0),
        ([[0, "09:00", "12:00"]], 0),
        ([[0, "09:00", "12:00"], [0, "12:00", "17:00"]], 0),
        ([[0, "09:00", "12:01"], [0, "12:00", "17:00"]], 1),
        ([[0, "09:00", "12:00"], [0, "09:00", "12:00"]], 1),
        ([[0, "09:00", "12:00"], [1, "09:00", "12:00"]], 0),
        ([[0, "22:00", "06:00"], [1, "05:59", "07:00"]], 1),
        ([[0, "22:00", "06:00"], [1, "06:00", "07:00"]], 0),
        ([[6, "22:00", "06:00"], [0, "05:00", "07:00"]], 1),
        ([[6, "22:00", "06:00"], [0, "06:00", "07:00"]], 0),
        ([[day, "00:00", "00:00"] for day in EVERY_DAY], 0),
        ([[day, "09:00", "09:00"] for day in EVERY_DAY], 0),
        ([[day, "09:00", "09:00"] for day in EVERY_DAY] + [[6, "10:00", "11:00"]], 1),
        ([[6, "09:00", "09:00"]], 0),
        ([[0, "08:00", "20:00"], [0, "09:00", "10:00"], [0, "12:00", "13:00"]], 1),
    ],
)
def test_which_spans_overlap(hours, expected):
    assert len(overlaps(documents.spans(hours))) == expected


def test_the_two_that_overlap_are_named_over_the_end_of_the_week():
    night, morning = documents.spans([[6, "22:00", "06:00"], [0, "05:00", "07:00"]])[::-1]
    assert overlaps([morning, night]) == [(night, morning)]
    assert night.minutes == (6 * 1440 + 22 * 60, 7 * 1440 + 6 * 60)
