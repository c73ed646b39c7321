"""Reads Stripe's subscriptions, of any version of its API since 2015: plain dicts in, a `Remote` out.

Until 2018-02 the quantity and the plan stood on the subscription as well as on its one item; until 2025-03 the period
stood on the subscription, later on the items; `plan` came before `price`. What could not be stored is refused: it came
from something else than Stripe.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from ..models.subscriptions import IDENTIFIER_LENGTH, STATUS_LENGTH
from .gateway import Event, Item, Remote

_MOST = 2**31 - 1
"""What a column for counts holds."""


def remote(found: Mapping[str, Any], request_id: str = "") -> Remote:
    """Return the subscription. Raises `ValueError` for what is none."""
    status = found.get("status")
    if found.get("object", "subscription") != "subscription" or not (
        isinstance(status, str) and status.isidentifier() and len(status) <= STATUS_LENGTH
    ):
        raise ValueError("Not a subscription.")
    rows = _rows(found)
    if not rows and not found.get("plan"):  # it never is without any
        raise ValueError("A subscription without items.")
    ends = [_time(row.get("current_period_end")) for row in (*rows, found)]
    return Remote(
        id=_known(found),
        customer_id=_id(found.get("customer")),
        status=status,
        items=tuple(_item(row, found, alone=len(rows) == 1) for row in rows),
        is_live=bool(found.get("livemode", True)),
        period_ends_at=min((each for each in ends if each is not None), default=None),
        ends_at_period_end=bool(found.get("cancel_at_period_end") or found.get("cancel_at")),
        request_id=request_id,
    )


def subscription_id(about: Mapping[str, Any]) -> str:
    """Return the id of the subscription that an event's object is, or is an invoice of; empty where there is none.

    It stood on the invoice until 2025-03, then in what the invoice came of. Raises `ValueError` where there is something
    that is no id.
    """
    if about.get("object") == "subscription":
        return _id(about)
    parent = _object(_object(about.get("parent")).get("subscription_details"))
    return _id(about.get("subscription")) or _id(parent.get("subscription"))


def is_id(text: str) -> bool:
    """Whether it can be an id, and a column holds it: no database takes every text that JSON does."""
    return 0 < len(text) <= IDENTIFIER_LENGTH and text.isascii() and text.isprintable()


def text(body: bytes) -> str:
    """Return what a webhook's body says, as text. Raises `ValueError` where it is none."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ValueError("Not text.") from error


def event(text: str) -> Event:
    """Return the event that a webhook's body holds. Raises `ValueError` for what is none."""
    match _loaded(text):
        case {"id": str(pk), "type": str(kind), "data": {"object": dict(about)}} as found:
            return Event(pk, kind, about, key=key(found.get("request")))
    raise ValueError("Not an event.")


def key(request: Any) -> str:
    """Return the idempotency key of what caused an event; the request was no more than an id until 2017."""
    found = request.get("idempotency_key") if isinstance(request, Mapping) else None
    return found if isinstance(found, str) else ""


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("Nested too deeply.") from error


def _rows(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = found.get("items")
    rows = listed.get("data") if isinstance(listed, Mapping) else listed
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _item(row: Mapping[str, Any], found: Mapping[str, Any], *, alone: bool) -> Item:
    price = _object(row.get("price")) or _object(row.get("plan")) or (_object(found.get("plan")) if alone else {})
    recurring = _object(price.get("recurring")) or price
    quantity = row.get("quantity")
    if quantity is None and alone:
        quantity = found.get("quantity")
    return Item(
        id=_known(row),
        price_id=_id(price) or _id(row.get("price")) or _id(row.get("plan")),
        quantity=quantity if _is_count(quantity) else None,
        is_metered=recurring.get("usage_type") == "metered",
        is_recurring=price.get("type", "recurring") == "recurring",
        label=str(price.get("nickname") or _object(price.get("product")).get("name") or ""),
        unit_amount=amount if isinstance(amount := price.get("unit_amount", price.get("amount")), int) else None,
        currency=str(price.get("currency") or found.get("currency") or ""),
        interval=str(recurring.get("interval") or ""),
        interval_count=_count(recurring.get("interval_count")),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str:
    """Return the id of what is expanded, or not; empty where there is none."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return _checked(found) if found else ""


def _known(row: Mapping[str, Any]) -> str:
    return _checked(row.get("id"))


def _checked(value: Any) -> str:
    if not (isinstance(value, str) and is_id(value)):
        raise ValueError("Not an id.")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 1


def _time(value: Any) -> datetime | None:
    if not isinstance(value, int):
        return None
    try:
        return datetime.fromtimestamp(value, timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
