"""Imported calendars: added, edited, removed, read again, and who is on call by them."""

from __future__ import annotations

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import close_old_connections
from django.utils import timezone

from django_org_members import actions, availability
from django_org_members.availability.calendars import fetching
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, ImportedCalendar, ImportedShift
from django_org_members.scheduling import calendars, refreshing
from django_org_members.signals import availability_changed

for library in ("icalendar", "recurring_ical_events", "urllib3"):
    pytest.importorskip(library, reason=f"{library}, of the extra calendars, is not installed.")

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def calendar_of(ics):
    """A calendar in which these addresses are on call today, as bytes."""

    def make(*addresses, days=1):
        today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        span = f"DTSTART:{today:%Y%m%dT%H%M%SZ}\nDTEND:{today + days * DAY:%Y%m%dT%H%M%SZ}"
        return ics(*(f"{span}\nATTENDEE:mailto:{each}\nSUMMARY:On call" for each in addresses)).encode()

    return make


@pytest.fixture
def add(acme):
    """Import a calendar as the Owner: `add(name=, url= or document=)`."""
    return lambda **how: calendars.add_calendar(actor=acme.owner, organization=acme, **{"name": "PagerDuty", **how})


@pytest.fixture
def again():
    """Read a calendar again, as if some time had passed: `again(calendar)`."""

    def refresh(calendar, actor=None):
        ImportedCalendar.objects.filter(pk=calendar.pk).update(tried_at=timezone.now() - DAY)
        return refreshing.refresh_calendar(calendar=calendar, actor=actor)

    return refresh


def code_of(call):
    with pytest.raises(ValidationError) as caught:
        call()
    return {name: [each.code for each in errors] for name, errors in caught.value.error_dict.items()}


def on_call(acme):
    return {pk for each in availability.on_call(acme) for pk in each.member_ids}


def shifts_of(calendar):
    return list(calendar.shifts.values_list("membership_id", "starts_at", "ends_at", "summary"))


# Adding


def test_from_an_address(acme, people, add, server, calendar_of, caught):
    received = caught(availability_changed)
    server.serve(calendar_of("ada.almeida@acme.example", "who@x.example"), ETag='"1"')
    calendar = add(url=server.url("/secret"))
    assert (calendar.url, calendar.etag, calendar.error) == (server.url("/secret"), '"1"', "")
    assert calendar.unmatched == [{"who": "who@x.example", "summary": "On call", "shifts": 1}]
    assert on_call(acme) == {people["ada"].pk}
    assert availability.now(acme.memberships.all()).get(pk=people["ada"].pk).availability == "on_call"
    assert [each["verb"] for each in received] == ["calendar_added"]


def test_from_a_file(acme, people, add, calendar_of):
    calendar = add(document=calendar_of("bo.berg@acme.example"))
    assert calendar.url == ""
    assert on_call(acme) == {people["bo"].pk}


def test_a_disabled_member_is_matched_and_not_on_call(acme, people, add, calendar_of):
    actions.perform("disable", actor=acme.owner, members=[people["ada"]])
    calendar = add(document=calendar_of("ada.almeida@acme.example"))
    assert calendar.shifts.get().membership_id == people["ada"].pk
    assert on_call(acme) == set()


def test_the_address_is_in_no_event_no_log_and_no_message(acme, add, server, calendar_of, again, caplog, caught):
    received = caught(availability_changed)
    server.serve(calendar_of("a@x.example"))
    calendar = add(url=server.url("/top-secret"))
    server.serve(b"", 500)
    again(calendar)
    told = [repr([each.__dict__ for each in AuditEvent.objects.all()]), repr(received), caplog.text, str(calendar)]
    assert AuditEvent.objects.filter(verb="calendar_added").get().details["server"] == "127.0.0.2/…"
    assert not [each for each in told if "top-secret" in each]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [(b"<html>", 200, "no_calendar"), (b"", 404, "gone"), (b"", 401, "refused"), (b"", 500, "status")],
)
def test_what_cannot_be_read_is_not_added(add, server, body, status, code):
    server.serve(body, status)
    assert code_of(lambda: add(url=server.url())) == {"url": [code]}
    assert not ImportedCalendar.objects.exists()


@pytest.mark.parametrize(
    ("how", "errors"),
    [
        ({}, {"url": ["either"]}),
        ({"url": "https://x.example/", "document": b""}, {"url": ["either"]}),
        ({"document": b""}, {"document": ["no_calendar"]}),
        ({"document": b"x" * (fetching.MOST_BYTES + 1)}, {"document": ["size"]}),
        ({"url": "http://127.0.0.1/"}, {"url": ["network"]}),
        ({"name": " ", "document": b""}, {"name": ["required"]}),
        ({"name": "x" * 81, "document": b""}, {"name": ["max_length"]}),
        ({"name": "Pager\u202eytuD", "document": b""}, {"name": ["characters"]}),
        ({"name": "\u200b", "document": b""}, {"name": ["required"]}),
    ],
)
def test_what_is_wrong_is_told_at_its_field(add, how, errors):
    assert code_of(lambda: add(**how)) == errors
    assert not ImportedCalendar.objects.exists()


def test_a_name_is_there_once(add, calendar_of):
    add(document=calendar_of())
    assert code_of(lambda: add(document=calendar_of())) == {"name": ["unique"]}


def test_not_too_many(add, calendar_of, monkeypatch):
    monkeypatch.setattr(calendars, "MOST_CALENDARS", 1)
    add(document=calendar_of())
    assert code_of(lambda: add(name="Another", document=calendar_of())) == {"name": ["too_many"]}


def test_who_may(acme, people, add, calendar_of, server, make_user):
    calendar = add(document=calendar_of())
    for actor in (people["ada"].user, make_user()):
        for call in (
            lambda: calendars.add_calendar(actor=actor, organization=acme, name="X", url=server.url()),  # noqa: B023
            lambda: calendars.edit_calendar(actor=actor, calendar=calendar, name="X", url=server.url()),  # noqa: B023
            lambda: calendars.remove_calendar(actor=actor, calendar=calendar),  # noqa: B023
            lambda: refreshing.refresh_calendar(calendar=calendar, actor=actor),  # noqa: B023
        ):
            with pytest.raises(Refused):
                call()
    assert server.asked == [], "nobody else makes the server ask another"


# Editing and removing


def test_another_name_and_another_address(acme, people, add, server, calendar_of):
    calendar = add(document=calendar_of("ada.almeida@acme.example"))
    calendars.edit_calendar(actor=acme.owner, calendar=calendar, name="Renamed")
    assert on_call(acme) == {people["ada"].pk}
    server.serve(calendar_of("bo.berg@acme.example"))
    calendars.edit_calendar(actor=acme.owner, calendar=calendar, name="Renamed", url=server.url())
    assert on_call(acme) == {people["bo"].pk}
    details = [each.details for each in AuditEvent.objects.filter(verb="calendar_edited").order_by("pk")]
    assert details == [{"name": ["PagerDuty", "Renamed"]}, {"server": "127.0.0.2/…", "calendar_shifts": [1, 1]}]


def test_a_new_address_that_cannot_be_read_changes_nothing(acme, people, add, server, calendar_of):
    calendar = add(document=calendar_of("ada.almeida@acme.example"))
    server.serve(b"", 404)
    call = lambda: calendars.edit_calendar(actor=acme.owner, calendar=calendar, name="New", url=server.url())  # noqa: E731
    assert code_of(call) == {"url": ["gone"]}
    calendar.refresh_from_db()
    assert (calendar.name, calendar.url) == ("PagerDuty", "")
    assert on_call(acme) == {people["ada"].pk}


def test_nothing_to_change_leaves_no_trace(acme, add, calendar_of):
    calendar = add(document=calendar_of())
    calendars.edit_calendar(actor=acme.owner, calendar=calendar, name="PagerDuty")
    assert not AuditEvent.objects.filter(verb="calendar_edited").exists()


def test_removing(acme, people, add, calendar_of):
    calendar = add(document=calendar_of("ada.almeida@acme.example"))
    assert calendars.remove_calendar(actor=acme.owner, calendar=calendar)
    assert not calendars.remove_calendar(actor=acme.owner, calendar=calendar)
    assert not ImportedShift.objects.exists()
    assert on_call(acme) == set()


def test_who_is_told_of_the_removal_finds_it_removed(acme, people, add, calendar_of, caught):
    calendar = add(document=calendar_of("ada.almeida@acme.example"))
    told = caught(availability_changed, lambda: on_call(acme))
    calendars.remove_calendar(actor=acme.owner, calendar=calendar)
    assert told == [set()]
    assert AuditEvent.objects.get(verb="calendar_removed").details == {"calendar_shifts": 1}


# Reading again


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 500, "status 500"),
        (b"", 404, "gone 404"),
        (b"<html>Sign in</html>", 200, "no_calendar"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nEND:VCALENDAR", 200, "broken"),
    ],
)
def test_a_failure_keeps_what_was_read_last_and_says_so(
    acme, people, add, again, server, calendar_of, caught, body, status, error
):
    server.serve(calendar_of("ada.almeida@acme.example"), ETag='"1"')
    calendar = add(url=server.url())
    before, received = shifts_of(calendar), caught(availability_changed)
    read_at = calendar.read_at
    server.serve(body, status, ETag='"2"')
    for _ in range(3):
        assert again(calendar).error == error
    calendar.refresh_from_db()
    assert shifts_of(calendar) == before
    assert (calendar.read_at, calendar.etag, calendar.error) == (read_at, '"1"', error)
    assert on_call(acme) == {people["ada"].pk}
    assert len(received) == 1, "once, as it begins"
    server.serve(calendar_of("ada.almeida@acme.example"))
    assert again(calendar).error == ""
    assert [each["verb"] for each in received] == ["calendar_edited"] * 2
    assert AuditEvent.objects.filter(verb="calendar_edited").count() == 2


def test_only_what_changes_the_plans_is_told(acme, people, add, again, server, calendar_of, caught):
    server.serve(calendar_of("ada.almeida@acme.example"))
    calendar = add(url=server.url())
    received = caught(availability_changed)
    assert not again(calendar).has_changed
    assert received == []
    server.serve(calendar_of("bo.berg@acme.example"))
    assert again(calendar).has_changed
    assert [(each["verb"], each["actor"]) for each in received] == [("calendar_edited", None)]
    assert on_call(acme) == {people["bo"].pk}


def test_what_the_moving_window_brings_is_no_change(people, add, again, ics, caught):
    today = timezone.now()
    event = f"DTSTART:{today:%Y%m%d}T000000Z\nDURATION:P1D\nRRULE:FREQ=DAILY\nATTENDEE:ada.almeida@acme.example"
    calendar = add(document=ics(event).encode())
    calendar.shifts.filter(starts_at__gt=today + 170 * DAY).delete()
    ImportedCalendar.objects.filter(pk=calendar.pk).update(read_at=today - 11 * DAY)
    received = caught(availability_changed)
    assert not again(calendar).has_changed
    assert calendar.shifts.filter(starts_at__gt=today + 170 * DAY).exists()
    assert received == []


def test_304_matches_again_whoever_has_come(acme, add, again, server, calendar_of, make_member):
    server.serve(calendar_of("late@acme.example"), ETag='"1"')
    calendar = add(url=server.url())
    assert on_call(acme) == set()
    member = make_member(acme, email="late@acme.example")
    server.serve(b"", 304)
    assert again(calendar).has_changed
    assert server.asked[-1][1]["If-None-Match"] == '"1"'
    calendar.refresh_from_db()
    assert (calendar.unmatched, on_call(acme)) == ([], {member.pk})


def test_a_file_is_matched_again_too(acme, add, again, calendar_of, make_member):
    calendar = add(document=calendar_of("late@acme.example"))
    member = make_member(acme, email="late@acme.example")
    assert again(calendar).has_changed
    assert on_call(acme) == {member.pk}


def test_one_at_a_time(add, server, calendar_of):
    server.serve(calendar_of())
    calendar = add(url=server.url())
    asked = len(server.asked)
    assert refreshing.refresh_calendar(calendar=calendar).is_busy
    assert len(server.asked) == asked


def test_who_was_overtaken_stores_nothing(acme, people, add, again, server, calendar_of, monkeypatch):
    """A try that takes longer than it may, while somebody edits the calendar."""
    server.serve(calendar_of("ada.almeida@acme.example"))
    calendar = add(url=server.url())

    body = calendar_of("ada.almeida@acme.example")

    def fetch(url, validator=""):
        calendars.edit_calendar(
            actor=acme.owner, calendar=calendar, name="File", document=calendar_of("bo.berg@acme.example")
        )
        return fetching.Fetched(body)

    monkeypatch.setattr(refreshing, "fetch", fetch)
    assert again(calendar).is_busy
    assert on_call(acme) == {people["bo"].pk}


def test_a_calendar_that_is_removed_meanwhile(acme, add, again, server, calendar_of, monkeypatch):
    server.serve(calendar_of())
    calendar = add(url=server.url())

    def fetch(url, validator=""):
        calendars.remove_calendar(actor=acme.owner, calendar=calendar)
        return fetching.Fetched(calendar_of())

    monkeypatch.setattr(refreshing, "fetch", fetch)
    assert again(calendar).is_busy
    assert not ImportedCalendar.objects.exists()


# The command and the tasks


def run(*arguments):
    out, errors = StringIO(), StringIO()
    call_command("refresh_calendars", *arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def grow_old():
    ImportedCalendar.objects.update(tried_at=timezone.now() - timedelta(hours=1))


def test_the_command_reads_what_is_due(people, add, calendar_of, settings):
    add(document=calendar_of())
    add(name="Another", document=calendar_of())
    assert run() == ("0 calendars read, 0 failed, 0 left to another process.\n", "")
    grow_old()
    assert run()[0].startswith("2 calendars read")
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_REFRESH": timedelta(days=1)}
    grow_old()
    assert run()[0].startswith("0 calendars read")
    assert run("--all")[0].startswith("2 calendars read")
    assert run("--all")[0].startswith("0 calendars read, 0 failed, 2 left")


def test_one_that_fails_stops_no_other_and_the_command_fails(acme, people, add, server, calendar_of, monkeypatch):
    server.serve(calendar_of())
    first = add(name="First", url=server.url("/secret"))
    add(name="Second", document=calendar_of("ada.almeida@acme.example"))
    grow_old()
    server.serve(b"", 500)
    with pytest.raises(CommandError, match="1 calendars could not be read"):
        run()
    assert ImportedCalendar.objects.get(name="Second").read_at > timezone.now() - timedelta(minutes=1)
    grow_old()
    original = refreshing.refresh_calendar

    def explode(*, calendar, actor=None):
        if calendar.pk == first.pk:
            raise RuntimeError("unforeseen")
        return original(calendar=calendar, actor=actor)

    monkeypatch.setattr(refreshing, "refresh_calendar", explode)
    tally = refreshing.refresh_all(refreshing.due(timezone.now()))
    assert (tally.read, tally.failed) == (1, 1)


def test_tasks_run_at_once_where_nothing_else_is_set(people, add, calendar_of):
    calendar = add(document=calendar_of())
    before = calendar.read_at
    grow_old()
    refreshing.refresh_due.enqueue()
    calendar.refresh_from_db()
    assert calendar.read_at > before
    before = calendar.read_at
    grow_old()
    assert run("--enqueue")[0] == "1 calendars enqueued.\n"
    calendar.refresh_from_db()
    assert calendar.read_at > before


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
def test_two_processes_ask_once(real_transactions, add, server, calendar_of):
    server.serve(calendar_of())
    calendar = add(url=server.url())
    grow_old()
    asked, barrier, found = len(server.asked), threading.Barrier(4), []

    def refresh():
        try:
            barrier.wait()
            found.append(refreshing.refresh_calendar(calendar=calendar).is_busy)
        finally:
            close_old_connections()
            from django.db import connection

            connection.close()

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(found) == [False, True, True, True]
    assert len(server.asked) - asked == 1
