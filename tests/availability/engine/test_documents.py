"""From the JSON that is stored to what is computed with, and back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from django_org_members.availability import documents
from django_org_members.availability.engine import Place, WorkingSpan

BERLIN = ZoneInfo("Europe/Berlin")


def nine(*day):
    """Nine o'clock of a day, local."""
    return datetime.combine(date(*day), time(9))


def test_spans_come_in_order_and_go_back_as_they_were():
    stored = [[0, "09:00", "12:00"], [0, "13:00", "17:30"], [6, "22:00", "06:00"]]
    spans = documents.spans(stored[::-1])
    assert spans[0] == WorkingSpan(0, time(9), time(12))
    assert documents.stored_spans(spans[::-1]) == stored


@pytest.mark.parametrize(
    "hours",
    [
        None,
        7,
        "Monday",
        [None],
        [["0", "09:00"]],
        [[0, "09:00", "17:00", "18:00"]],
        [[7, "09:00", "17:00"]],
        [[-1, "09:00", "17:00"]],
        [[0.5, "09:00", "17:00"]],
        [[True, "09:00", "17:00"]],
        [["0", "09:00", "17:00"]],
        [[None, "09:00", "17:00"]],
        [[0, "9 o'clock", "17:00"]],
        [[0, "25:00", "26:00"]],
        [[0, None, "17:00"]],
        [[0, 9, 17]],
        [[0, "09:00+02:00", "17:00"]],
        [[0, "09:00:30", "17:00"]],
    ],
)
def test_anything_else_is_a_value_error(hours):
    with pytest.raises(ValueError):
        documents.spans(hours)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"origin": nine(2026, 11, 30), "length": timedelta(days=14), "starts": nine(2026, 12, 2)}),
        ({"weekday": 2}, {"origin": nine(2026, 12, 2)}),
        ({"weekday": 3}, {"origin": nine(2026, 11, 26)}),
        ({"weekday": None}, {"origin": nine(2026, 12, 2)}),
        ({"unit": "days"}, {"origin": nine(2026, 12, 2), "length": timedelta(days=2)}),
        ({"unit": "hours", "length": 12}, {"origin": nine(2026, 12, 2), "length": timedelta(hours=12)}),
        ({"anchor": [5, 1]}, {"anchor": (5, 1)}),
        ({"hours": []}, {"hours": documents.weekly_hours([], BERLIN)}),
        ({"name": "Night"}, {"name": "Night"}),
    ],
)
def test_a_layer(changes, expected):
    document = {
        "name": "",
        "unit": "weeks",
        "length": 2,
        "starts_on": date(2026, 12, 2).isoformat(),  # a Wednesday
        "handoff": "09:00",
        "weekday": 0,
        "hours": None,
        "anchor": [0, 0],
    }
    layer = documents.layer(document | changes, BERLIN, [Place(1, 20), Place(0, 10)])
    assert {name: getattr(layer, name) for name in expected} == expected
    assert layer.places == (Place(0, 10), Place(1, 20))
    assert layer.zone == BERLIN
    if "hours" not in changes:
        assert layer.hours is None


def test_a_layer_without_hours_always_holds_and_one_of_no_hours_never_does():
    document = {"unit": "days", "length": 1, "starts_on": "2026-12-02", "handoff": "09:00"}
    at = datetime(2026, 12, 5, tzinfo=BERLIN)
    assert documents.layer(document, BERLIN, ()).holds(at)
    assert not documents.layer(document | {"hours": []}, BERLIN, ()).holds(at)
