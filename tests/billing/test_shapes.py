"""Subscriptions of any version of Stripe's API are understood; what is none is refused."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import given
from hypothesis import strategies as st

from django_org_members.billing import shapes
from django_org_members.billing.gateway import Item, Remote

from .recorded import COMMON, END, METERED, PERIOD, PLAN, PRICE, SEAT_ROW, USAGE_ROW, VERSIONS, listed, row

ENDS = datetime.fromtimestamp(END, timezone.utc)
SEATS = Item("si_1", "plan_seat", 5, label="Seat", unit_amount=2000, currency="usd", interval="month")


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_says_the_same(version):
    found = shapes.remote(VERSIONS[version], "req_1")
    label = "" if "name" in (VERSIONS[version].get("plan") or {}) else "Seat"  # a plan's own name is its product's now
    expected = Item(**{**vars(SEATS), "label": label})
    assert found == Remote(
        "sub_1", "cus_1", "active", (expected,), is_live=False, period_ends_at=ENDS, request_id="req_1"
    )


def test_an_item_without_a_quantity_is_measured():
    found = shapes.remote({**COMMON, **PERIOD, "items": listed(USAGE_ROW)})
    (item,) = found.items
    assert (item.quantity, item.is_metered, item.can_be_seats) == (None, True, False)


def test_a_null_quantity_is_none():
    found = shapes.remote({**COMMON, "items": listed({**USAGE_ROW, "quantity": None}, {**SEAT_ROW, "quantity": None})})
    assert [(each.quantity, each.can_be_seats) for each in found.items] == [(None, False), (None, True)]


def test_of_several_items_none_takes_what_stands_on_the_subscription():
    other = row("si_3", price={**PRICE, "id": "price_other"}, quantity=2)
    bare = row("si_4")
    found = shapes.remote({**COMMON, "plan": PLAN, "quantity": 9, "items": listed(SEAT_ROW, USAGE_ROW, other, bare)})
    assert [(each.id, each.price_id, each.quantity) for each in found.items] == [
        ("si_1", "plan_seat", 5),
        ("si_2", "price_usage", None),
        ("si_3", "price_other", 2),
        ("si_4", "", None),
    ]


def test_the_first_period_to_end_is_the_next():
    rows = [{**SEAT_ROW, "current_period_end": END + 100}, {**USAGE_ROW, "current_period_end": END}]
    assert shapes.remote({**COMMON, "items": listed(*rows)}).period_ends_at == ENDS


def test_what_is_expanded():
    price = {**PRICE, "nickname": None, "product": {"id": "prod_1", "object": "product", "name": "Pro seat"}}
    customer = {"id": "cus_1", "object": "customer", "deleted": False, "email": "a@example.com"}
    found = shapes.remote({**COMMON, "customer": customer, "items": listed({**SEAT_ROW, "price": price})})
    assert (found.customer_id, found.items[0].label, found.items[0].price_id) == ("cus_1", "Pro seat", "plan_seat")


def test_a_deleted_price_is_its_id():
    rows = listed({**SEAT_ROW, "price": {"id": "plan_seat", "object": "price", "deleted": True}, "plan": None})
    (item,) = shapes.remote({**COMMON, "items": rows}).items
    assert (item.price_id, item.quantity, item.can_be_seats, item.unit_amount) == ("plan_seat", 5, True, None)


@pytest.mark.parametrize("price", ["plan_seat", {"id": "plan_seat"}])
def test_a_price_that_is_not_expanded(price):
    (item,) = shapes.remote({**COMMON, "items": listed(row(price=price, quantity=5))}).items
    assert (item.price_id, item.quantity) == ("plan_seat", 5)


def test_no_price_at_all():
    (item,) = shapes.remote({**COMMON, "items": listed(row(quantity=5))}).items
    assert (item.price_id, item.quantity, item.can_be_seats) == ("", 5, True)


def test_a_price_that_is_paid_once_or_by_tiers():
    once = {**PRICE, "type": "one_time", "recurring": None}
    tiers = {**PRICE, "unit_amount": None, "billing_scheme": "tiered", "tiers_mode": "graduated"}
    found = shapes.remote({**COMMON, "items": listed(row(price=once), row("si_2", price=tiers, quantity=3))})
    assert [(each.is_recurring, each.unit_amount, each.quantity) for each in found.items] == [
        (False, 2000, None),
        (True, None, 3),
    ]


@pytest.mark.parametrize(
    ("fields", "ends"),
    [({"cancel_at_period_end": True}, True), ({"cancel_at": END}, True), ({"cancel_at": None}, False)],
)
def test_a_subscription_that_ends(fields, ends):
    assert shapes.remote({**VERSIONS["2024-06-20"], **fields}).ends_at_period_end is ends


def test_none_of_no_items_is_one_of_the_oldest_kind():
    found = shapes.remote({**COMMON, **PERIOD, "plan": PLAN, "quantity": 5})
    assert (found.items, found.period_ends_at) == ((), ENDS)


BAD = {
    "nothing": {},
    "another object": {"object": "customer", "id": "cus_1"},
    "no id": {**COMMON, "id": None, "items": listed(SEAT_ROW)},
    "a number as id": {**COMMON, "id": 17, "items": listed(SEAT_ROW)},
    "an id too long": {**COMMON, "id": "sub_" + "x" * 300, "items": listed(SEAT_ROW)},
    "an id that cannot be stored": {**COMMON, "id": "sub_\x00", "items": listed(SEAT_ROW)},
    "no status": {**COMMON, "status": None, "items": listed(SEAT_ROW)},
    "a status that is none": {**COMMON, "status": "<h1>active</h1>", "items": listed(SEAT_ROW)},
    "a status too long": {**COMMON, "status": "a" * 31, "items": listed(SEAT_ROW)},
    "no items": {**COMMON, "items": listed()},
    "items that are none": {**COMMON, "items": "many"},
    "items of text": {**COMMON, "items": {"data": ["si_1"]}},
    "an item without id": {**COMMON, "items": listed({**SEAT_ROW, "id": None})},
    "a price with an odd id": {**COMMON, "items": listed(row(price={"id": ["a"]}))},
    "an error": {"error": {"type": "api_error"}},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_subscription_is_refused(name):
    with pytest.raises(ValueError):
        shapes.remote(BAD[name])


@pytest.mark.parametrize("quantity", [-1, "5", 2**31, 5.5, True, [], {}])
def test_an_odd_quantity_is_not_known(quantity):
    (item,) = shapes.remote({**COMMON, "items": listed({**SEAT_ROW, "quantity": quantity})}).items
    assert item.quantity is None


@pytest.mark.parametrize("end", ["soon", None, 10**18, -(10**18), 1.5, []])
def test_an_odd_period_is_not_known(end):
    found = shapes.remote({**COMMON, "items": listed({**SEAT_ROW, "current_period_end": end})})
    assert found.period_ends_at is None


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
PLACES = [
    ("id",),
    ("status",),
    ("customer",),
    ("items",),
    ("items", "data"),
    ("items", "data", 0),
    ("plan",),
    ("current_period_end",),
    *(("items", "data", 0, name) for name in SEAT_ROW),
    *(("items", "data", 0, "price", name) for name in METERED),
    ("items", "data", 0, "price", "recurring", "usage_type"),
]


@given(st.sampled_from(PLACES), JSON, st.sampled_from(sorted(VERSIONS)))
def test_anything_anywhere_is_understood_or_refused(place, value, version):
    changed = _changed(VERSIONS[version], place, value)
    try:
        found = shapes.remote(changed)
    except ValueError:
        return
    assert isinstance(hash(found), int), "nothing but values is in it"
    assert all(item.quantity is None or item.quantity >= 0 for item in found.items)


def _changed(found, place, value):
    if not place:
        return value
    first, *rest = place
    if isinstance(found, list):
        return [_changed(found[0], rest, value), *found[1:]]
    return {**found, first: _changed(found.get(first) or {}, rest, value)}
