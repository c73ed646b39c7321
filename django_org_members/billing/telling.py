"""Owner and Admins are told of changed seats, and of a sync that is parked.

What is to be told stands in the database: a change without `told_at`, a parked subscription without `alerted_at`. It is
claimed before it is sent, so that it is told once, whoever does it; and what was settled by a process that died is told by
the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from .. import notifications
from ..accounts.adapter import get_adapter
from ..commits import in_one_transaction
from ..conf import settings
from ..models import Membership, Role, SeatChange, Subscription
from ..notifications.seats import SeatNews, Step
from . import debts, deeds, money
from .gateway import Amount, get_gateway

logger = logging.getLogger("django_org_members")

MOST_SINGLY = 10
"""So many settled changes that wait are told one by one; more, after a long silence, are told as a digest."""
MOST_AT_ONCE = 1000
_PARKED = Q(parked_at__isnull=False, alerted_at=None)


def tell(pk: int) -> None:
    """Tell what there is to tell of a `Subscription`, by its pk, as the setting SEAT_EMAILS has it. Not in a transaction.

    An alert is sent at once, whatever the setting. What fails when it is sent is logged, and not sent again.
    """
    subscription = Subscription.objects.select_related("organization").filter(pk=pk).first()
    if subscription is None:
        return
    _alert(subscription)
    if settings.SEAT_EMAILS == "none":
        _untold(pk).update(told_at=timezone.now())
    elif settings.SEAT_EMAILS != "daily":
        while changes := _take(pk, _first_or_all):
            _safely(partial(_send, subscription, changes))


def untold(subscriptions: QuerySet[Subscription] | None = None) -> Iterator[int]:
    """Yield the pks of those, of all or of these, of which `tell` has something to tell, or to mark as told."""
    waiting = _PARKED if settings.SEAT_EMAILS == "daily" else _PARKED | _has_untold()
    found = Subscription.objects.all() if subscriptions is None else subscriptions
    yield from (each.pk for each in debts.walk(found.filter(waiting).only("pk")))


def send_digests() -> int:
    """Send one e-mail for all that is untold of each organization; returns of how many there was something."""
    if settings.SEAT_EMAILS == "none":
        _all_untold().update(told_at=timezone.now())
        return 0
    told = 0
    for subscription in debts.walk(Subscription.objects.select_related("organization").filter(_has_untold())):
        changes = _take(subscription.pk, list)
        if changes:
            told += 1
            _safely(partial(_send_digest, subscription, changes))
    return told


# What is to be told


def _all_untold() -> QuerySet[SeatChange]:
    return SeatChange.objects.filter(told_at=None)


def _untold(pk: int) -> QuerySet[SeatChange]:
    return _all_untold().filter(subscription=pk)


def _has_untold() -> Q:
    return Q(Exists(_all_untold().filter(subscription=OuterRef("pk")).order_by()))


def _take(pk: int, chosen: Callable[[list[SeatChange]], list[SeatChange]]) -> list[SeatChange]:
    """Claim what is untold, the oldest first; empty where another worker was first."""
    return _claimed(pk, chosen) if _untold(pk).exists() else []


@in_one_transaction
def _claimed(pk: int, chosen: Callable[[list[SeatChange]], list[SeatChange]]) -> list[SeatChange]:
    # The lock under which changes are written, too. It is the first to be asked, so that what comes after it is seen.
    if Subscription.objects.select_for_update().filter(pk=pk).first() is None:
        return []
    rows = chosen(list(_untold(pk).order_by("pk")[:MOST_AT_ONCE]))
    _untold(pk).filter(pk__in=[row.pk for row in rows]).update(told_at=timezone.now())
    return rows


def _first_or_all(rows: list[SeatChange]) -> list[SeatChange]:
    """Choose what was settled at once: what was seen in Stripe, and what was made of it."""
    moments = {row.created_at for row in rows}
    return rows if len(moments) > MOST_SINGLY else [row for row in rows if row.created_at == rows[0].created_at]


def _alert(subscription: Subscription) -> None:
    waiting = Subscription.objects.filter(_PARKED, pk=subscription.pk)
    if subscription.parked_at is not None and waiting.update(alerted_at=timezone.now()):
        _safely(partial(_send_alert, subscription))


# Telling it


def _send(subscription: Subscription, changes: list[SeatChange]) -> None:
    if len({change.created_at for change in changes}) > 1:
        _send_digest(subscription, changes)
        return
    organization = subscription.organization
    notifications.seats_changed(_recipients(subscription), organization, _news(subscription, changes))


def _send_digest(subscription: Subscription, changes: list[SeatChange]) -> None:
    steps = [_step(change) for change in changes]
    notifications.seats_digest(_recipients(subscription), subscription.organization, steps)


def _send_alert(subscription: Subscription) -> None:
    notifications.seats_parked(_recipients(subscription), subscription.organization, subscription.error)


def _news(subscription: Subscription, changes: list[SeatChange]) -> SeatNews:
    """Return what to tell of changes that were settled at once: asks the audit log, and Stripe for the proration."""
    seen = next((each for each in changes if each.reason == SeatChange.Reason.SEEN), None)
    made = next((each for each in changes if each.reason != SeatChange.Reason.SEEN), None)
    news: dict[str, Any] = {"wanted": subscription.settled}
    if seen is not None:
        news["seen"] = _step(seen)
    if made is not None:
        news |= {"made": _step(made), "why": made.reason}
        amount = _prorated(subscription, made)
        if amount is not None:
            news |= {"prorated": amount.value, "in_words": partial(money.in_words, amount)}
    if made is not None and made.reason != SeatChange.Reason.REPAIRED:
        made.since = changes[0].since
        news["deeds"], news["more"] = deeds.of(made, subscription.organization_id)
    return SeatNews(**news)


def _step(change: SeatChange) -> Step:
    return Step(change.before, change.after, change.created_at)


def _prorated(subscription: Subscription, change: SeatChange) -> Amount | None:
    """Return the proration as Stripe tells it. Nothing that goes wrong with it is worth the e-mail."""
    if settings.SEAT_PRORATION == "none" or not change.key:
        return None
    try:
        sent_at = change.until or change.created_at
        return get_gateway().prorated(subscription.customer_id, change.key, sent_at)
    except Exception:
        logger.exception("What the seats of %s were prorated at is not known.", subscription.subscription_id)
        return None


def _recipients(subscription: Subscription) -> list[Any]:
    """Return the accounts of the Owner and the Admins who have their access, and an address."""
    managers = Membership.objects.active().filter(
        organization=subscription.organization_id, role__key__in=(Role.Key.OWNER, Role.Key.ADMIN)
    )
    users = [member.user for member in managers.select_related("user").order_by("pk")]
    return [user for user in users if user.is_active and get_adapter().email(user)]


def _safely(send: Callable[[], None]) -> None:
    try:
        send()
    except Exception:
        logger.exception("Owner and Admins could not be told of their seats.")
