"""How far Stripe's quantities are from the members: read, and nothing changed anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from ..models import Subscription
from . import choosing, debts, seats
from .gateway import Gateway, GatewayError, get_gateway

TROUBLED = Q(parked_at__isnull=False) | Q(failures__gt=0)
"""Parked, or failing and tried again."""


@dataclass(frozen=True)
class Row:
    """One subscription, beside its members."""

    organization: str
    """The slug."""
    wanted: int | None
    """Seats that the members take; None where the project's own function gave no number."""
    billed: int | None
    """At Stripe; None where it is not known."""
    status: str
    error: str = ""
    """Why the two could not be compared, or are not the same, in words."""

    @property
    def is_drift(self) -> bool:
        """Whether the two are known, and differ."""
        return not self.error and self.wanted != self.billed


def compare(subscriptions: QuerySet[Subscription]) -> Iterator[Row]:
    """Yield each with what Stripe has now: a request each. Raises `NotConfigured` where Stripe cannot be asked."""
    for subscription in debts.walk(subscriptions.select_related("organization")):
        yield _compared(get_gateway(), subscription)


def troubled(subscriptions: QuerySet[Subscription]) -> Iterator[Row]:
    """Yield those that are parked or fail, with the last error: nothing is asked."""
    for subscription in debts.walk(subscriptions.filter(TROUBLED).select_related("organization")):
        wanted, error = _wanted(subscription)
        slug = subscription.organization.slug
        yield Row(slug, wanted, subscription.billed, subscription.status, subscription.error or error)


def _compared(gateway: Gateway, subscription: Subscription) -> Row:
    slug, status = subscription.organization.slug, subscription.status
    billed, error = None, ""
    try:
        remote = gateway.fetch(subscription.subscription_id)
        status = remote.status
        if remote.has_ended:
            error = _("The subscription is canceled.")
        else:
            billed = choosing.seat_item(remote, subscription.item_id, subscription.price_id).quantity
    except GatewayError as failed:
        error = str(failed.words)
    wanted, problem = _wanted(subscription)  # after the request: what changed while it lasted is no drift
    return Row(slug, wanted, billed, status, error or problem)


def _wanted(subscription: Subscription) -> tuple[int | None, str]:
    try:
        return seats.wanted(subscription.organization), ""
    except ValueError as error:  # of a project's own function
        return None, str(error)
