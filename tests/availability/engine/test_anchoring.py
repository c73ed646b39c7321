"""Whose turn it is stays so when the people of a rotation change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import assume, given
from hypothesis import strategies as st

from django_org_members.availability import anchoring, documents
from django_org_members.availability.engine import People, Place, Rotation
from django_org_members.models import Rotation as RotationRow

from .strategies import examples, layers

SINCE = datetime(2026, 3, 28, tzinfo=timezone.utc)  # the day before clocks are put forward
AT = SINCE + timedelta(hours=25, minutes=7)


@st.composite
def engine_layers(draw):
    document, _ = draw(layers("Europe/Berlin", SINCE))
    members = draw(st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True))
    positions = sorted(draw(st.sets(st.integers(0, 20), min_size=len(members), max_size=len(members))))
    places = map(Place, positions, members)
    return documents.layer(document | {"hours": None}, ZoneInfo("Europe/Berlin"), places)


def members_from(layer, number, count):
    """Who has some shifts, one after the other."""
    return [layer.order(number + step)[0].member for step in range(count)]


@examples(100)
@given(engine_layers())
def test_an_anchor_changes_nothing(layer):
    anchored = layer.anchored(AT)
    assert all(layer.order(number) == anchored.order(number) for number in range(-3, 30))


@examples(150)
@given(engine_layers(), st.data())
def test_whoever_has_the_shift_keeps_it_when_others_go_or_else_the_next_gets_it(layer, data):
    number = max(layer.number(AT), layer.number(layer.begins_at))
    order = [place.member for place in layer.order(number)]
    gone = data.draw(st.sets(st.sampled_from(order), max_size=len(order) - 1))
    places = tuple(place for place in layer.places if place.member not in gone)
    after = replace(layer.anchored(AT), places=places)
    left = [member for member in order if member not in gone]
    assert members_from(after, number, 3 * len(left)) == left * 3


@examples(60)
@given(engine_layers(), st.data())
def test_those_who_go_one_after_the_other_leave_the_same_as_those_who_go_together(layer, data):
    assume(len(layer.places) > 2)
    gone = data.draw(st.lists(st.sampled_from(layer.places), min_size=2, max_size=2, unique=True))
    together = replace(layer.anchored(AT), places=tuple(place for place in layer.places if place not in gone))
    for each in gone:
        layer = replace(layer.anchored(AT), places=tuple(place for place in layer.places if place != each))
    number = max(layer.number(AT), 0)
    assert members_from(layer, number, 9) == members_from(together, number, 9)


@examples(60)
@given(engine_layers(), st.data())
def test_in_another_order_the_shift_is_whose_place_the_anchor_names(layer, data):
    number = max(layer.number(AT), layer.number(layer.begins_at))
    now = layer.order(number)[0].member
    order = data.draw(st.permutations([place.member for place in layer.places]))
    places = tuple(Place(3 * index, member) for index, member in enumerate(order))
    after = replace(layer, places=places, anchor=(number, 3 * order.index(now)))
    index = order.index(now)
    assert members_from(after, number, len(order)) == order[index:] + order[:index]


@pytest.mark.parametrize("gone", ["A", "B", "C", "D", "AB", "BC", "CD", "BD", "ABC", "BCD", "ACD"])
def test_who_stands_in_goes_on_when_others_leave(make_layer, gone):
    """B has the shift and is away: C stands in, D would next."""
    layer = make_layer("ABCD", "UTC", date(2026, 11, 29), "00:00")
    at = datetime(2026, 11, 30, 12, tzinfo=timezone.utc)
    people = People(away={"B": ((at, at + timedelta(hours=1)),)})
    after = replace(layer.anchored(at), places=tuple(place for place in layer.places if place.member not in gone))
    left = [member for member in "CDA" if member not in gone]
    assert Rotation((layer,)).on_call(at, people) == "C"
    assert Rotation((after,)).on_call(at, people) == (left[0] if left else None)


@pytest.mark.django_db
def test_one_query_anchors_all_layers(acme, make_rotation, add_layer, django_assert_num_queries, utc):
    people = list(acme.memberships.order_by("pk"))
    rotation = make_rotation(acme, people, unit="days", starts_on=date(2026, 11, 1), handoff="00:00")
    add_layer(rotation, people[:2], unit="days", starts_on=date(2026, 11, 1), handoff="00:00")
    add_layer(rotation, [], unit="days", starts_on=date(2026, 11, 1), handoff="00:00")
    with django_assert_num_queries(1):
        assert anchoring.anchor(rotation, utc(2026, 11, 28, 12))
    assert [document["anchor"] for document in rotation.layers] == [[27, 0], [27, 1], [27, 0]]
    assert not anchoring.anchor(rotation, utc(2026, 11, 28, 13)), "of the same shift"
    assert RotationRow.objects.get(pk=rotation.pk).layers[0]["anchor"] == [0, 0], "saves nothing"


@pytest.mark.django_db
def test_a_rotation_of_the_future_still_starts_with_who_was_next(acme, make_rotation, utc):
    people = list(acme.memberships.order_by("pk"))
    rotation = make_rotation(acme, people, unit="days", starts_on=date(2099, 1, 1), handoff="00:00")
    people[0].rotation_places.all().delete()
    rotation.refresh_from_db()
    layer = documents.layer(rotation.layers[0], rotation.zone, anchoring.places_of(rotation.places.all(), 0))
    assert members_from(layer, 0, 4) == [people[1].pk, people[2].pk] * 2


@pytest.mark.django_db
def test_nothing_is_anchored_where_the_rotation_goes(acme, make_rotation):
    rotation = make_rotation(acme, acme.memberships.all(), unit="days", starts_on=date(2020, 1, 1))
    with CaptureQueriesContext(connection) as captured:
        rotation.delete()
    assert not [each for each in captured if each["sql"].startswith("UPDATE")]
