"""Set Schedule, Add Time Off and Cancel Time Off, in code."""

# ruff: noqa: DTZ001 - local clocks
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import actions
from django_org_members.availability import get_provider
from django_org_members.availability.loading import instant, stored
from django_org_members.models import AuditEvent, Membership, Schedule, TimeOff
from django_org_members.signals import availability_changed

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


@pytest.fixture
def berlin(acme, make_schedule):
    return make_schedule(acme, name="Berlin", zone="Europe/Berlin")


def instants(row):
    return instant(row.starts_at), instant(row.ends_at)


def newest():
    return AuditEvent.objects.order_by("-pk").first()


# Schedules


def test_a_schedule_is_set_with_both_names_on_record(acme, admin_user, make_member, berlin, caught):
    member, sent = make_member(acme), caught(availability_changed)
    outcome = actions.perform("set-schedule", actor=admin_user, members=[member], schedule=berlin)
    assert [done.pk for done in outcome.done] == [member.pk]
    assert Membership.objects.get(pk=member.pk).schedule == berlin
    assert (newest().verb, newest().details) == ("schedule_changed", {"schedule": [None, "Berlin"]})
    ((signal),) = sent
    assert (signal["verb"], [each.pk for each in signal["members"]]) == ("schedule_changed", [member.pk])
    actions.perform("set-schedule", actor=admin_user, members=[member], schedule=None)
    assert newest().details == {"schedule": ["Berlin", None]}
    assert Membership.objects.get(pk=member.pk).schedule is None


def test_the_same_schedule_again_changes_nothing(acme, admin_user, make_member, berlin):
    member = make_member(acme)
    actions.perform("set-schedule", actor=admin_user, members=[member], schedule=berlin)
    outcome = actions.perform("set-schedule", actor=admin_user, members=[member], schedule=berlin)
    assert (len(outcome.done), len(outcome.unchanged)) == (0, 1)


def test_another_organization_s_schedule_does_not_exist(
    admin_user, acme, make_member, make_organization, make_schedule
):
    foreign = make_schedule(make_organization())
    outcome = actions.perform("set-schedule", actor=admin_user, members=[make_member(acme)], schedule=foreign)
    assert [verdict.code for _, verdict in outcome.refused] == ["unknown_schedule"]


def test_a_schedule_that_was_deleted_meanwhile_does_not_exist(acme, admin_user, make_member, berlin):
    member, stale = make_member(acme), Schedule.objects.get(pk=berlin.pk)
    berlin.delete()
    outcome = actions.perform("set-schedule", actor=admin_user, members=[member], schedule=stale)
    assert [verdict.code for _, verdict in outcome.refused] == ["unknown_schedule"]


# Time off


def test_local_times_are_those_of_the_member_s_schedule(acme, admin_user, make_member, berlin):
    acme.time_zone = "Asia/Tokyo"
    acme.save()
    own, other = make_member(acme), make_member(acme)
    actions.perform("set-schedule", actor=admin_user, members=[own], schedule=berlin)
    begins, ends = datetime(2027, 3, 27, 9), datetime(2027, 3, 29)
    actions.perform(
        "add-time-off", actor=admin_user, members=[own, other], starts_at=begins, ends_at=ends, note="Retreat"
    )
    found = {row.membership_id: instants(row) for row in TimeOff.objects.all()}
    for member, zone in ((own, BERLIN), (other, ZoneInfo("Asia/Tokyo"))):
        assert found[member.pk] == tuple(at.replace(tzinfo=zone).astimezone(timezone.utc) for at in (begins, ends))


def test_time_off_makes_unavailable_and_is_on_record(acme, admin_user, make_member, caught):
    member, sent = make_member(acme), caught(availability_changed)
    now = datetime.now(timezone.utc)
    actions.perform(
        "add-time-off", actor=admin_user, members=[member], starts_at=now - DAY, ends_at=now + DAY, note="Ill"
    )
    assert get_provider(acme).of(member, now) == "unavailable"
    event = newest()
    assert (event.verb, event.user_id, event.details["note"]) == ("time_off_added", member.user_id, "Ill")
    assert datetime.fromisoformat(event.details["ends_at"]) == (now + DAY).replace(microsecond=0)
    assert [each["verb"] for each in sent] == ["time_off_added"]


def test_the_owner_s_holiday_is_noted_by_an_admin(acme, admin_user):
    owner = acme.memberships.get(user=acme.owner)
    now = datetime.now(timezone.utc)
    assert actions.perform("add-time-off", actor=admin_user, members=[owner], starts_at=now, ends_at=now + DAY).done


@pytest.mark.parametrize(("length", "code"), [(timedelta(0), "order"), (-DAY, "order"), (timedelta(days=733), "long")])
def test_an_end_that_does_not_fit_is_an_error_of_the_end(acme, admin_user, make_member, length, code):
    now = datetime.now(timezone.utc)
    with pytest.raises(ValidationError) as caught_error:
        actions.perform(
            "add-time-off", actor=admin_user, members=[make_member(acme)], starts_at=now, ends_at=now + length
        )
    assert caught_error.value.error_dict["ends_at"][0].code == code
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        (datetime(1, 1, 1), datetime(1, 1, 2), "starts_at"),
        (datetime(1999, 12, 31, tzinfo=timezone.utc), datetime(2000, 1, 2, tzinfo=timezone.utc), "starts_at"),
        (datetime(2199, 12, 31), datetime(2200, 1, 1), "ends_at"),
        (datetime(9999, 12, 30, tzinfo=timezone.utc), datetime(9999, 12, 31, tzinfo=timezone.utc), "starts_at"),
    ],
)
def test_a_year_that_not_every_zone_can_show_is_an_error(acme, admin_user, make_member, begins, ends, field):
    acme.time_zone = "Asia/Tokyo"
    acme.save()
    with pytest.raises(ValidationError) as caught_error:
        actions.perform("add-time-off", actor=admin_user, members=[make_member(acme)], starts_at=begins, ends_at=ends)
    assert [(name, errors[0].code) for name, errors in caught_error.value.error_dict.items()] == [
        (field, "out_of_range")
    ]


@pytest.mark.parametrize("note", ["Away \u202egniklat", "a\x00b", "half \ud800"])
def test_a_note_that_reads_as_something_else_is_refused(acme, admin_user, make_member, note):
    now = datetime.now(timezone.utc)
    span = {"starts_at": now, "ends_at": now + DAY}
    with pytest.raises(ValidationError) as caught_error:
        actions.perform("add-time-off", actor=admin_user, members=[make_member(acme)], note=note, **span)
    assert caught_error.value.error_dict["note"][0].code == "characters"


def test_a_note_is_kept_on_one_line(acme, admin_user, make_member):
    now = datetime.now(timezone.utc)
    span = {"starts_at": now, "ends_at": now + DAY}
    actions.perform("add-time-off", actor=admin_user, members=[make_member(acme)], note=" At\r\nsea ", **span)
    assert (TimeOff.objects.get().note, newest().details["note"]) == ("At sea", "At sea")


def test_a_span_that_the_clock_skips_is_none(acme, admin_user, make_member, berlin):
    member = make_member(acme)
    actions.perform("set-schedule", actor=admin_user, members=[member], schedule=berlin)
    skipped = {"starts_at": datetime(2027, 3, 28, 2, 10), "ends_at": datetime(2027, 3, 28, 2, 50)}
    outcome = actions.perform("add-time-off", actor=admin_user, members=[member], **skipped)
    assert [verdict.code for _, verdict in outcome.refused] == ["empty"]


def test_whoever_is_away_already_is_refused_and_the_others_are_not(acme, admin_user, make_member, away):
    busy, free, next_to_it = make_member(acme), make_member(acme), make_member(acme)
    now = datetime.now(timezone.utc)
    other = away(busy, stored(now + DAY), DAY)
    TimeOff.objects.filter(pk=other.pk).update(note="Dentist")
    away(next_to_it, stored(now - DAY), DAY)
    outcome = actions.perform(
        "add-time-off", actor=admin_user, members=[busy, free, next_to_it], starts_at=now, ends_at=now + 2 * DAY
    )
    assert {done.pk for done in outcome.done} == {free.pk, next_to_it.pk}
    ((_, verdict),) = outcome.refused
    assert verdict.code == "overlap"
    assert "Dentist" in verdict.reason


def test_adding_for_many_costs_what_it_costs_for_one(acme, admin_user, make_member, berlin):
    def queries(count):
        members = [make_member(acme) for _ in range(count)]
        Membership.objects.filter(pk=members[0].pk).update(schedule=berlin)
        now = datetime.now(timezone.utc)
        with CaptureQueriesContext(connection) as captured:
            assert actions.perform(
                "add-time-off", actor=admin_user, members=members, starts_at=now, ends_at=now + DAY
            ).done
        return len(captured)

    assert queries(1) == queries(40)


def test_time_off_is_cancelled_and_on_record(acme, admin_user, make_member, away):
    member = make_member(acme)
    row = away(member, stored(datetime.now(timezone.utc)), DAY)
    assert actions.perform("cancel-time-off", actor=admin_user, members=[member], time_off=row.pk).done
    assert not TimeOff.objects.exists()
    assert newest().verb == "time_off_cancelled"
    assert datetime.fromisoformat(newest().details["starts_at"]) == instant(row.starts_at).replace(microsecond=0)
    assert actions.perform("cancel-time-off", actor=admin_user, members=[member], time_off=row.pk).unchanged


def test_somebody_else_s_time_off_is_not_there(acme, admin_user, make_member, make_organization, away):
    foreign = make_organization(members=1).memberships.last()
    rows = [away(each, stored(datetime.now(timezone.utc)), DAY) for each in (foreign, make_member(acme))]
    member = make_member(acme)
    for row in rows:
        assert actions.perform("cancel-time-off", actor=admin_user, members=[member], time_off=row.pk).unchanged
    assert TimeOff.objects.count() == 2


@pytest.mark.parametrize("pk", ["x", "", "1.5", 2**70, -1])
def test_what_is_no_id_is_an_error_of_the_field(acme, admin_user, make_member, pk):
    with pytest.raises(ValidationError) as caught_error:
        actions.perform("cancel-time-off", actor=admin_user, members=[make_member(acme)], time_off=pk)
    assert "time_off" in caught_error.value.error_dict
