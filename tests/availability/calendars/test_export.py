"""Shifts for calendar programs, read back by another library."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import availability
from django_org_members.availability import loading
from django_org_members.availability.calendars import export
from django_org_members.models import ImportedCalendar, ImportedShift, Membership

pytest.importorskip("icalendar", reason="icalendar, of the extra calendars, is not installed.")

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def now(utc):
    return utc(2026, 11, 30, 12)


@pytest.fixture
def members(acme):
    return list(acme.memberships.order_by("pk"))


def text_of(events, now, name="On call"):
    return export.written(events, name=name, at=now).decode()


def read_back(text):
    """The events as the library `ical` reads them: (begins, ends, UID, summary)."""
    stream = pytest.importorskip("ical.calendar_stream", reason="ical is not installed.").IcsCalendarStream
    calendar = stream.calendar_from_ics(text)
    return [
        (each.dtstart.astimezone(timezone.utc), each.dtend.astimezone(timezone.utc), each.uid, each.summary)
        for each in calendar.events
    ]


@pytest.mark.parametrize(
    "layer",
    [
        {"unit": "weeks", "zone": "Europe/Berlin"},
        {"unit": "days", "length": 3, "zone": "America/New_York", "handoff": "23:30"},
        {"unit": "hours", "length": 12, "zone": "Asia/Kolkata"},
        {"unit": "weeks", "length": 5, "zone": "Australia/Lord_Howe"},
        {"unit": "weeks", "hours": [[day, "18:00", "08:00"] for day in range(7)], "zone": "Europe/London"},
    ],
    ids=["weeks", "days", "hours", "five weeks", "nights"],
)
def test_another_library_reads_the_same_shifts(acme, members, make_rotation, make_override, away, now, layer):
    rotation = make_rotation(acme, members, name="Primary", **layer)
    make_override(rotation, members[1], now + 2 * DAY, now + 4 * DAY)
    make_override(rotation, None, now + 6 * DAY, now + 7 * DAY)
    away(members[0], now + 10 * DAY, 5 * DAY)
    read = read_back(text_of(export.events_of_rotation(rotation, now), now))
    plan = loading.load(acme, now - 200 * DAY, now + 250 * DAY)
    begin, end = now - export.BEHIND, now + export.AHEAD
    names = {each.pk: str(each) for each in members}
    assert read
    assert [(begins, ends, summary) for begins, ends, _uid, summary in read] == [
        (turn.begins, turn.ends, f"{names[turn.member]} on call: Primary")
        for turn in plan.turns(plan.rotations[0])
        if turn.member is not None and turn.begins < end and turn.ends > begin
    ]
    assert len({uid for _begins, _ends, uid, _summary in read}) == len(read)


def test_shifts_keep_their_uid_and_their_length_as_the_window_moves(acme, members, make_rotation, make_override, now):
    rotation = make_rotation(acme, members, unit="weeks", length=3)
    make_override(rotation, members[0], now - 100 * DAY, now - 13 * DAY)
    seen = {}
    for days in range(0, 60, 4):
        for event in export.events_of_rotation(rotation, now + days * DAY):
            assert seen.setdefault(event.uid, event) == event
    assert min(event.begins for event in seen.values()) == now - 100 * DAY, "whole, before the window"
    assert len({(event.begins, event.ends) for event in seen.values()}) == len(seen)


def test_a_new_name_changes_the_words_and_no_uid(acme, members, make_rotation, now):
    rotation = make_rotation(acme, members)
    before = export.events_of_rotation(rotation, now)
    rotation.name = "Renamed"
    rotation.save()
    after = export.events_of_rotation(rotation, now)
    assert [each.uid for each in before] == [each.uid for each in after]
    assert all("Renamed" in each.summary for each in after)


def test_a_member_s_own_shifts_time_off_and_imported_ones(acme, members, make_rotation, away, now):
    for name in ("Primary", "Secondary"):
        make_rotation(acme, members, name=name, unit="days")
    away(members[0], now + DAY, 2 * DAY)
    calendar = ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    span = {"starts_at": now + 8 * DAY, "ends_at": now + 9 * DAY}
    ImportedShift.objects.create(calendar=calendar, membership=members[0], **span)
    events = export.events_of_member(members[0], now)
    read = read_back(text_of(events, now))
    assert {summary for _begins, _ends, _uid, summary in read} == {
        "On call: Primary",
        "On call: Secondary",
        "On call: PagerDuty",
        "Time off",
    }
    shifts = availability.get_provider(acme).shifts([members[0]], now - 14 * DAY, now + 90 * DAY)
    inside = [event for event in events if not event.is_away and event.begins > now - 13 * DAY]
    assert [(event.begins, event.ends) for event in inside] == [
        (each.begins_at, each.ends_at) for each in shifts if each.begins_at > now - 13 * DAY
    ]


def test_time_off_is_busy_and_being_on_call_is_free(acme, members, make_rotation, away, now):
    make_rotation(acme, members[:1])
    away(members[0], now + DAY, DAY)
    text = text_of(export.events_of_member(members[0], now), now)
    assert text.count("TRANSP:OPAQUE") == text.count("X-MICROSOFT-CDO-BUSYSTATUS:OOF") == 1
    assert text.count("TRANSP:TRANSPARENT") == text.count("BEGIN:VEVENT") - 1


NAMES = [
    "Ada, Bo; \\ and Cy",
    "Ada\r\nATTENDEE:mailto:evil@example.com",
    "Ada\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:forged",
    "Ada\r\n BEGIN:VALARM",
    "Ada\x00\x07\u2028\u202eevil\x85BEGIN:VEVENT",
    "名前" * 60,
    "👩‍💻" * 40,
    ":" * 80,
    '"; X="',
    "%s %(name)s",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_out_of_its_line(acme, members, make_rotation, now, name):
    """Whatever a rotation, a member or an organization is called."""
    stored = name.replace("\x00", "")  # which PostgreSQL takes in no text
    Membership.objects.filter(pk=members[0].pk).update(display_name=stored)
    acme.name = name
    rotation = make_rotation(acme, members[:1], unit="weeks", name=stored[:80])
    events = export.events_of_rotation(rotation, now)
    text = text_of(events, now, name=name)
    lines = text.split("\r\n")
    assert len([line for line in lines if line == "BEGIN:VEVENT"]) == len(events) == text.count("UID:")
    assert not [line for line in lines if line.startswith(("ATTENDEE", "BEGIN:VALARM", "ORGANIZER"))]
    assert all(len(line.encode()) <= 75 for line in lines)
    assert "\r" not in text.replace("\r\n", "")
    assert not [each for each in text.replace("\r\n", "") if ord(each) < 32 or each in "\x85\u2028\u202e"]
    assert len(read_back(text)) == len(events)


def test_what_calendar_programs_need(acme, members, make_rotation, now):
    text = text_of(export.events_of_rotation(make_rotation(acme, members), now), now, name="Primary")
    head = text.partition("BEGIN:VEVENT")[0].split("\r\n")
    assert {"VERSION:2.0", "METHOD:PUBLISH", "X-WR-CALNAME:Primary", "REFRESH-INTERVAL;VALUE=DURATION:PT1H"} <= set(
        head
    )
    event = text.partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
    assert "DTSTAMP:20261130T120000Z" in event
    assert "DTSTART:2026" in event
    assert "@testserver" in event


def test_queries_are_constant(acme, members, make_rotation, make_override, now):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            export.events_of_rotation(rotation, now)
            export.events_of_member(members[0], now)
        return len(captured)

    rotation = make_rotation(acme, members)
    first = queries()
    for number in range(10):
        make_override(make_rotation(acme, members), members[0], now + number * DAY, now + 20 * DAY)
    assert queries() == first <= 6


def test_a_rotation_without_anybody_is_an_empty_calendar(acme, make_rotation, now):
    events = export.events_of_rotation(make_rotation(acme, []), now)
    assert read_back(text_of(events, now)) == []


def test_a_provider_of_the_project_s_own(acme, members, settings, now):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "AVAILABILITY_PROVIDER": f"{__name__}.Own"}
    (event,) = export.events_of_member(members[0], now)
    assert (event.begins, event.summary) == (now, "On call: Own")


class Own(availability.StatusProvider):
    def shifts(self, members, since, until):
        begins = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
        return [availability.Shift(members[0].pk, begins, begins + DAY, "Own")]
