"""Which subscriptions owe a sync, and since when a change is on its way to be settled.

Nothing is marked: a subscription owes while the count of its members is not the one that was settled, while the outcome
of an attempt is not known, or while there is a reason to look what Stripe has. The counters change in the transaction that
changes the members, so a debt is as durable as the change, whatever made it: services, plain saves, cascades, raw SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from ..models import Subscription
from . import seats

OPEN = Q(settled=None) | ~Q(attempt_key="") | ~Q(notices=F("noticed"))
"""What is owed whatever the members are."""
BATCH = 500
"""So many subscriptions are in memory at a time."""


def due(now: datetime, organizations: Iterable[Any] | None = None) -> list[int]:
    """Return the pks of the subscriptions to be synced now, of these organizations or of all; one query.

    Where a project's own function counts the seats, those that may owe: it is asked when one is claimed.
    """
    subscriptions = Subscription.objects.all()
    if organizations is not None:
        subscriptions = subscriptions.filter(organization__in=organizations)
    return list(ready(now, subscriptions).order_by("pk").values_list("pk", flat=True))


def ready(now: datetime, subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Narrow to those that owe, or may owe, and wait for nothing."""
    return owing(subscriptions.filter(Q(retry_at=None) | Q(retry_at__lte=now), parked_at=None))


def owing(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Narrow to those that owe, or may owe."""
    counted = seats.with_wanted(subscriptions)
    return subscriptions if counted is None else counted.filter(OPEN | ~Q(wanted=F("settled")))


def walk(subscriptions: QuerySet[Subscription]) -> Iterator[Subscription]:
    """Yield them by their pks, a batch in memory at a time, whatever is written to them meanwhile."""
    last = 0
    while batch := list(subscriptions.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk
