"""Amounts as people read them."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats

from .gateway import Amount

_NONE = ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
_PLACES = dict.fromkeys(_NONE, 0) | dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3)
"""Of Stripe's smallest unit, where it is not the hundredth. UGX and ISK, which have no hundredths, have them at Stripe."""


def in_words(amount: Amount) -> str:
    """Return the amount without its sign, in the present language: USD 1,234.50."""
    places = _PLACES.get(amount.currency.lower(), 2)
    value = abs(Decimal(amount.value)).scaleb(-places)
    return f"{amount.currency.upper()} {formats.number_format(value, decimal_pos=places)}".strip()
