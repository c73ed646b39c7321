"""Events of Stripe's: each is taken in once, and what it says is not believed.

An event only has the linked subscription be read again, so that it does not matter in which order events come, or how
late. Nothing is kept of the others: of types that were not asked for, and of subscriptions that are not linked.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from ..commits import in_one_transaction
from ..models import SeatChange, StripeEvent, Subscription
from . import claims, receivers, shapes
from .gateway import Event, get_gateway

UPDATED = "customer.subscription.updated"
EVENTS = (
    "customer.subscription.created",
    UPDATED,
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.pending_update_applied",
    "invoice.paid",
    "invoice.payment_failed",
)
"""What the endpoint is to be sent: all that status, quantity or period may change by. An update that waited for its payment
changes them when it is applied; when it expires (`pending_update_expired`) nothing does, nor by `trial_will_end`."""
KEPT = timedelta(days=60)
"""How long it is known that an event was taken in: Stripe sends one again for 3 days by itself, for 30 if asked to."""
_FORGOTTEN_AT_ONCE = 100


def opened(body: bytes, signature: str) -> Event:
    """Return the event that a webhook's body holds.

    Raises `NotConfigured` where there is nothing to check it with, `NotSigned`, and `ValueError` for what is no event.
    """
    event = get_gateway().event(body, signature)
    if not shapes.is_id(event.id):
        raise ValueError("Not an id.")
    return event


def take_in(event: Event) -> bool:
    """Have the subscription that an event is about be read again, after the commit. Returns whether it will be.

    It will not for an event that was taken in before, of a type that is not in EVENTS, of a subscription that is not
    linked, or that our own change caused. Makes a `StripeEvent` of what is about a linked one.
    """
    try:
        subscription_id = shapes.subscription_id(event.data) if event.type in EVENTS else ""
    except ValueError:
        return False
    return bool(subscription_id) and _take_in(event, subscription_id)


@in_one_transaction
def _take_in(event: Event, subscription_id: str) -> bool:
    found = Subscription.objects.filter(subscription_id=subscription_id).first()
    if found is None:
        return False
    # Of two deliveries at once, the second waits here for the first one's commit.
    _row, is_new = StripeEvent.objects.get_or_create(
        event_id=event.id, defaults={"type": event.type, "subscription_id": subscription_id}
    )
    if not is_new:
        return False
    _forget_old()
    if _is_our_own(found, event):
        return False
    claims.notice(found.pk)
    receivers.begin_after_commit(found.organization_id)
    return True


def _is_our_own(found: Subscription, event: Event) -> bool:
    """Whether an event tells of the change that is being made, or was made last: its answer says all that, and more.

    To read what one has just written would take half of the calls that there are in an hour. Other events that our own
    change causes, such as a payment that failed, are read like anybody's.
    """
    if event.type != UPDATED or not event.key or found.parked_at is not None:
        return False
    last = SeatChange.objects.filter(subscription=found).first()
    ours = {found.attempt_key, last.key if last is not None else ""} - {""}
    return any(event.key == key or event.key.startswith(f"{key}-") for key in ours)


def _forget_old() -> None:
    """Delete the oldest events that are not needed any more; what another delivery is just deleting is left to it."""
    old = StripeEvent.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    over = old.filter(received_at__lt=timezone.now() - KEPT).order_by("received_at")
    pks = list(over.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
    if pks:
        StripeEvent.objects.filter(pk__in=pks).delete()
