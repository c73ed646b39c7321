"""What the seats need of a biller: a protocol, what it answers, and what it raises. Stripe's is `billing.stripe`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext_lazy as _

from ..conf import import_setting

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ENDED = frozenset({"canceled", "incomplete_expired"})
"""Statuses of a subscription that is over for good."""


@dataclass(frozen=True)
class Item:
    """One line of a subscription."""

    id: str
    price_id: str
    quantity: int | None
    """None where Stripe counts usage, or says nothing."""
    is_metered: bool = False
    is_recurring: bool = True
    label: str = ""
    """What the price is called, where it has a name."""
    unit_amount: int | None = None
    """In the smallest unit of the currency; None where tiers decide."""
    currency: str = ""
    interval: str = ""
    """`month`, `year`, …"""
    interval_count: int = 1
    """Of how many intervals one period is."""

    @property
    def can_be_seats(self) -> bool:
        """Whether its quantity is set, not measured."""
        return self.is_recurring and not self.is_metered


@dataclass(frozen=True)
class Remote:
    """A subscription as the biller has it now."""

    id: str
    customer_id: str
    status: str
    items: tuple[Item, ...]
    is_live: bool = True
    period_ends_at: datetime | None = None
    ends_at_period_end: bool = False
    request_id: str = ""
    """Of the request that answered this."""

    @property
    def has_ended(self) -> bool:
        """Whether it is over for good."""
        return self.status in ENDED

    def item(self, item_id: str) -> Item | None:
        """Return the item of this id, if it still has it."""
        return next((each for each in self.items if each.id == item_id), None)


@dataclass(frozen=True)
class Amount:
    """Money: of a proration, or what a change would cost."""

    value: int
    """In the smallest unit of the currency; negative where it is given back."""
    currency: str
    """Three lower-case letters."""


@dataclass(frozen=True)
class Event:
    """Something that the biller tells of."""

    id: str
    type: str
    data: Mapping[str, Any]
    """The object that it is about, as it was then."""
    key: str = ""
    """The idempotency key of the request that caused it, where there was one."""


class Gateway(Protocol):
    """A biller. Each call is one request, or few, to the outside world; none may be made in a transaction."""

    def fetch(self, subscription_id: str) -> Remote:
        """Return a subscription. Raises `GatewayError`."""

    def set_quantity(self, subscription_id: str, item_id: str, quantity: int, *, key: str) -> Remote:
        """Set how many seats an item has, and return the subscription after it. Raises `GatewayError`.

        The same `key` with the same arguments changes nothing a second time, for 24 hours.
        """

    def preview(self, subscription_id: str, item_id: str, quantity: int) -> Amount | None:
        """Return what is prorated if the quantity becomes this; None where it is not told in time. Raises nothing.

        Of this change alone, not of what waits for the next invoice already; 0 where nothing is prorated.
        """

    def names(self, subscription_id: str) -> Mapping[str, str]:
        """Return what is sold by each item that has a name, by its id; empty where it is not told. Raises nothing."""

    def prorated(self, customer_id: str, key: str, since: datetime) -> Amount | None:
        """Return what the change whose key begins with this was prorated at; None where it is not told. Raises nothing."""

    def dashboard_url(self, subscription_id: str, *, is_live: bool) -> str:
        """Return the address of the subscription's page for people."""

    def event(self, body: bytes, signature: str) -> Event:
        """Return what a webhook's body says. Raises `NotSigned`, or `ValueError` for a body that is none."""


class GatewayError(Exception):
    """The biller did not do what it was asked. `words` are for people, `code` is the biller's own."""

    def __init__(self, words: StrOrPromise, *, code: str = "", request_id: str = "") -> None:
        super().__init__(str(words))
        self.words, self.code, self.request_id = words, code, request_id


class Unavailable(GatewayError):
    """Nothing is known to have been done: too many requests, no connection, no answer. The same attempt is made again.

    `wait` is how many seconds the biller asked to wait, if it did.
    """

    def __init__(self, words: StrOrPromise, *, wait: float | None = None, **more: str) -> None:
        super().__init__(words, **more)
        self.wait = wait


class Broken(GatewayError):
    """The biller failed at it, and would say so of the same attempt again: look what it has before the next one."""


class ItemGone(GatewayError):
    """The subscription has no such item any more: its price was swapped, perhaps."""


class Permanent(GatewayError):
    """It will not heal by itself: canceled, deleted, a wrong key."""


class NotConfigured(Permanent):
    """There is no key, or no library, to ask the biller with."""


class NotSigned(Exception):
    """The body of a webhook does not carry the biller's signature, or one that is too old, or of the future."""


NOT_CONFIGURED = _("Stripe is not set up: see the documentation on billing.")


def get_gateway() -> Gateway:
    """Return the biller of the setting BILLING_GATEWAY. Raises `NotConfigured` where it cannot be asked."""
    made: Gateway = import_setting("BILLING_GATEWAY")()
    return made
