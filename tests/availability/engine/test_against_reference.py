"""The engine answers as somebody does who walks through the time minute by minute and looks at the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import given, note
from hypothesis import strategies as st

from django_org_members.availability import documents
from django_org_members.availability.engine import People
from django_org_members.availability.scheduled import ScheduleProvider

from ..reference import MINUTE, World, is_open, runs, steady, until, walk
from .planned import facts_of, plan_of, rotation_of
from .strategies import MEMBERS, MOMENTS, absences, examples, rotations, weekly, windows, worlds

QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(("zone", "moment"), MOMENTS)
def test_the_windows_are_about_changes_of_clocks(zone, moment):
    at = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc)
    before, after = ((at - step).astimezone(ZoneInfo(zone)).utcoffset() for step in (MINUTE, 0 * MINUTE))
    assert before != after


def edges_of(stretches):
    """The instants at which something changed, the ones before them, and what lies between."""
    for _, begins, ends in stretches:
        yield begins
        yield ends - MINUTE
        yield begins + (ends - begins) // 2 // MINUTE * MINUTE


@examples(150)
@given(windows(), st.data())
def test_working_hours(window, data):
    zone, since, end = window
    hours = data.draw(weekly())
    walked = [is_open(hours, clock) for clock in steady(zone, since, end)]
    stretches = runs(walked, since)
    found = documents.weekly_hours(hours, ZoneInfo(zone))
    assert found.intervals(since, end) == [(begins, ends) for value, begins, ends in stretches if value]
    for at in edges_of(stretches):
        assert found.is_open(at) == walked[(at - since) // MINUTE], at


class Planned(ScheduleProvider):
    """The provider of an organization whose plan is known."""

    def __init__(self, plan):
        self.known = plan

    def plan(self, at, until=None):
        return self.known


def check_rotation(described, world, window, step):
    _, since, end = window
    walked = [sight.on_call[0] for sight in walk(world, since, end, step)]
    people = People(frozenset(world.disabled), {member: tuple(spans) for member, spans in world.away.items()})
    rotation = rotation_of(described)
    turns = rotation.turns(since, end, people)
    note(f"{turns}")
    assert [turn.begins for turn in turns] == [since, *(turn.ends for turn in turns[:-1])], "gaps"
    assert turns[-1].ends == end
    looks = [since + number * step for number in range(len(walked))]
    together = [next(turn.member for turn in turns if turn.begins <= at < turn.ends) for at in looks]
    assert runs(together, since, step) == runs(walked, since, step)
    looked_at = set(looks)  # a clock that jumps at 0:01 changes between two looks at every quarter of an hour
    for at in looked_at & {since, *edges_of(runs(walked, since, step)), *(turn.begins for turn in turns)}:
        assert rotation.on_call(at, people) == walked[(at - since) // step], at


@examples(150)
@given(windows(), st.data())
def test_rotations(window, data):
    zone, since, _ = window
    described = data.draw(rotations(zone, since))
    away, disabled = data.draw(absences(since)), data.draw(st.sets(st.sampled_from(MEMBERS), max_size=2))
    check_rotation(described, World({}, rotations=[described], away=away, disabled=disabled), window, MINUTE)


@examples(100)
@given(windows(days=15), st.data())
def test_rotations_through_two_weeks(window, data):
    """In steps of a quarter of an hour, on which all begins and ends here."""
    zone, since, end = window
    since -= timedelta(minutes=since.minute % 15)
    window = zone, since, end - timedelta(minutes=end.minute % 15)
    described = data.draw(rotations(zone, since, days=15, grain=15))
    away = data.draw(absences(since, days=15, grain=15))
    check_rotation(described, World({}, rotations=[described], away=away), window, QUARTER)


@examples(100)
@given(windows(), st.data())
def test_who_is_available_who_is_on_call_until_when_and_who_is_next(window, data):
    _, since, end = window
    world = data.draw(worlds(window))
    sights, plan = walk(world, since, end), plan_of(world, since, end)
    states = {member: [sight.states[member] for sight in sights] for member in world.members}
    everything = runs([(sight.on_call, sight.open, sight.states) for sight in sights], since)
    moments = sorted(set(edges_of(everything)))
    for at in moments[:: max(1, len(moments) // 60)]:
        index = (at - since) // MINUTE
        assert plan.open_schedules(at) == sights[index].open
        assert plan.on_call(at) == {pk for pk, state in sights[index].states.items() if state == "on_call"}
        for member in MEMBERS:
            facts, change = facts_of(world, member), until(states[member], index)
            assert plan.state(facts, at) == states[member][index]
            assert plan.next_change(facts, at) == (None if change is None else since + change * MINUTE)
        for number, found in enumerate(Planned(plan).on_call(at)[: len(world.rotations)]):
            walked = [sight.on_call[number] for sight in sights]
            change = until(walked, index)
            assert found.member_ids == ids(walked[index])
            assert found.until == (None if change is None else since + change * MINUTE)
            later = range(len(walked) if change is None else change, len(walked))
            following = next((each for each in later if walked[each] is not None), None)
            assert found.next_ids == (() if following is None else ids(walked[following]))
            assert found.next_at == (None if following is None else since + following * MINUTE)


@examples(100)
@given(windows(), st.data())
def test_what_is_told_beyond_the_time_that_was_read_is_true(window, data):
    """As the provider has it: half of the time is looked at, and what goes on there is followed to its end."""
    _, since, end = window
    world = data.draw(worlds(window))
    sights, half = walk(world, since, end), since + (end - since) // 2 // MINUTE * MINUTE
    plan = replace(plan_of(world, since, half), follow=True, known=end)
    for member in MEMBERS:
        states = [sight.states[member] for sight in sights]
        for index in range(0, (half - since) // MINUTE, 30):
            told = plan.next_change(facts_of(world, member), since + index * MINUTE)
            if told is not None and told < end:
                assert told == since + until(states, index) * MINUTE
    for number, found in enumerate(Planned(plan).on_call(since)[: len(world.rotations)]):
        walked = [sight.on_call[number] for sight in sights]
        if found.until is not None and found.until < end:
            assert (found.until, found.member_ids) == (since + until(walked, 0) * MINUTE, ids(walked[0]))
        if found.next_at is not None and found.next_at < end:
            assert found.next_ids == ids(walked[(found.next_at - since) // MINUTE])


def ids(member):
    return () if member is None else (member,)
