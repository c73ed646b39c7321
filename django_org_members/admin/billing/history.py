"""The history of the seats, a page at a time: no page is counted or skipped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...models import SeatChange, Subscription
from ...numbers import LARGEST_ID, whole_number

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SHOWN = 25
_BEFORE, _AFTER = "before", "after"
"""The parameters of an address: rows older, or newer, than the one with this pk."""


@dataclass(frozen=True)
class History:
    """Some changes, the newest first, and the pages around: labels and addresses."""

    changes: list[SeatChange]
    pages: list[tuple[StrOrPromise, str]] = field(default_factory=list)


def history(subscription: Subscription, url: str, address: Mapping[str, str]) -> History:
    """Return the page that the address asks for, or else the newest; one query, or two."""
    rows = SeatChange.objects.filter(subscription=subscription)
    before, after = (_number(address, name) for name in (_BEFORE, _AFTER))
    if before is not None:
        found = list(rows.filter(pk__lt=before).order_by("-pk")[: SHOWN + 1])
        if found:
            return _page(found[:SHOWN], url, has_newer=True, has_older=len(found) > SHOWN)
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: SHOWN + 1])
        if len(found) > SHOWN:
            return _page(found[SHOWN - 1 :: -1], url, has_newer=True, has_older=True)
    found = list(rows.order_by("-pk")[: SHOWN + 1])
    return _page(found[:SHOWN], url, has_newer=False, has_older=len(found) > SHOWN)


def _number(address: Mapping[str, str], name: str) -> int | None:
    return whole_number(address.get(name, ""), largest=LARGEST_ID)


def _page(changes: list[SeatChange], url: str, *, has_newer: bool, has_older: bool) -> History:
    pages: list[tuple[StrOrPromise, str]] = []
    if has_newer:
        pages += [(_("Newest"), url), (_("Newer"), f"{url}?{_AFTER}={changes[0].pk}")]
    if has_older:
        pages.append((_("Older"), f"{url}?{_BEFORE}={changes[-1].pk}"))
    return History(changes, pages)
