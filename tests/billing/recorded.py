"""Subscriptions as versions of Stripe's API have written them down, with what matters to the seats and what is beside it."""

from __future__ import annotations

BEGIN, END = 1_798_761_600, 1_801_440_000
COMMON = {
    "id": "sub_1",
    "object": "subscription",
    "application_fee_percent": None,
    "cancel_at_period_end": False,
    "canceled_at": None,
    "created": BEGIN,
    "customer": "cus_1",
    "discount": None,
    "ended_at": None,
    "livemode": False,
    "metadata": {},
    "start": BEGIN,
    "status": "active",
    "tax_percent": None,
    "trial_end": None,
    "trial_start": None,
}
PERIOD = {"current_period_start": BEGIN, "current_period_end": END}
PLAN = {
    "id": "plan_seat",
    "object": "plan",
    "amount": 2000,
    "created": BEGIN,
    "currency": "usd",
    "interval": "month",
    "interval_count": 1,
    "livemode": False,
    "metadata": {},
    "name": "Seat",
    "statement_descriptor": None,
    "trial_period_days": None,
}
LATER_PLAN = {
    **{name: value for name, value in PLAN.items() if name not in ("name", "statement_descriptor")},
    "active": True,
    "amount_decimal": "2000",
    "billing_scheme": "per_unit",
    "nickname": "Seat",
    "product": "prod_1",
    "tiers_mode": None,
    "usage_type": "licensed",
}
PRICE = {
    "id": "plan_seat",
    "object": "price",
    "active": True,
    "billing_scheme": "per_unit",
    "created": BEGIN,
    "currency": "usd",
    "livemode": False,
    "lookup_key": None,
    "metadata": {},
    "nickname": "Seat",
    "product": "prod_1",
    "recurring": {"aggregate_usage": None, "interval": "month", "interval_count": 1, "usage_type": "licensed"},
    "tiers_mode": None,
    "transform_quantity": None,
    "type": "recurring",
    "unit_amount": 2000,
    "unit_amount_decimal": "2000",
}
METERED = {
    **PRICE,
    "id": "price_usage",
    "nickname": "Messages",
    "recurring": {**PRICE["recurring"], "aggregate_usage": "sum", "usage_type": "metered", "meter": "mtr_1"},
}


def listed(*rows, **more):
    return {"object": "list", "data": list(rows), "has_more": False, "total_count": len(rows), **more}


def row(pk="si_1", **more):
    return {"id": pk, "object": "subscription_item", "created": BEGIN, "metadata": {}, **more}


SEAT_ROW = row(price=PRICE, plan=LATER_PLAN, quantity=5, subscription="sub_1", tax_rates=[])
USAGE_ROW = row("si_2", price=METERED, subscription="sub_1", tax_rates=[])

VERSIONS = {
    # The one item repeats what stands on the subscription.
    "2015-10-16": {**COMMON, **PERIOD, "plan": PLAN, "quantity": 5, "items": listed(row(plan=PLAN, quantity=5))},
    "2017-08-15": {
        **COMMON,
        **PERIOD,
        "billing": "charge_automatically",
        "plan": PLAN,
        "quantity": 5,
        "items": listed(row(plan=PLAN, quantity=5), url="/v1/subscription_items?subscription=sub_1"),
    },
    # An item that says less than its subscription.
    "2015-10-16, bare item": {**COMMON, **PERIOD, "plan": PLAN, "quantity": 5, "items": listed(row())},
    "2018-02-28": {
        **COMMON,
        **PERIOD,
        "billing": "charge_automatically",
        "items": listed(row(plan=LATER_PLAN, quantity=5)),
    },
    "2019-12-03": {
        **COMMON,
        **PERIOD,
        "collection_method": "charge_automatically",
        "plan": LATER_PLAN,
        "quantity": 5,
        "items": listed(row(plan=LATER_PLAN, quantity=5, subscription="sub_1")),
    },
    "2020-08-27": {**COMMON, **PERIOD, "plan": LATER_PLAN, "quantity": 5, "items": listed(SEAT_ROW)},
    "2024-06-20": {**COMMON, **PERIOD, "cancel_at": None, "items": listed(SEAT_ROW, url="/v1/subscription_items")},
    # From then on the period stands on the items.
    "2025-03-31.basil": {**COMMON, "billing_mode": {"type": "classic"}, "items": listed({**SEAT_ROW, **PERIOD})},
    "2026-08-26.dahlia": {
        **COMMON,
        "billing_mode": {"type": "flexible"},
        "items": listed({**{name: value for name, value in SEAT_ROW.items() if name != "plan"}, **PERIOD}),
    },
}
"""All of them are the same subscription: of five seats, until END."""
