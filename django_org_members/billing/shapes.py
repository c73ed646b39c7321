"""Reads Stripe's subscriptions, of any version of its API since 2018: plain dicts in, a `Remote` out.

Until 2018-02 the quantity and the plan stood on the subscription as well as on its one item; until 2025-03 the period
stood on the subscription, later on the items; `plan` came before `price`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from .gateway import Item, Remote


def remote(found: Mapping[str, Any], request_id: str = "") -> Remote:
    """Return the subscription. Raises `ValueError` for what is none."""
    if found.get("object", "subscription") != "subscription" or not isinstance(found.get("id"), str):
        raise ValueError("Not a subscription.")
    rows = _rows(found)
    ends = [_time(row.get("current_period_end")) for row in (*rows, found)]
    return Remote(
        id=found["id"],
        customer_id=_id(found.get("customer")),
        status=str(found.get("status") or ""),
        items=tuple(_item(row, found, alone=len(rows) == 1) for row in rows),
        is_live=bool(found.get("livemode", True)),
        period_ends_at=min((each for each in ends if each is not None), default=None),
        ends_at_period_end=bool(found.get("cancel_at_period_end") or found.get("cancel_at")),
        request_id=request_id,
    )


def subscription_id(about: Mapping[str, Any]) -> str:
    """Return the id of the subscription that an event's object is, or is an invoice of; empty where there is none.

    It stood on the invoice until 2025-03, then in what the invoice came of.
    """
    if about.get("object") == "subscription":
        return _id(about)
    parent = _object(_object(about.get("parent")).get("subscription_details"))
    return _id(about.get("subscription")) or _id(parent.get("subscription"))


def _rows(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = found.get("items")
    rows = listed.get("data") if isinstance(listed, Mapping) else listed
    return [row for row in rows if isinstance(row, Mapping) and row.get("id")] if isinstance(rows, list) else []


def _item(row: Mapping[str, Any], found: Mapping[str, Any], *, alone: bool) -> Item:
    price = _object(row.get("price")) or _object(row.get("plan")) or (_object(found.get("plan")) if alone else {})
    recurring = _object(price.get("recurring")) or price
    quantity = row.get("quantity")
    if quantity is None and alone:
        quantity = found.get("quantity")
    return Item(
        id=str(row["id"]),
        price_id=str(price.get("id") or _id(row.get("price")) or _id(row.get("plan"))),
        quantity=quantity if isinstance(quantity, int) and quantity >= 0 else None,
        is_metered=recurring.get("usage_type") == "metered",
        is_recurring=price.get("type", "recurring") == "recurring",
        label=str(price.get("nickname") or _object(price.get("product")).get("name") or ""),
        unit_amount=price.get("unit_amount", price.get("amount")),
        currency=str(price.get("currency") or found.get("currency") or ""),
        interval=str(recurring.get("interval") or ""),
        interval_count=_count(recurring.get("interval_count")),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str:
    """Return the id of what is expanded, or not."""
    return str(value.get("id") or "") if isinstance(value, Mapping) else str(value or "")


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _time(value: Any) -> datetime | None:
    if not isinstance(value, int):
        return None
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
