"""The three states, in the order of their rules; until when they last; whole plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability import documents
from django_org_members.availability.engine import (
    Facts,
    Feed,
    Override,
    People,
    Plan,
    Rotation,
    State,
    clipped,
    edges,
    merged,
)
from django_org_members.availability.engine.plan import without

START = datetime(2026, 11, 30, tzinfo=timezone.utc)  # a Monday
JUST = timedelta(microseconds=1)
NINE_TO_FIVE = documents.weekly_hours([[day, "09:00", "17:00"] for day in range(5)], ZoneInfo("UTC"))
NIGHTS = documents.weekly_hours([[day, "22:00", "06:00"] for day in range(7)], ZoneInfo("UTC"))


def hour(*numbers):
    found = tuple(START + timedelta(hours=number) for number in numbers)
    return found if len(found) > 1 else found[0]


@pytest.fixture
def plan(make_layer, monday):
    """Member 1 is on call from 12:00 to 14:00, member 2 works at night, everybody else from nine to five."""
    layer = make_layer([1], "UTC", monday, "00:00", hours=[[0, "12:00", "14:00"]])
    return Plan(
        since=START,
        until=START + timedelta(days=15),
        schedules={5: NINE_TO_FIVE, 6: NIGHTS},
        default=5,
        rotations=(Rotation((layer,), pk=9),),
    )


@pytest.mark.parametrize(
    ("facts", "closed", "at", "expected"),
    [
        (Facts(3), False, 8.99, "unavailable"),
        (Facts(3), False, 9, "available"),
        (Facts(3), False, 16.99, "available"),
        (Facts(3), False, 17, "unavailable"),
        (Facts(2, schedule=6), False, 12, "unavailable"),
        (Facts(2, schedule=6), False, 23, "available"),
        (Facts(1), False, 13, "on_call"),
        (Facts(1, schedule=6), False, 13, "on_call"),  # outside of one's working hours
        (Facts(1), False, 14, "available"),
        (Facts(3, is_active=False), False, 12, "unavailable"),
        (Facts(1, is_active=False), False, 13, "unavailable"),
        (Facts(3, away=(hour(10, 11),)), False, 10, "unavailable"),
        (Facts(3, away=(hour(10, 11),)), False, 11, "available"),
        (Facts(1, away=(hour(10, 20),)), False, 13, "unavailable"),
        (Facts(3), True, 12, "unavailable"),
        (Facts(1), True, 13, "on_call"),  # a closure does not end a shift on call
        (Facts(1), True, 14, "unavailable"),
        (Facts(3, schedule=77), False, 3, "available"),  # of a schedule that is not there: none at all
    ],
)
def test_the_states(plan, facts, closed, at, expected):
    plan = replace(plan, closures=(hour(0, 24),) if closed else ())
    assert plan.state(facts, hour(at)) == State(expected)


def test_without_any_schedule_one_is_available():
    plan = Plan(START, hour(48))
    assert plan.state(Facts(1), hour(3)) == State.AVAILABLE
    assert plan.next_change(Facts(1), hour(3)) is None


@pytest.mark.parametrize(
    ("facts", "at", "expected"),
    [
        (Facts(3), 3, 9),
        (Facts(3), 9, 17),
        (Facts(3), 17, 33),
        (Facts(1), 9, 12),
        (Facts(1), 12, 14),
        (Facts(1), 14, 17),
        (Facts(3, away=(hour(10, 12),)), 9, 10),
        (Facts(3, away=(hour(10, 12),)), 10, 12),
        (Facts(3, away=(hour(10, 12), hour(11, 15))), 10, 15),
        (Facts(3, away=(hour(10, 20),)), 10, 33),  # back in the evening: in the morning
        (Facts(3, is_active=False), 9, None),
        (Facts(2, schedule=6), 1, 6),
        (Facts(3, away=(hour(0, 24 * 20),)), 1, None),  # longer than is known
    ],
)
def test_until_when_a_state_lasts(plan, facts, at, expected):
    assert plan.next_change(facts, hour(at)) == (None if expected is None else hour(expected))


def test_a_closure_begins_and_ends_a_state(plan):
    plan = replace(plan, closures=(hour(10, 12.5),))
    assert [plan.next_change(Facts(3), hour(at)) for at in (9, 10)] == [hour(10), hour(12.5)]
    assert [plan.next_change(Facts(1), hour(at)) for at in (10, 12)] == [hour(12), hour(14)]


def test_to_the_microsecond(make_layer, monday):
    begins, ends = hour(1) + JUST, hour(2) - JUST
    layer = make_layer([1], "UTC", monday, "00:00")
    plan = Plan(START, hour(48), rotations=(Rotation((layer,), (Override(begins, ends, 2, pk=1),)),))
    assert [plan.on_call(at) for at in (begins - JUST, begins, ends - JUST, ends)] == [{1}, {2}, {2}, {1}]
    assert plan.next_change(Facts(2), START) == begins
    assert plan.next_change(Facts(2), begins) == ends


def test_several_rotations_and_feeds_at_a_time(make_layer, monday):
    shifts = ((3, *hour(2, 4)), (4, *hour(3, 6)), (4, *hour(6, 7)))
    rotations = tuple(Rotation((make_layer([member], "UTC", monday, "00:00"),), pk=member) for member in (1, 2))
    plan = Plan(START, hour(24), rotations=rotations, feeds=(Feed(1, "Other", shifts),))
    assert [plan.on_call(hour(at)) for at in (1, 2, 3, 4, 7)] == [{1, 2}, {1, 2, 3}, {1, 2, 3, 4}, {1, 2, 4}, {1, 2}]
    assert plan.on_call_spans(4) == [hour(3, 7)]
    assert plan.on_call_spans(1) == [hour(0, 24)]
    assert plan.on_call_spans(5) == []


def test_who_is_disabled_or_away_is_not_on_call_by_a_feed_either():
    feed = Feed(1, "Other", ((3, *hour(2, 8)), (4, *hour(2, 8))))
    people = People(frozenset({4}), {3: (hour(3, 4), hour(6, 12))})
    plan = Plan(START, hour(24), feeds=(feed,), people=people)
    assert plan.on_call_spans(3) == [hour(2, 3), hour(4, 6)]
    assert plan.on_call_spans(4) == []
    assert [plan.on_call(hour(at)) for at in (2, 3, 4, 6)] == [{3}, frozenset(), {3}, frozenset()]


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], [(2, 8)]),
        ([(0, 1)], [(2, 8)]),
        ([(0, 2)], [(2, 8)]),
        ([(8, 9)], [(2, 8)]),
        ([(0, 9)], []),
        ([(2, 8)], []),
        ([(0, 3)], [(3, 8)]),
        ([(7, 9)], [(2, 7)]),
        ([(3, 4), (5, 6)], [(2, 3), (4, 5), (6, 8)]),
        ([(5, 6), (3, 5.5)], [(2, 3), (6, 8)]),
    ],
)
def test_a_span_without_others(taken, expected):
    assert list(without(hour(2, 8), [hour(*each) for each in taken])) == [hour(*each) for each in expected]


def test_spans_that_touch_are_one_and_nothing_is_left_of_empty_ones():
    assert merged([hour(4, 6), hour(1, 2), hour(2, 3), hour(5, 5.5)]) == [hour(1, 3), hour(4, 6)]
    assert list(clipped([hour(0, 1), hour(1, 3), hour(4, 4), hour(5, 9), hour(8, 9)], *hour(1, 8))) == [
        hour(1, 3),
        hour(5, 8),
    ]


def test_edges_lie_within_the_time_that_is_asked_about():
    assert list(edges([hour(1, 3), hour(2, 8), hour(4, 9)], *hour(1, 8))) == [hour(3), hour(2), hour(4)]


def test_the_turns_of_a_plan_are_computed_once(plan, monkeypatch):
    rotation = plan.rotations[0]
    first = plan.turns(rotation)
    monkeypatch.setattr(Rotation, "turns", lambda *args: pytest.fail("computed again"))
    assert plan.turns(rotation) is first
    assert next((turn.begins, turn.ends) for turn in first if turn.member) == hour(12, 14)
