"""The answer from schedules, time off, closures and rotations: by one rule in SQL and in Python."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import availability
from django_org_members.availability import Availability, Show, get_provider
from django_org_members.models import Closure, ImportedCalendar, ImportedShift, Membership, Organization

pytestmark = pytest.mark.django_db
MONDAY = (2026, 11, 30)


def states(organization, at):
    """Each member's availability by pk, as the list has it."""
    rows = availability.at(at, Membership.objects.filter(organization=organization), organization)
    return {row.pk: row.availability for row in rows}


@pytest.fixture
def people(acme):
    return list(acme.memberships.order_by("pk"))


def test_no_schedule_at_all_is_available(acme, people, utc):
    assert set(states(acme, utc(*MONDAY, 3)).values()) == {"available"}


def test_the_default_schedule_counts_for_whoever_has_none(acme, people, make_schedule, utc):
    make_schedule(acme, default=True)
    make_schedule(acme, hours=[[0, "22:00", "06:00"]], members=people[:1])
    at_noon, at_midnight = states(acme, utc(*MONDAY, 12)), states(acme, utc(*MONDAY, 23, 30))
    assert [at_noon[each.pk] for each in people] == ["unavailable", "available", "available"]
    assert [at_midnight[each.pk] for each in people] == ["available", "unavailable", "unavailable"]


def test_on_call_comes_first_and_a_closure_does_not_end_it(acme, people, make_schedule, make_rotation, utc):
    make_schedule(acme, default=True)
    make_rotation(acme, people[:2])
    Closure.objects.create(organization=acme, name="Holiday", starts_on=date(*MONDAY), ends_on=date(*MONDAY))
    found = states(acme, utc(*MONDAY, 12))
    assert [found[each.pk] for each in people] == ["on_call", "unavailable", "unavailable"]


def test_the_disabled_and_the_away_are_unavailable_and_the_next_in_order_is_on_call(
    acme, people, make_rotation, away, utc
):
    make_rotation(acme, people)
    away(people[0], utc(*MONDAY), timedelta(days=1))
    Membership.objects.filter(pk=people[1].pk).disable(at=utc(*MONDAY), by=None)
    found = states(acme, utc(*MONDAY, 12))
    assert [found[each.pk] for each in people] == ["unavailable", "unavailable", "on_call"]


def test_a_shift_is_left_open_where_the_rotation_says_so(acme, people, make_rotation, away, utc):
    make_rotation(acme, people[:2], when_away="open")
    away(people[0], utc(*MONDAY), timedelta(days=1))
    assert "on_call" not in states(acme, utc(*MONDAY, 12)).values()


def test_overrides_stand_above_the_layers(acme, people, make_rotation, make_override, utc):
    rotation = make_rotation(acme, people[:2])
    make_override(rotation, people[2], utc(*MONDAY, 10), utc(*MONDAY, 14))
    make_override(rotation, None, utc(*MONDAY, 12), utc(*MONDAY, 13))
    at = [states(acme, utc(*MONDAY, hour)) for hour in (9, 11, 12, 13)]
    assert [[pk for pk, state in each.items() if state == "on_call"] for each in at] == [
        [people[0].pk],
        [people[2].pk],
        [],
        [people[2].pk],
    ]


def test_shifts_of_another_system_count(acme, people, utc):
    calendar = ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    ImportedShift.objects.create(
        calendar=calendar, membership=people[1], starts_at=utc(*MONDAY, 8), ends_at=utc(*MONDAY, 20)
    )
    assert states(acme, utc(*MONDAY, 12))[people[1].pk] == "on_call"
    (found,) = availability.on_call(acme, utc(*MONDAY, 12))
    assert (found.label, found.member_ids, found.until) == ("PagerDuty", (people[1].pk,), utc(*MONDAY, 20))


def test_who_is_on_call_until_when_and_who_is_next(acme, people, make_rotation, utc):
    make_rotation(acme, people[:2], name="Primary")
    (found,) = availability.on_call(acme, utc(*MONDAY, 12))
    assert (found.label, found.member_ids) == ("Primary", (people[0].pk,))
    assert (found.until, found.next_ids, found.next_at) == (utc(2026, 12, 7, 9), (people[1].pk,), found.until)


def test_who_is_next_after_a_time_without_anybody(acme, people, make_rotation, utc):
    make_rotation(acme, people[:2], name="By day", hours=[[0, "09:00", "17:00"]])
    (found,) = availability.on_call(acme, utc(*MONDAY, 12))
    assert (found.member_ids, found.until) == ((people[0].pk,), utc(*MONDAY, 17))
    assert (found.next_ids, found.next_at) == ((people[1].pk,), utc(2026, 12, 7, 9))
    (found,) = availability.on_call(acme, utc(*MONDAY, 18))
    assert (found.member_ids, found.until) == ((), utc(2026, 12, 7, 9))
    assert (found.next_ids, found.next_at) == ((people[1].pk,), found.until)


def test_who_is_next_in_a_calendar_of_another_system(acme, people, utc):
    calendar = ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    for day, member in ((30, people[1]), (31, people[2])):
        begins = utc(2026, 11, 30, 8) + timedelta(days=2 * (day - 30))
        ImportedShift.objects.create(
            calendar=calendar, membership=member, starts_at=begins, ends_at=begins + timedelta(hours=12)
        )
    (found,) = availability.on_call(acme, utc(*MONDAY, 12))
    assert (found.until, found.next_ids, found.next_at) == (utc(*MONDAY, 20), (people[2].pk,), utc(2026, 12, 2, 8))


@pytest.mark.parametrize("weeks", [3, 8, 40])
def test_long_shifts_are_told_with_their_own_end(acme, people, make_rotation, utc, weeks):
    make_rotation(acme, people[:2], length=weeks, starts_on=date(2026, 11, 30))
    ends = utc(*MONDAY, 9) + timedelta(weeks=weeks)
    noon = utc(*MONDAY, 12)
    (found,) = availability.on_call(acme, noon)
    assert (found.member_ids, found.until, found.next_ids) == ((people[0].pk,), ends, (people[1].pk,))
    provider = get_provider(acme)
    assert provider.until(people[:2], noon) == {people[0].pk: ends}
    (shift,) = provider.shifts(people[:1], noon, noon + timedelta(days=14))
    assert shift.ends_at == ends


def test_a_time_without_length_has_no_shifts(acme, people, make_rotation, utc):
    make_rotation(acme, people[:2], starts_on=date(2026, 11, 30))
    noon = utc(*MONDAY, 12)
    assert get_provider(acme).shifts(people, noon, noon) == []


def test_an_override_is_told_with_its_own_end(acme, people, make_rotation, make_override, utc):
    rotation = make_rotation(acme, people[:2], unit="days", starts_on=date(2026, 11, 30))
    make_override(rotation, people[2], utc(*MONDAY, 0), utc(2027, 3, 1))
    (found,) = availability.on_call(acme, utc(*MONDAY, 12))
    assert (found.until, found.next_at) == (utc(2027, 3, 1), utc(2027, 3, 1))


def test_long_time_off_lasts_until_work_begins_again(acme, people, make_schedule, away, utc):
    make_schedule(acme, default=True)
    away(people[0], utc(*MONDAY, 0), timedelta(days=26))  # until a Saturday
    away(people[1], utc(*MONDAY, 0), timedelta(days=26))
    away(people[1], utc(2026, 12, 26), timedelta(days=30))
    noon = utc(*MONDAY, 12)
    provider = get_provider(acme)
    assert provider.until(people[:2], noon) == {people[0].pk: utc(2026, 12, 28, 9), people[1].pk: utc(2027, 1, 25, 9)}
    with_rows = provider.rows(acme.memberships.filter(pk__in=[each.pk for each in people[:2]]), noon)
    assert get_provider(acme).until(list(with_rows), noon) == provider.until(people[:2], noon)


def test_a_long_closure_lasts_until_a_shift_begins_or_work_does(
    acme, people, make_schedule, make_override, make_rotation, utc
):
    make_schedule(acme, default=True)
    Closure.objects.create(organization=acme, name="Summer", starts_on=date(2026, 11, 30), ends_on=date(2027, 1, 17))
    rotation = make_rotation(acme, [], name="Primary")
    make_override(rotation, people[0], utc(2027, 1, 3, 6), utc(2027, 1, 3, 9))
    found = get_provider(acme).until(people, utc(*MONDAY, 12))
    work = utc(2027, 1, 18, 9)
    assert found == {people[0].pk: utc(2027, 1, 3, 6), people[1].pk: work, people[2].pk: work}


def test_a_plan_that_was_read_earlier_answers_as_a_new_one(acme, people, make_rotation, utc):
    make_rotation(acme, people[:2], starts_on=date(2026, 11, 30))
    kept, later = get_provider(acme), utc(*MONDAY, 12) + timedelta(days=14, hours=22)
    kept.on_call(utc(*MONDAY, 12))
    assert kept.on_call(later) == get_provider(acme).on_call(later)


def test_until_when_each_state_lasts(acme, people, make_schedule, make_rotation, away, utc):
    make_schedule(acme, default=True)
    make_rotation(acme, people[:2], unit="days", handoff="18:00", starts_on=date(2026, 11, 28))
    away(people[2], utc(*MONDAY, 11), timedelta(days=2))
    noon = utc(*MONDAY, 12)
    found = get_provider(acme).until(people, noon)
    assert states(acme, noon) == {people[0].pk: "available", people[1].pk: "on_call", people[2].pk: "unavailable"}
    assert found == {
        people[0].pk: utc(*MONDAY, 17),
        people[1].pk: utc(*MONDAY, 18),
        people[2].pk: utc(2026, 12, 2, 11),
    }


@pytest.mark.parametrize("show", Show)
@pytest.mark.parametrize("hour", [3, 12])
def test_the_toggle_and_the_badges_agree(acme, people, make_schedule, make_rotation, away, utc, show, hour):
    make_schedule(acme, default=True)
    make_schedule(acme, hours=[], members=people[1:2])
    make_rotation(acme, people[1:])
    away(people[0], utc(*MONDAY), timedelta(days=1))
    at = utc(*MONDAY, hour)
    shown = set(get_provider(acme).filter(acme.memberships.all(), show, at).values_list("pk", flat=True))
    wanted = {
        Show.ALL: set(Availability.values),
        Show.AVAILABLE: {"available", "on_call"},
        Show.UNAVAILABLE: {"unavailable"},
    }[show]
    assert shown == {pk for pk, state in states(acme, at).items() if state in wanted}


def test_one_query_reads_what_is_planned_and_one_the_members(acme, people, make_schedule, make_rotation, away, utc):
    def queries():
        provider, at = get_provider(acme), utc(*MONDAY, 12)
        with CaptureQueriesContext(connection) as captured:
            list(provider.filter(provider.annotate(acme.memberships.all(), at), Show.AVAILABLE, at))
        return len(captured)

    assert queries() == 2
    for _ in range(3):
        make_schedule(acme, members=people[:1])
        make_rotation(acme, people)
        away(people[0], utc(*MONDAY), timedelta(days=1))
    assert queries() == 2


def test_members_of_several_organizations_are_answered_by_their_own(acme, make_organization, make_schedule, utc):
    other = make_organization()
    make_schedule(acme, hours=[], default=True)
    found = availability.at(utc(*MONDAY, 12), Membership.objects.all())
    assert {row.organization_id: row.availability for row in found} == {
        acme.pk: "unavailable",
        other.pk: "available",
    }


@pytest.mark.parametrize("is_told", [True, False], ids=["of one organization", "of any"])
def test_members_are_filtered_by_the_annotation(acme, people, make_rotation, make_schedule, utc, is_told):
    make_schedule(acme, default=True)
    make_rotation(acme, people[:1])
    told = acme if is_told else None

    def found(hour):
        rows = availability.at(utc(*MONDAY, hour), acme.memberships.all(), told)
        return set(rows.exclude(availability="unavailable").values_list("pk", flat=True))

    assert found(12) == {each.pk for each in people}
    assert found(20) == {people[0].pk}, "on call"


def test_each_organization_costs_one_query_and_finding_them_one_more(
    acme, people, make_organization, make_rotation, make_schedule
):
    def queries(members, organization=None):
        with CaptureQueriesContext(connection) as captured:
            list(availability.now(members, organization))
        return len(captured) - 1  # the members themselves

    for number in (1, 6):
        while Organization.objects.count() < number:
            other = make_organization(members=2)
            make_schedule(other, default=True)
            make_rotation(other, other.memberships.all())
        assert queries(Membership.objects.all()) == 1 + number
        assert queries(acme.memberships.all(), acme) == 1
        assert queries(acme.memberships.all()) == 2, "others are not asked"


@pytest.mark.parametrize("removed", [0, 1, 2, (0, 1), (1, 2), (0, 2)])
def test_who_is_on_call_stays_so_when_others_are_removed(acme, people, make_rotation, removed):
    now = timezone.now()
    rotation = make_rotation(acme, people, unit="days", starts_on=now.date() - timedelta(days=100))
    (before,) = availability.on_call(acme, now)[0].member_ids
    order = [each.pk for each in people]
    gone = [order[index] for index in ((removed,) if isinstance(removed, int) else removed)]
    rotation.places.filter(membership__in=gone).delete()
    left = [pk for pk in order[order.index(before) :] + order[: order.index(before)] if pk not in gone]
    days = [availability.on_call(acme, now + timedelta(days=number))[0].member_ids[0] for number in range(len(left))]
    assert days == left


@pytest.mark.parametrize("spans", [1, 60])
def test_until_when_is_the_same_by_the_rows_of_a_page(acme, people, away, utc, spans):
    """However many short absences: MySQL would cut their text."""
    noon = utc(*MONDAY, 12)
    for number in range(spans):
        away(people[0], noon + timedelta(hours=4 * number), timedelta(hours=1))
    provider = get_provider(acme)
    rows = list(provider.rows(acme.memberships.order_by("pk"), noon))
    assert provider.until(rows, noon) == get_provider(acme).until(people, noon) == {people[0].pk: utc(*MONDAY, 13)}
