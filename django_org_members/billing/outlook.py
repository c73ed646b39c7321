"""What a change of members means for the seats, told before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db import transaction

from ..conf import settings
from ..models import Organization, Subscription
from . import seats
from .gateway import ENDED, Amount, GatewayError, get_gateway


@dataclass
class Outlook:
    """From how many seats to how many, and what the subscription, if there is one, makes of it."""

    before: int
    after: int | None
    """None where a project's own function counts: it is asked afterwards."""
    subscription: Subscription | None

    @property
    def has_ended(self) -> bool:
        """Whether the subscription is over for good, so that seats cost nothing any more."""
        return self.subscription is not None and self.subscription.status in ENDED

    @property
    def is_stuck(self) -> bool:
        """Whether no seats are changed at the biller until somebody puts something right."""
        return self.subscription is not None and self.subscription.parked_at is not None

    @property
    def is_billed(self) -> bool:
        """Whether the biller is told of another number."""
        if self.subscription is None or self.has_ended or self.is_stuck:
            return False
        return self.after is not None and self.after not in (self.before, self.subscription.billed)

    @cached_property
    def amount(self) -> Amount | None:
        """What is prorated for it; None where the biller does not tell in time.

        Asks the biller once, when it is first read, and never in a transaction: a page reads it while it is rendered, which
        is after the transaction of its view, in projects that have each request in one, too.
        """
        found = self.subscription
        if found is None or self.after is None or _is_in_transaction():
            return None
        try:
            return get_gateway().preview(found.subscription_id, found.item_id, self.after)
        except GatewayError:  # not set up
            return None


def look_ahead(organization: Organization, *, members: int = 0, active: int = 0) -> Outlook:
    """Return what it means if there are so many more members, and active ones, or fewer: two queries."""
    before = seats.wanted(organization)
    more = {seats.MEMBERS: members, seats.ACTIVE: active}.get(settings.SEATS)
    return Outlook(
        before=before,
        after=None if more is None else before + more,
        subscription=Subscription.objects.filter(organization=organization).first(),
    )


def _is_in_transaction() -> bool:
    try:
        with transaction.atomic(durable=True):
            return False
    except RuntimeError:
        return True
