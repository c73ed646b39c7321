"""What is known of the subscription, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ...actions import Consequence
from ...billing import money
from ...billing.gateway import ENDED, Amount, Item
from ...conf import settings
from ...models import Subscription
from ...moments import moment

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_STATUSES = {
    "active": (gettext_lazy("Active"), "green"),
    "trialing": (gettext_lazy("In trial"), "blue"),
    "past_due": (gettext_lazy("A payment is past due"), "amber"),
    "unpaid": (gettext_lazy("Unpaid"), "red"),
    "incomplete": (gettext_lazy("Waits for the first payment"), "amber"),
    "incomplete_expired": (gettext_lazy("Ended: the first payment never came"), "red"),
    "paused": (gettext_lazy("Paused"), "gray"),
    "canceled": (gettext_lazy("Canceled"), "red"),
}
_COUNTED = {
    "members": gettext_lazy("one for each member, disabled ones too"),
    "active": gettext_lazy("one for each active member"),
}
_GONE = frozenset({"canceled", "incomplete_expired", "resource_missing"})
_NO_ITEM = frozenset({"metered", "no_item", "choose"})
_NO_KEY = frozenset({"not_configured", "AuthenticationError", "PermissionError", "api_key_expired"})


def status(found: Subscription) -> tuple[StrOrPromise, str]:
    """Return the status in words, and the color of its badge."""
    return _STATUSES.get(found.status, (found.status or _("Unknown"), "gray"))


def counted() -> StrOrPromise:
    """Return what counts as a seat."""
    return _COUNTED.get(settings.SEATS, _("as this project counts them"))


def owes(found: Subscription, wanted: int) -> bool:
    """Whether Stripe is to be told, or asked, of anything: a change there that is only reported is no such thing."""
    return bool(found.attempt_key) or found.must_read or wanted != found.settled


def owed(found: Subscription, wanted: int) -> str:
    """Return what is to be changed at Stripe, or that somebody changed it there; empty where both are the same."""
    if found.status in ENDED:
        return _("Nothing: the subscription has ended.")
    if found.attempt_key:
        return _("The last change was sent, and its outcome is not known yet: it is sent again, and counts only once.")
    difference = wanted - (found.billed or 0)
    if found.billed is None or not difference:
        return _("Stripe is to be asked what it has.") if owes(found, wanted) else ""
    if not owes(found, wanted):
        return _("Nothing: the number was changed in Stripe, which is only reported here.")
    if difference > 0:
        words = ngettext(
            "{count} seat is to be added at Stripe.", "{count} seats are to be added at Stripe.", difference
        )
    else:
        words = ngettext(
            "{count} seat is to be removed at Stripe.", "{count} seats are to be removed at Stripe.", -difference
        )
    return words.format(count=formats.localize(abs(difference)))


def what_to_do(found: Subscription) -> str:
    """Return how somebody gets a parked subscription going again."""
    if found.error_code in _GONE:
        return _("Link another subscription, or unlink this one.")
    if found.error_code in _NO_ITEM:
        return _(
            "Correct the subscription's items at Stripe, then press Sync Now; or link it again, and choose the item."
        )
    if found.error_code in _NO_KEY:
        return _("Whoever runs the server corrects the API key; then press Sync Now.")
    return _("Correct it at Stripe, then press Sync Now.")


@dataclass(frozen=True)
class Told:
    """What came of a sync: a sentence, and how to take it."""

    words: str
    level: str
    """`success`, `info` or `error`: a function of `django.contrib.messages`."""


def outcome(found: Subscription, wanted: int, now: datetime, synced_before: datetime | None) -> Told:
    """Return what came of a sync that was asked for at `now`, when the last one had been at `synced_before`."""
    if found.parked_at is not None:
        return Told(f"{found.error} {what_to_do(found)}", "error")
    if found.error and found.retry_at is not None:  # without it, the error is one from before
        return Told(_("{error} It is tried again by itself.").format(error=found.error), "error")
    if found.retry_at is not None:
        return Told(_("Stripe was asked to change the seats too often in the last hour: it goes on by itself."), "info")
    if found.synced_at is None or found.synced_at == synced_before or owes(found, wanted):
        if found.leased_until is not None and found.leased_until > now:
            return Told(_("Another sync is going on; it looks again when it is done."), "info")
        return Told(_("The sync has begun. Look again in a moment."), "info")
    words = ngettext("Synced: Stripe bills {count} seat.", "Synced: Stripe bills {count} seats.", found.billed or 0)
    return Told(words.format(count=formats.localize(found.billed or 0)), "success")


def unlink_consequences(found: Subscription, wanted: int) -> list[Consequence]:
    """Return what becomes of the members, of the subscription at Stripe, and of the history."""
    count = found.billed or 0
    goes_on = ngettext(
        "At Stripe nothing changes: the subscription goes on with {count} seat, until it is changed there.",
        "At Stripe nothing changes: the subscription goes on with {count} seats, until it is changed there.",
        count,
    )
    has_ended = found.status in ENDED
    at_stripe = _("At Stripe nothing changes: the subscription has ended there.") if has_ended else goes_on
    missed = "" if has_ended else _given_up(found, wanted)
    return [
        Consequence(
            _("Members can be added and removed freely; their number is not told to Stripe any more."), "users"
        ),
        Consequence(at_stripe.format(count=formats.localize(count)), "card"),
        *([Consequence(missed, "alert")] if missed else []),
        Consequence(_("The history of the seats is deleted. The audit log keeps who linked what."), "clock"),
    ]


def _given_up(found: Subscription, wanted: int) -> str:
    """Return what is not done any more once it is unlinked; empty where nothing was to be done."""
    if found.attempt_key:
        return _(
            "The last change was sent, and its outcome is not known: Stripe may have made it. It is not sent again."
        )
    if not owes(found, wanted):
        return ""
    return _("What is owed is given up: {owed}").format(owed=owed(found, wanted))


def item_facts(item: Item) -> str:
    """Return price, interval and quantity of an item: "20.00 USD per month · 5 now"."""
    if item.unit_amount is None or not item.currency:
        price = _("price by tiers")
    else:
        amount = money.in_words(Amount(item.unit_amount, item.currency))
        price = _("{amount} {interval}").format(amount=amount, interval=_interval(item))
    if item.quantity is None:
        return price
    now = _("{count} now").format(count=formats.localize(item.quantity))
    return f"{price} · {now}"


def _interval(item: Item) -> str:
    count = item.interval_count
    words = {
        "day": ngettext("per day", "per {count} days", count),
        "week": ngettext("per week", "per {count} weeks", count),
        "month": ngettext("per month", "per {count} months", count),
        "year": ngettext("per year", "per {count} years", count),
    }
    return words.get(item.interval, "").format(count=formats.localize(count))


def period(found: Subscription) -> StrOrPromise:
    """Return until when the period lasts, and whether the subscription ends with it; empty where it is not known, or over."""
    if found.period_ends_at is None or found.status in ENDED:
        return ""
    words = (
        _("The subscription ends on {when}.")
        if found.ends_at_period_end
        else _("Until {when}, then the next one begins.")
    )
    return format_html(words, when=moment(found.period_ends_at))
