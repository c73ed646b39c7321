"""Which item of a subscription is the one for the seats."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from ..conf import settings
from .gateway import Item, Permanent, Remote


def candidates(remote: Remote) -> list[Item]:
    """Return the items whose quantity may be the number of seats: licensed, and of SEAT_PRICES if there are any."""
    prices: Sequence[str] = settings.SEAT_PRICES
    return [item for item in remote.items if item.can_be_seats and (not prices or item.price_id in prices)]


def seat_item(remote: Remote, item_id: str = "", price_id: str = "") -> Item:
    """Return the item of this id, or else the one of this price, or else the only one that can be it.

    Raises `Permanent` where there is none, or several to choose from.
    """
    found = candidates(remote)
    for chosen in (
        [each for each in found if each.id == item_id],
        [each for each in found if each.price_id == price_id],
        found,
    ):
        if len(chosen) == 1:
            return chosen[0]
    if not found and any(item.is_metered for item in remote.items):
        raise Permanent(
            _("The subscription is billed by usage: it has no number of seats that could be set."), code="metered"
        )
    if not found:
        raise Permanent(_("The subscription has no item for seats."), code="no_item")
    raise Permanent(_("The subscription has several items: choose the one for the seats."), code="choose")
