"""Calendars as other systems write them, and as nobody should."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability.calendars import limits
from django_org_members.availability.calendars.problems import CalendarProblem, in_words
from django_org_members.availability.calendars.reading import MOST_SHIFTS, read

for library in ("icalendar", "recurring_ical_events", "urllib3"):
    pytest.importorskip(library, reason=f"{library}, of the extra calendars, is not installed.")

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOUR = timedelta(hours=1)
EVENT = "DTSTART:20261201T080000Z\nDTEND:20261201T160000Z\nSUMMARY:ada@acme.example"


@pytest.fixture
def now(utc):
    return utc(2026, 11, 30, 12)


@pytest.fixture
def shifts(now):
    """What is read of a text: `shifts(text, zone=)`."""
    return lambda text, zone=AMSTERDAM: read(text, zone=zone, at=now).shifts


@pytest.fixture
def problem(now):
    """The code of why a text cannot be read."""

    def of(text):
        with pytest.raises(CalendarProblem) as caught:
            read(text, zone=AMSTERDAM, at=now)
        assert in_words(caught.value.stored) != caught.value.stored
        return caught.value.code

    return of


def test_pagerduty(shifts, shape, utc):
    found = shifts(shape("pagerduty"))
    assert [(each.begins, each.ends, each.summary, each.attendees) for each in found] == [
        (utc(2026, 11, 30, 8), utc(2026, 12, 7, 8), "On Call - Ada Almeida - Platform", ("Ada.Almeida@acme.example",)),
        (utc(2026, 12, 7, 8), utc(2026, 12, 14, 8), "On Call - Bo Berg - Platform", ("bo.berg@acme.example",)),
        (
            utc(2026, 12, 14, 8),
            utc(2026, 12, 21, 8),
            "On Call - Cy Contractor - Platform",
            ("cy.contractor@elsewhere.example",),
        ),
    ]


def test_opsgenie(shifts, shape, utc):
    found = shifts(shape("opsgenie"))
    assert [(each.begins, each.mentioned) for each in found] == [
        (utc(2026, 11, 30, 8), ("ada.almeida@acme.example",)),
        (utc(2026, 12, 7, 8), ("bo.berg@acme.example",)),
        (utc(2026, 12, 14, 8), ()),
    ]


def test_google(shifts, shape, utc, local):
    """Every other Monday, one moved to Tuesday and to Bo, one left out; whole days in the calendar's zone; one cancelled."""
    found = shifts(shape("google"), zone=ZoneInfo("America/New_York"))
    assert [(each.begins, each.ends, each.attendees or each.mentioned) for each in found] == [
        (utc(2026, 11, 30, 8), utc(2026, 11, 30, 16), ("ada.almeida@acme.example",)),
        (utc(2026, 12, 15, 8), utc(2026, 12, 15, 16), ("bo.berg@acme.example",)),
        (
            local("Europe/Berlin", 2026, 12, 24),
            local("Europe/Berlin", 2026, 12, 26),
            ("bo.berg@acme.example",),
        ),
    ]
    assert found[1].summary == "On call: Bo, instead of Ada"
    assert found[0].organizer == "c_0example@group.calendar.google.com"


def test_outlook_and_its_names_of_time_zones(shifts, shape, utc):
    (shift,) = shifts(shape("outlook"))
    assert (shift.begins, shift.ends) == (utc(2026, 12, 1, 21), utc(2026, 12, 2, 5))


def test_whole_days_are_in_the_organization_s_zone_where_the_calendar_names_none(shifts, ics, local):
    (shift,) = shifts(ics("DTSTART;VALUE=DATE:20261201\nSUMMARY:a@acme.example"))
    assert (shift.begins, shift.ends) == (
        local("Europe/Amsterdam", 2026, 12, 1),
        local("Europe/Amsterdam", 2026, 12, 2),
    )


def test_times_in_no_zone_are_in_the_calendar_s_or_the_organization_s(shifts, ics, local):
    floating = "DTSTART:20261201T090000\nDTEND:20261201T100000"
    (shift,) = shifts(ics(floating))
    assert shift.begins == local("Europe/Amsterdam", 2026, 12, 1, 9)
    (shift,) = shifts(ics(floating, head="X-WR-TIMEZONE:Asia/Kolkata"))
    assert shift.begins == local("Asia/Kolkata", 2026, 12, 1, 9)
    (shift,) = shifts(ics(floating, head="X-WR-TIMEZONE:Nowhere/At All"))
    assert shift.begins == local("Europe/Amsterdam", 2026, 12, 1, 9)


@pytest.mark.parametrize(
    ("end", "hours"),
    [("DTEND:20261201T160000Z", 8), ("DURATION:PT12H", 12), ("DURATION:P1D", 24)],
)
def test_ends_and_durations(shifts, ics, end, hours):
    (shift,) = shifts(ics(f"DTSTART:20261201T080000Z\n{end}"))
    assert shift.ends - shift.begins == hours * HOUR


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261201T080000Z",
        "DTSTART:20261201T080000Z\nDTEND:20261201T080000Z",
        "DTSTART:20261201T080000Z\nDTEND:20261201T080000Z\nDURATION:PT0S",
        "SUMMARY:without a beginning",
        f"{EVENT}\nSTATUS:CANCELLED",
        "DTSTART:20260101T080000Z\nDTEND:20260101T160000Z",
        "DTSTART:20280101T080000Z\nDTEND:20280101T160000Z",
    ],
)
def test_what_is_empty_cancelled_or_far_away_is_left_out(shifts, ics, event):
    assert shifts(ics(event, EVENT)) == shifts(ics("SUMMARY:nothing", EVENT))


def test_a_damaged_event_does_not_hide_the_others(shifts, ics):
    assert len(shifts(ics("DTSTART:nonsense\nRRULE:FREQ=DAILY;COUNT=x", EVENT))) == 1


def test_events_that_show_time_as_free_count(shifts, ics):
    assert len(shifts(ics(f"{EVENT}\nTRANSP:TRANSPARENT"))) == 1


def test_overlapping_and_repeated_events_are_kept_once(shifts, ics):
    assert len(shifts(ics(EVENT, EVENT, EVENT.replace("T08", "T09")))) == 2


def test_a_handover_on_the_day_when_clocks_change(shifts, ics, local):
    weekly = "DTSTART;TZID=Europe/Berlin:20270308T090000\nDTEND;TZID=Europe/Berlin:20270315T090000\nRRULE:FREQ=WEEKLY"
    found = shifts(ics(weekly))
    assert found[2].ends == local("Europe/Berlin", 2027, 3, 29, 9)
    assert found[2].ends - found[2].begins == timedelta(days=7) - HOUR
    assert all(first.ends == second.begins for first, second in itertools.pairwise(found))


@pytest.mark.parametrize("text", ["", "<!DOCTYPE html><html></html>", "{}", "BEGIN:VCARD\r\nEND:VCARD", "\x00\x01"])
def test_what_is_no_calendar(problem, text):
    assert problem(text) == "no_calendar"


@pytest.mark.parametrize(
    "text",
    [
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\r\n" + "BEGIN:X\r\n" * 100_000,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nCALSCALE:MAYAN\r\nEND:VCALENDAR",
    ],
)
def test_what_is_damaged(problem, text):
    assert problem(text) == "broken"


RULES = {
    "FREQ=SECONDLY": "repeats",
    "FREQ=MINUTELY;INTERVAL=1": "repeats",
    "freq=secondly": "repeats",
    "INTERVAL=2;FREQ=SECONDLY": "repeats",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30": "repeats",
    "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30": "repeats",
    "FREQ=HOURLY;BYDAY=5MO;BYMONTH=13": "repeats",
    "FREQ=DAILY;BYMONTH=0": "repeats",
    "FREQ=WEEKLY;BYMONTH=12,-1": "repeats",
    "FREQ=HOURLY;BYEASTER=0;BYMONTH=1": "repeats",
    "FREQ=DAILY;" + "BYDAY=MO;" * 200: "repeats",
    "COUNT=3": "repeats",
    "FREQ=DAILY;INTERVAL=0": "repeats",
    "FREQ=DAILY;INTERVAL=99999999999999999999": "repeats",
    "FREQ=DAILY;FREQ=DAILY": "repeats",
    "FREQ=DAILY;BYHOUR=0,1;BYMINUTE=0,1,2": "repeats",
    "FREQ=YEARLY;BYSECOND=0,1": "repeats",
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_that_cost_too_much_are_refused_before_they_are_tried(problem, ics, rule):
    began = time.monotonic()
    assert problem(ics(f"{EVENT}\nRRULE:{rule}")) == RULES[rule]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "name",
    [
        "RR\r\n ULE",
        "RR\r\n\r\n ULE",
        "RR\n\r\n\n\tULE",
        "RR ULE",
        "rrule",
        "RRULE;X=1",
        'RRULE;X="a:FREQ=DAILY;"',
        "RRULE;X=a\\:FREQ=DAILY;",
        "EXRULE",
        "RRULE ",
    ],
)
def test_no_spelling_hides_a_rule(problem, ics, name):
    text = ics(f"{EVENT}\nMARK").replace("MARK", f"{name}:FREQ=SECONDLY")
    assert problem(text) in ("repeats", "broken")


@pytest.mark.parametrize("begin", ['BEGIN;X="a:":VTIMEZONE', "BEGIN;X=a\\::VTIMEZONE"])
def test_no_spelling_hides_a_time_zone(problem, ics, begin):
    zone = (
        f"{begin}\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=HOURLY\nEND:STANDARD\nEND:VTIMEZONE"
    )
    assert problem(ics(EVENT, head=zone)) == "broken"


def test_very_many_time_zones(problem, ics):
    zone = (
        "BEGIN:VTIMEZONE\nTZID:{}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nEND:VTIMEZONE"
    )
    began = time.monotonic()
    assert (
        problem(ics(EVENT, head="\n".join(zone.format(number) for number in range(limits.MOST_ZONES + 1)))) == "repeats"
    )
    assert time.monotonic() - began < 2


def test_a_zone_in_quotes_of_days_left_out(shifts, ics):
    rule = "DTSTART;TZID=Europe/Berlin:20261201T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3"
    assert len(shifts(ics(f'{rule}\nEXDATE;TZID="Europe/Berlin":20261202T090000'))) == 2


def test_an_hourly_rule_by_another_name(problem, ics):
    hours = ",".join(map(str, range(24)))
    assert problem(ics(f"DTSTART:19000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYHOUR={hours}")) == "repeats"


def test_very_many_single_days(problem, ics):
    assert problem(ics(f"{EVENT}\nRDATE:" + "20261201T080000Z," * limits.MOST_DATES)) == "repeats"
    assert problem(ics(f"{EVENT}\nRDATE" + ";X=1" * limits.LONGEST_LINE + ":20261201T080000Z")) == "repeats"


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE:" + "mailto:" * 300_000,
        "CATEGORIES:" + "a," * 1_000_000,
        "X-A" + ";X=1" * 500_000 + ":a",
        "SUMMARY" + ";X=1" * 500_000 + ":a",
        "DESCRIPTION:" + "a@b." * 500_000,
        "\n".join(f"ATTENDEE:mailto:p{number}@x.example" for number in range(50_000)),
    ],
    ids=["mailto", "categories", "parameters", "parameters of what is read", "description", "attendees"],
)
def test_what_is_very_long_costs_little(shifts, ics, line):
    began = time.monotonic()
    assert len(shifts(ics(f"DTSTART:20261130T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=20\n{line}"))) == 20
    assert time.monotonic() - began < 10


def test_time_runs_out_within_a_series_too(problem, ics, monkeypatch):
    monkeypatch.setattr("django_org_members.availability.calendars.reading.MOST_SECONDS", -1.0)
    asked = []
    monkeypatch.setattr("django_org_members.availability.calendars.reading._shift", lambda *args: asked.append(args))
    assert problem(ics(f"{EVENT}\nRRULE:FREQ=DAILY")) == "repeats"
    assert len(asked) <= 1


def test_a_time_zone_with_such_a_rule_is_refused_too(problem, ics):
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=HOURLY\nEND:STANDARD\nEND:VTIMEZONE"
    )
    assert problem(ics("DTSTART;TZID=Mine:20261201T080000\nDURATION:PT1H", head=zone)) == "repeats"


def test_rules_that_match_no_day_at_all_end(shifts, ics):
    began = time.monotonic()
    assert len(shifts(ics(f"{EVENT}\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))) == 1
    assert time.monotonic() - began < 10


def test_many_expensive_rules_run_out_of_time(problem, ics, monkeypatch):
    monkeypatch.setattr("django_org_members.availability.calendars.reading.MOST_SECONDS", 0.0)
    assert problem(ics(*[f"{EVENT}\nRRULE:FREQ=DAILY"] * 3)) == "repeats"


def test_too_many_shifts(problem, ics):
    hourly = "DTSTART:20261130T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY"
    assert MOST_SHIFTS < 180 * 24 * 2
    assert problem(ics(hourly, hourly)) == "shifts"


def test_too_many_people_in_too_many_shifts(problem, ics):
    crowd = "\n".join(f"ATTENDEE:mailto:p{number}@x.example" for number in range(50))
    assert problem(ics(f"DTSTART:20261130T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n{crowd}")) == "shifts"


def test_an_hourly_rule_of_long_ago(problem, ics):
    assert problem(ics("DTSTART:19000101T000000Z\nDURATION:PT1H\nRRULE:FREQ=HOURLY")) == "repeats"


def test_too_many_events_and_lines(problem, ics, monkeypatch):
    monkeypatch.setattr(limits, "MOST_EVENTS", 2)
    assert problem(ics(EVENT, EVENT, EVENT)) == "events"
    monkeypatch.setattr(limits, "MOST_LINES", 5)
    assert problem(ics(EVENT)) == "events"


def test_bytes_that_no_database_takes_are_left_out():
    assert limits.decoded(b"\xef\xbb\xbfBEGIN\x00:\xff") == "BEGIN:\ufffd"


def test_addresses_are_found_in_every_spelling(shifts, ics):
    (shift,) = shifts(
        ics(
            f"{EVENT}\nATTENDEE:MAILTO:A@acme.example\nATTENDEE:mailto:mailto:b@acme.example\n"
            "ATTENDEE;EMAIL=c@acme.example:urn:uuid:1\nATTENDEE:not an address\nATTENDEE;PARTSTAT=DECLINED:mailto:d@acme.example"
        )
    )
    assert shift.attendees == ("A@acme.example", "b@acme.example", "c@acme.example")
