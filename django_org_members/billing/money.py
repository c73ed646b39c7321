"""Money as people read it."""

from __future__ import annotations

from decimal import Decimal

from django.utils import formats

from .gateway import Amount

_WHOLE = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
"""Currencies whose smallest unit, as Stripe counts, is the unit itself. It counts ISK and UGX in hundredths all the same."""
_THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def in_words(amount: Amount) -> str:
    """Return a number and the currency's code, in the viewer's language and without a sign: "1,234.50 USD".

    Whether it is charged or given back is for the sentence around it to say.
    """
    places = _places(amount.currency)
    value = Decimal(abs(amount.value)).scaleb(-places)
    number = formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True)
    return f"{number}\N{NO-BREAK SPACE}{amount.currency.upper()}"


def _places(currency: str) -> int:
    known = currency.lower()
    return 0 if known in _WHOLE else 3 if known in _THOUSANDTHS else 2
