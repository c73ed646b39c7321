"""Whole numbers in addresses and forms, which anybody may write."""

from __future__ import annotations

LARGEST_ID = 2**63 - 1
_LARGEST_PAGE = 999_999


def whole_number(text: str, *, largest: int) -> int | None:
    """Return the number that the text is, from 0 to `largest`; None for anything else, however long."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(largest))):
        return None
    number = int(text)
    return number if number <= largest else None


def page_number(text: str) -> int:
    """Return the number of a page, counted from 1; the first for anything that is none."""
    return max(whole_number(text, largest=_LARGEST_PAGE) or 1, 1)
