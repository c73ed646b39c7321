"""Which item is the one for the seats: every case."""

from __future__ import annotations

import pytest

from django_org_members.billing.choosing import candidates, seat_item
from django_org_members.billing.gateway import Item, Permanent, Remote

SEATS, MORE = Item("si_seats", "price_seats", 5), Item("si_more", "price_more", 1)
SAME = Item("si_same", "price_seats", 2)
METERED = Item("si_usage", "price_usage", None, is_metered=True)
ONCE = Item("si_once", "price_once", 1, is_recurring=False)

TABLE = [
    # items, SEAT_PRICES, linked item and price, what is chosen or why nothing is
    ([SEATS], (), "", "", SEATS),
    ([SEATS], (), "si_seats", "price_seats", SEATS),
    ([SEATS], (), "si_gone", "price_gone", SEATS),
    ([SEATS, METERED, ONCE], (), "", "", SEATS),
    ([SEATS, MORE], (), "", "", "choose"),
    ([SEATS, MORE], (), "si_more", "", MORE),
    ([SEATS, MORE], (), "si_gone", "price_more", MORE),
    ([SEATS, MORE], (), "si_gone", "price_gone", "choose"),
    ([SEATS, MORE], (), "si_seats", "price_more", SEATS),
    ([SEATS, MORE], ("price_more",), "", "", MORE),
    ([SEATS, MORE], ("price_more",), "si_seats", "price_seats", MORE),
    ([SEATS, MORE], ("price_more", "price_seats"), "", "", "choose"),
    ([SEATS, MORE], ("price_other",), "", "", "no_item"),
    ([SEATS, SAME], (), "si_gone", "price_seats", "choose"),
    ([SEATS, SAME], ("price_seats",), "", "", "choose"),
    ([SEATS, SAME], (), "si_same", "", SAME),
    ([METERED], (), "", "", "metered"),
    ([METERED], (), "si_usage", "price_usage", "metered"),
    ([METERED, SEATS], ("price_usage",), "", "", "metered"),
    ([ONCE], (), "", "", "no_item"),
    ([], (), "", "", "no_item"),
]


@pytest.mark.parametrize(("items", "prices", "item_id", "price_id", "expected"), TABLE)
def test_the_item_for_the_seats(settings, items, prices, item_id, price_id, expected):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_PRICES": prices}
    for order in (items, items[::-1]):
        remote = Remote("sub_1", "cus_1", "active", tuple(order))
        if isinstance(expected, Item):
            assert seat_item(remote, item_id, price_id) == expected
            assert expected in candidates(remote)
        else:
            with pytest.raises(Permanent) as refused:
                seat_item(remote, item_id, price_id)
            assert refused.value.code == expected
            assert str(refused.value.words).endswith(".")


@pytest.mark.parametrize("item", [METERED, ONCE])
def test_what_is_measured_or_paid_once_is_none(settings, item):
    assert candidates(Remote("sub_1", "cus_1", "active", (item, SEATS))) == [SEATS]
