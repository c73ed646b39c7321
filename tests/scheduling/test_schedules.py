"""Schedules and working time: what may be written, what is told of it, and what a deletion leaves."""

from __future__ import annotations

from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.audit.details import in_words
from django_org_members.availability import zones
from django_org_members.availability.engine import WorkingSpan
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Membership, Schedule
from django_org_members.scheduling import rules
from django_org_members.scheduling.schedules import create_schedule, delete_schedule, edit_schedule, set_working_time
from django_org_members.signals import availability_changed
from tests.racing import at_once

pytestmark = pytest.mark.django_db


def span(day, begins, ends):
    return WorkingSpan(day, time.fromisoformat(begins), time.fromisoformat(ends))


NINE_TO_FIVE = [span(day, "09:00", "17:00") for day in range(5)]


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def manager(acme, make_role, make_member):
    role = make_role(acme, "view_members", "manage_availability", name="Planner")
    return make_member(acme, role=role).user


@pytest.fixture
def make(acme, manager):
    """Make a schedule: `make(name="Office", zone="Europe/Berlin", hours=NINE_TO_FIVE)`."""

    def make(name="Office", zone="Europe/Berlin", hours=NINE_TO_FIVE):
        return create_schedule(actor=manager, organization=acme, name=name, time_zone=zone, hours=hours)

    return make


def errors_of(raised):
    return {field: [error.code for error in errors] for field, errors in raised.value.error_dict.items()}


def told(verb):
    return [(detail.label, detail.told or f"{detail.before} → {detail.after}") for detail in in_words(event(verb))]


def event(verb):
    return AuditEvent.objects.filter(verb=verb).latest("pk")


def test_a_schedule_is_made_as_it_was_asked_for(acme, make, manager, caught):
    sent = caught(availability_changed)
    schedule = make(name="  Office  ", zone="europe/berlin")
    assert (schedule.name, schedule.time_zone, len(schedule.hours)) == ("Office", "Europe/Berlin", 5)
    assert schedule.hours[0] == [0, "09:00", "17:00"]
    assert (event("schedule_created").name, event("schedule_created").actor_id) == ("Office", manager.pk)
    assert ("Hours", "Mon–Fri 09:00–17:00") in told("schedule_created")
    assert (sent[0]["verb"], sent[0]["organization"]) == ("schedule_created", acme)


BAD_HOURS = [
    ([span(0, "09:00", "09:00")], ["empty"], ["Monday"], 0),
    ([span(0, "09:00", "12:00"), span(0, "11:00", "13:00")], ["overlap"], ["Monday", "11:00–13:00", "09:00–12:00"], 1),
    ([span(0, "11:00", "13:00"), span(0, "09:00", "12:00")], ["overlap"], ["Monday", "11:00–13:00"], 0),
    ([span(0, "22:00", "06:00"), span(1, "05:00", "07:00")], ["overlap"], ["Tuesday", "Monday", "22:00–06:00"], 1),
    ([span(6, "22:00", "06:00"), span(0, "05:00", "07:00")], ["overlap"], ["Monday", "Sunday", "22:00–06:00"], 1),
    ([span(3, "00:00", "00:00"), span(3, "09:00", "10:00")], ["overlap"], ["Thursday", "all day"], 1),
    ([span(2, "09:00", "10:00")] * 2, ["overlap"], ["Wednesday"], 1),
    ([span(4, f"{hour:02}:00", f"{hour:02}:30") for hour in range(11)], ["too_many"], ["Friday", "10"], 10),
]


@pytest.mark.parametrize(("hours", "codes", "words", "row"), BAD_HOURS)
def test_wrong_hours_are_named_with_their_day_and_row(make, hours, codes, words, row):
    with pytest.raises(ValidationError) as raised:
        make(hours=hours)
    assert errors_of(raised) == {"hours": codes}
    (error,) = raised.value.error_dict["hours"]
    assert all(word in error.messages[0] for word in words), error.messages
    assert error.params["row"] == row
    assert not Schedule.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    "hours",
    [
        [],
        [span(6, "00:00", "00:00")],
        [span(0, "09:00", "12:00"), span(0, "12:00", "13:00")],
        [span(6, "22:00", "06:00"), span(0, "06:00", "07:00")],
        [span(day, "00:00", "00:00") for day in range(7)],
        [span(0, f"{hour:02}:00", f"{hour:02}:30") for hour in range(10)],
    ],
)
def test_hours_that_touch_are_fine(make, hours):
    assert len(make(hours=hours).hours) == len(hours)


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"name": " "}, {"name": ["required"]}),
        ({"name": "x" * 81}, {"name": ["max_length"]}),
        ({"name": "OFFICE"}, {"name": ["taken"]}),
        ({"name": "Offi\u200bce"}, {"name": ["taken"]}),
        ({"name": "a\u202eb"}, {"name": ["characters"]}),
        ({"zone": ""}, {"time_zone": ["required"]}),
        ({"zone": "Mars/Olympus"}, {"time_zone": ["unknown_zone"]}),
        ({"zone": "../../etc/passwd"}, {"time_zone": ["unknown_zone"]}),
        (
            {"name": "", "zone": "x", "hours": [span(0, "01:00", "01:00")]},
            {"name": ["required"], "time_zone": ["unknown_zone"], "hours": ["empty"]},
        ),
    ],
)
def test_everything_that_is_wrong_is_said_at_once(make, fields, errors):
    make()
    with pytest.raises(ValidationError) as raised:
        make(**{"name": "Other", **fields})
    assert errors_of(raised) == errors


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Berlin", ["Europe/Berlin"]),
        ("New York", ["America/New_York"]),
        ("Europe/Berln", ["Europe/Berlin"]),
        ("Xyzzy", []),
        ("", []),
    ],
)
def test_zones_that_may_have_been_meant(typed, meant):
    assert zones.nearest(typed)[: len(meant) or None] == meant


def test_the_error_of_a_zone_suggests(make):
    with pytest.raises(ValidationError) as raised:
        make(zone="berlin")
    assert raised.value.message_dict["time_zone"] == ["There is no time zone “berlin”. Did you mean Europe/Berlin?"]


def test_another_organization_may_use_the_name(make, make_organization):
    make()
    other = make_organization()
    create_schedule(actor=other.owner, organization=other, name="Office", time_zone="UTC", hours=[])
    assert Schedule.objects.filter(name="Office").count() == 2


def test_an_edit_tells_before_and_after_and_nothing_else(make, manager, caught):
    schedule = make()
    sent = caught(availability_changed)
    four_days = NINE_TO_FIVE[:4]
    changes = edit_schedule(actor=manager, schedule=schedule, name="Office", time_zone="Europe/Berlin", hours=four_days)
    assert set(changes) == {"hours"}
    assert told("schedule_edited") == [("Hours", "Mon–Fri 09:00–17:00 → Mon–Thu 09:00–17:00")]
    assert len(sent) == 1
    assert (
        edit_schedule(actor=manager, schedule=schedule, name="Office", time_zone="Europe/Berlin", hours=four_days) == {}
    )
    assert len(sent) == 1


def test_those_who_had_a_deleted_schedule_have_the_default(acme, make, manager, make_member):
    night, office = make("Night", hours=[span(0, "22:00", "06:00")]), make()
    set_working_time(actor=manager, organization=acme, time_zone="", default_schedule=office)
    member = make_member(acme)
    Membership.objects.filter(pk=member.pk).update(schedule=night)
    assert delete_schedule(actor=manager, schedule=night) == 1
    member.refresh_from_db()
    acme.refresh_from_db()
    assert (member.schedule, acme.default_schedule) == (None, office)
    assert ("Members", "1") in told("schedule_deleted")
    assert delete_schedule(actor=manager, schedule=office) == 0
    acme.refresh_from_db()
    assert acme.default_schedule is None
    with pytest.raises(Schedule.DoesNotExist):
        delete_schedule(actor=manager, schedule=Schedule(pk=night.pk, organization=acme))


def test_a_deletion_costs_the_same_for_one_member_and_for_fifty(acme, make, manager, crowd):
    counts = []
    for size in (1, 50):
        schedule = make(f"S{size}")
        crowd(acme, size)
        Membership.objects.filter(organization=acme).update(schedule=schedule)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            delete_schedule(actor=manager, schedule=schedule)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_working_time(acme, make, manager, make_organization, caught):
    office = make()
    sent = caught(availability_changed)
    assert set_working_time(actor=manager, organization=acme, time_zone="asia/kolkata", default_schedule=office)
    acme.refresh_from_db()
    assert (acme.time_zone, acme.default_schedule) == ("Asia/Kolkata", office)
    assert told("working_time_changed") == [("Time zone", " → Asia/Kolkata"), ("Default schedule", " → Office")]
    assert not set_working_time(actor=manager, organization=acme, time_zone="Asia/Kolkata", default_schedule=office)
    assert len(sent) == 1
    foreign = create_schedule(
        actor=(other := make_organization()).owner, organization=other, name="F", time_zone="UTC", hours=[]
    )
    for fields, errors in (
        ({"time_zone": "Nowhere", "default_schedule": office}, {"time_zone": ["unknown_zone"]}),
        ({"time_zone": "", "default_schedule": foreign}, {"default_schedule": ["unknown"]}),
    ):
        with pytest.raises(ValidationError) as raised:
            set_working_time(actor=manager, organization=acme, **fields)
        assert errors_of(raised) == errors


def test_nobody_without_the_permission(acme, make, make_member):
    schedule, user = make(), make_member(acme).user
    fields = {"name": "N", "time_zone": "UTC", "hours": []}
    for act in (
        lambda: create_schedule(actor=user, organization=acme, **fields),
        lambda: edit_schedule(actor=user, schedule=schedule, **fields),
        lambda: delete_schedule(actor=user, schedule=schedule),
        lambda: set_working_time(actor=user, organization=acme, time_zone="UTC", default_schedule=None),
    ):
        with pytest.raises(Refused):
            act()
    assert AuditEvent.objects.count() == 1


def test_a_name_taken_past_the_lock_is_told_like_any_other(acme, make, monkeypatch):
    Schedule.objects.create(organization=acme, name="Office", time_zone="UTC")
    monkeypatch.setattr(rules, "free_name", lambda model, organization, name, own=None: name)
    with pytest.raises(ValidationError) as raised:
        make()
    assert errors_of(raised) == {"name": ["taken"]}


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_of_two_who_take_a_name_at_once_one_is_told(make):
    outcomes = at_once([make] * 4)
    assert sum(isinstance(each, Schedule) for each in outcomes) == 1
    refused = [each for each in outcomes if not isinstance(each, Schedule)]
    assert all(isinstance(each, ValidationError) for each in refused), refused
    assert {error.code for each in refused for error in each.error_dict["name"]} == {"taken"}


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_a_schedule_that_goes_while_it_becomes_the_default_leaves_none_or_is_refused(acme, make, manager):
    office = make()
    outcomes = at_once(
        [
            lambda: delete_schedule(actor=manager, schedule=office),
            lambda: set_working_time(actor=manager, organization=acme, time_zone="UTC", default_schedule=office),
        ]
    )
    assert outcomes[0] == 0
    assert outcomes[1] is True or "default_schedule" in outcomes[1].error_dict
    acme.refresh_from_db()
    assert acme.default_schedule_id is None
