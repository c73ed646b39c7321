"""Whose turn it is, in tables: gaps and folds, starts, hand-over weekdays, layers, overrides, people away."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability.engine import OPEN, SKIP, Override, People, Rotation

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
BERLIN = "Europe/Berlin"


def instant(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("zone", "starts_on", "handoff", "length", "expected"),
    [
        # 2:00 to 3:00 is skipped: the shift of 2:00 is empty, and that of 3:00 begins at the jump.
        (BERLIN, date(2026, 3, 29), "00:00", 1, "23:00 A 00:00 B 01:00 D 02:00 E 03:00 A"),
        (BERLIN, date(2026, 3, 29), "00:30", 1, "23:30 A 00:30 B 01:00 C 01:30 D 02:30 E"),
        (BERLIN, date(2026, 3, 29), "00:00", 3, "23:00 A 01:00 B 04:00 C"),
        # 2:00 to 3:00 is repeated: the shift that begins at 2:00 lasts two hours.
        (BERLIN, date(2026, 10, 25), "00:00", 1, "22:00 A 23:00 B 00:00 C 02:00 D 03:00 E"),
        (BERLIN, date(2026, 10, 25), "00:30", 1, "22:30 A 23:30 B 00:30 C 02:30 D 03:30 E"),
        # Half an hour.
        ("Australia/Lord_Howe", date(2026, 10, 4), "01:00", 1, "14:30 A 15:30 B 16:00 C 17:00 D"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "00:30", 1, "13:30 A 14:30 B 16:00 C 17:00 D"),
        ("Asia/Kathmandu", date(2026, 4, 5), "00:00", 2, "18:15 A 20:15 B 22:15 C"),
    ],
)
def test_shifts_of_hours_on_the_day_when_clocks_change(make_layer, zone, starts_on, handoff, length, expected):
    layer = make_layer("ABCDE", zone, starts_on, handoff, unit="hours", length=length)
    words = expected.split()
    since = layer.begins_at
    until = since + timedelta(hours=7)
    found = Rotation((layer,)).turns(since, until, People())
    assert [(f"{turn.begins:%H:%M}", turn.member) for turn in found][: len(words) // 2] == list(
        zip(words[::2], words[1::2])
    )


@pytest.mark.parametrize(
    ("starts_on", "handoff", "lasts"),
    [
        (date(2026, 3, 28), "09:00", 23),
        (date(2026, 3, 29), "09:00", 24),
        (date(2026, 10, 24), "09:00", 25),
        (date(2026, 3, 28), "02:30", 23.5),  # 2:30 is not; the shift ends when clocks are put forward
        (date(2026, 3, 29), "02:30", 23.5),
        (date(2026, 10, 24), "02:30", 24),
        (date(2026, 10, 25), "02:30", 25),
    ],
)
def test_a_hand_over_stays_at_its_time_of_the_day(make_layer, starts_on, handoff, lasts):
    layer = make_layer("AB", BERLIN, starts_on, handoff)
    assert layer.begins(1) - layer.begins(0) == timedelta(hours=lasts)


def test_where_a_day_was_skipped_its_shift_is(make_layer, turns_of):
    """Samoa had no Friday, 30 December 2011."""
    layer = make_layer("ABC", "Pacific/Apia", date(2011, 12, 28), "00:00")
    assert turns_of(layer, "Pacific/Apia", date(2011, 12, 28), date(2012, 1, 1)) == [
        ("A", "Wed 00:00", "Thu 00:00"),
        ("B", "Thu 00:00", "Sat 00:00"),
        ("A", "Sat 00:00", "Sun 00:00"),
    ]


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        # It starts on Wednesday, 2 December 2026, at 9:00; shift 0 is the week that has that day.
        (MON, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Mon 09:00"), ("B", "Mon 09:00", "Mon 09:00")]),
        (TUE, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Tue 09:00"), ("B", "Tue 09:00", "Tue 09:00")]),
        (WED, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Wed 09:00"), ("B", "Wed 09:00", "Wed 09:00")]),
        (THU, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Thu 09:00"), ("B", "Thu 09:00", "Thu 09:00")]),
        (SUN, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Sun 09:00"), ("B", "Sun 09:00", "Sun 09:00")]),
        (None, [(None, "Mon 00:00", "Wed 09:00"), ("A", "Wed 09:00", "Wed 09:00"), ("B", "Wed 09:00", "Wed 09:00")]),
    ],
)
def test_weeks_are_handed_over_on_their_weekday(make_layer, turns_of, weekday, expected):
    layer = make_layer("ABC", BERLIN, date(2026, 12, 2), unit="weeks", weekday=weekday)
    assert turns_of(layer, BERLIN, date(2026, 11, 30), date(2027, 1, 1))[:3] == expected


def test_a_weekday_is_nothing_to_shifts_of_days(make_layer):
    layer = make_layer("AB", BERLIN, date(2026, 12, 2), unit="days", weekday=MON)
    assert layer.begins(0) == layer.begins_at == instant("2026-12-02T08:00")


@pytest.mark.parametrize(
    ("unit", "length", "at", "number"),
    [
        ("days", 1, "2026-12-02T08:00", 0),
        ("days", 1, "2026-12-03T07:59:59.999999", 0),
        ("days", 1, "2026-12-03T08:00", 1),
        ("days", 1, "2026-12-02T07:59:59.999999", -1),
        ("days", 3, "2026-12-08T08:00", 2),
        ("weeks", 2, "2026-12-16T07:59", 0),
        ("weeks", 2, "2026-12-16T08:00", 1),
        ("hours", 12, "2026-12-03T08:00", 2),
        ("days", 1, "2036-12-02T08:00", 3653),  # with the leap days of 2028, 2032 and 2036
    ],
)
def test_the_number_of_a_shift(make_layer, unit, length, at, number):
    layer = make_layer("AB", BERLIN, date(2026, 12, 2), unit=unit, length=length)
    assert layer.number(instant(at)) == number


def test_before_a_rotation_starts_nobody_is_on_call(make_layer):
    layer = make_layer("AB", BERLIN, date(2026, 12, 2))
    rotation, start = Rotation((layer,)), instant("2026-12-02T08:00")
    assert rotation.on_call(start - timedelta(microseconds=1), People()) is None
    assert rotation.on_call(start, People()) == "A"
    long_before = start - timedelta(days=400)
    assert [turn.member for turn in rotation.turns(long_before, start, People())] == [None]


def test_one_that_starts_in_the_hour_that_is_skipped_starts_at_the_jump(make_layer):
    layer = make_layer("AB", BERLIN, date(2026, 3, 29), "02:30")
    assert layer.begins_at == instant("2026-03-29T01:00")


def test_a_rotation_of_one_is_always_on_call(make_layer, turns_of, monday):
    layer = make_layer("A", BERLIN, monday, "00:00")
    assert turns_of(layer, BERLIN, monday, monday + timedelta(days=5)) == [("A", "Mon 00:00", "Sat 00:00")]


def test_a_layer_without_anybody_leaves_it_to_those_below(make_layer, turns_of, monday):
    rotation = Rotation((make_layer("A", BERLIN, monday), make_layer("", BERLIN, monday)))
    assert turns_of(rotation, BERLIN, monday, monday + timedelta(days=1)) == [
        (None, "Mon 00:00", "Mon 09:00"),
        ("A", "Mon 09:00", "Tue 00:00"),
    ]


@pytest.mark.parametrize("year", [2028, 2100])
def test_leap_days_are_shifts_as_any_other(make_layer, year):
    """2028 has a 29 February, 2100 has not."""
    layer = make_layer("ABC", "UTC", date(year, 2, 27), "00:00")
    found = Rotation((layer,)).turns(instant(f"{year}-02-27T00:00"), instant(f"{year}-03-03T00:00"), People())
    expected = ["27 A", "28 B", "29 C", "01 A", "02 B"] if year == 2028 else ["27 A", "28 B", "01 C", "02 A"]
    assert [f"{turn.begins:%d} {turn.member}" for turn in found] == expected


def test_somebody_may_stand_in_a_layer_twice(make_layer, turns_of, monday):
    layer = make_layer("ABAC", "UTC", monday, "00:00")
    found = turns_of(layer, "UTC", monday, monday + timedelta(days=6))
    assert [member for member, _, _ in found] == ["A", "B", "A", "C", "A", "B"]


@pytest.mark.parametrize(
    ("when_away", "disabled", "away", "expected"),
    [
        (SKIP, "", {}, "AAAABBBB"),
        (SKIP, "A", {}, "BBBBBBBB"),
        (OPEN, "A", {}, "----BBBB"),
        (SKIP, "AB", {}, "CCCCCCCC"),
        (SKIP, "ABC", {}, "--------"),
        # Away from 6:00 to 18:00 of the first day: the next in order takes that part.
        (SKIP, "", {"A": (6, 18)}, "ABBABBBB"),
        (OPEN, "", {"A": (6, 18)}, "A--ABBBB"),
        (SKIP, "B", {"A": (6, 18)}, "ACCACCCC"),
        # The next in order for B's shift is C, not A.
        (SKIP, "", {"B": (24, 36)}, "AAAACCBB"),
        (OPEN, "", {"B": (24, 36)}, "AAAA--BB"),
    ],
)
def test_who_is_away_or_disabled_is_skipped_or_leaves_it_open(make_layer, monday, when_away, disabled, away, expected):
    start = instant("2026-11-30T00:00")
    hours = {who: ((start + timedelta(hours=out), start + timedelta(hours=back)),) for who, (out, back) in away.items()}
    rotation = Rotation((make_layer("ABC", "UTC", monday, "00:00"),), when_away=when_away)
    people = People(frozenset(disabled), hours)
    found = [rotation.on_call(start + timedelta(hours=6) * step, people) or "-" for step in range(8)]
    assert "".join(found) == expected


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ([], "AAAAAA"),
        ([(1, 3, "B")], "ABBAAA"),
        ([(1, 3, None)], "A--AAA"),
        ([(0, 6, "B"), (2, 4, "C")], "BBCCBB"),
        ([(2, 4, "C"), (0, 6, "B")], "BBBBBB"),  # the newest wins, not the shortest
        ([(0, 4, "B"), (2, 6, None)], "BB----"),
        ([(0, 4, None), (2, 6, "B")], "--BBBB"),
        # Who is disabled does not take it: it goes on with what is below.
        ([(0, 4, "X")], "AAAAAA"),
        ([(0, 4, "B"), (2, 6, "X")], "BBBBAA"),
    ],
)
def test_overrides(make_layer, monday, overrides, expected):
    start = instant("2026-11-30T00:00")
    spans = [
        Override(start + timedelta(hours=begins), start + timedelta(hours=ends), member, pk=number)
        for number, (begins, ends, member) in enumerate(overrides)
    ]
    rotation = Rotation((make_layer("A", "UTC", monday, "00:00"),), tuple(spans), when_away=OPEN)
    people = People(frozenset("X"))
    until = start + timedelta(hours=6)
    assert "".join(rotation.on_call(start + timedelta(hours=hour), people) or "-" for hour in range(6)) == expected
    turns = rotation.turns(start, until, people)
    assert (
        "".join((turn.member or "-") * ((turn.ends - turn.begins) // timedelta(hours=1)) for turn in turns) == expected
    )
    assert all(rotation.on_call(turn.ends - timedelta(microseconds=1), people) == turn.member for turn in turns)


def test_an_override_whose_member_goes_away_within_it_ends_there(make_layer, monday):
    start = instant("2026-11-30T00:00")
    hour = timedelta(hours=1)
    rotation = Rotation((make_layer("A", "UTC", monday, "00:00"),), (Override(start, start + 6 * hour, "B", pk=1),))
    people = People(away={"B": ((start + 2 * hour, start + 4 * hour),)})
    found = [(turn.member, turn.override) for turn in rotation.turns(start, start + 8 * hour, people)]
    assert found == [("B", 1), ("A", None), ("B", 1), ("A", None)]


def test_a_turn_says_where_it_comes_from(make_layer, monday):
    base = make_layer("AB", "UTC", monday, "00:00")
    top = make_layer("CD", "UTC", monday, "00:00", hours=[[MON, "12:00", "18:00"], [TUE, "12:00", "18:00"]])
    start = instant("2026-11-30T00:00")
    override = Override(start + timedelta(hours=1), start + timedelta(hours=2), None, pk=7)
    turns = Rotation((base, top), (override,)).turns(start, start + timedelta(days=2), People())
    assert [turn.source for turn in turns] == [
        ("A", 0, 0, None),
        (None, None, None, 7),
        ("A", 0, 0, None),
        ("C", 1, 0, None),
        ("A", 0, 0, None),
        ("B", 0, 1, None),
        ("D", 1, 1, None),
        ("B", 0, 1, None),
    ]


def test_turns_of_no_time_are_none(make_layer, monday):
    rotation, at = Rotation((make_layer("A", "UTC", monday),)), instant("2026-12-01T00:00")
    assert rotation.turns(at, at, People()) == []


def test_restricted_hours_have_their_own_shift_numbers_through_the_night(make_layer, turns_of, monday):
    """A night that begins in one's shift and ends in another's is handed over where the shifts are."""
    nights = [[day, "22:00", "06:00"] for day in range(7)]
    rotation = make_layer("AB", BERLIN, monday, "00:00", hours=nights)
    assert turns_of(rotation, BERLIN, monday, monday + timedelta(days=2)) == [
        ("A", "Mon 00:00", "Mon 06:00"),
        (None, "Mon 06:00", "Mon 22:00"),
        ("A", "Mon 22:00", "Tue 00:00"),
        ("B", "Tue 00:00", "Tue 06:00"),
        (None, "Tue 06:00", "Tue 22:00"),
        ("B", "Tue 22:00", "Wed 00:00"),
    ]


def test_a_restriction_starts_with_its_layer(make_layer, turns_of):
    """The layer begins in the middle of Monday's hours."""
    layer = make_layer("A", BERLIN, date(2026, 11, 30), "12:00", hours=[[MON, "09:00", "17:00"]])
    assert turns_of(layer, BERLIN, date(2026, 11, 30), date(2026, 12, 1)) == [
        (None, "Mon 00:00", "Mon 12:00"),
        ("A", "Mon 12:00", "Mon 17:00"),
        (None, "Mon 17:00", "Tue 00:00"),
    ]


def test_layers_of_other_zones_than_the_reader_s(make_layer):
    layer = make_layer("AB", "America/New_York", date(2026, 3, 7), "09:00")
    assert [layer.begins(number) for number in (0, 1)] == [instant("2026-03-07T14:00"), instant("2026-03-08T13:00")]
    assert layer.begins(0).tzinfo == timezone.utc
    assert layer.number(datetime(2026, 3, 8, 14, tzinfo=ZoneInfo(BERLIN))) == 1
