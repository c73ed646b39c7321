"""Reads the lines of Stripe's invoices: plain dicts in, money out."""

from __future__ import annotations

from typing import Any

from .gateway import Amount


def is_proration(line: dict[str, Any]) -> bool:
    """Whether a line of an invoice is a proration: the flag has moved into what the line came of."""
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return bool(line.get("proration") or details.get("proration"))


def begins_at(line: dict[str, Any], at: int) -> bool:
    """Whether it is of the change that is previewed: those of earlier changes, which wait for the invoice, began before."""
    return abs(int(line["period"]["start"]) - at) <= 1


def total(lines: list[dict[str, Any]]) -> Amount | None:
    """Return what these lines come to; None where there are none."""
    if not lines:
        return None
    return Amount(sum(int(line.get("amount") or 0) for line in lines), str(lines[0].get("currency") or ""))
