"""How long to wait after a failure, and how often Stripe is asked to change one subscription."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from ..models import Subscription

FIRST, LONGEST = timedelta(seconds=5), timedelta(hours=1)
BURST, AN_HOUR = 60, 120
"""Changes that may be sent at once, and how many more an hour: never more than 180 in any hour. Stripe takes 200."""


def delay(failures: int, wait: float | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row: twice as long each time, up to an hour, with jitter.

    Not less than the seconds that Stripe asked for. Half of the time is chance, so that many do not come back at once.
    """
    longest: timedelta = min(LONGEST, FIRST * 2 ** min(max(failures - 1, 0), 20))
    chosen = longest * random.uniform(0.5, 1)  # noqa: S311
    return max(chosen, timedelta(seconds=wait)) if wait is not None else chosen


def take_call(subscription: Subscription, now: datetime) -> datetime | None:
    """Count one change in; returns from when on it may be sent where there were too many, else None.

    A bucket of BURST calls that fills again by AN_HOUR; a clock that was put back does not fill it twice. Changes the fields
    of the object and saves nothing.
    """
    left, counted_at = float(BURST), subscription.calls_counted_at
    if counted_at is not None:
        hours = max((now - counted_at) / timedelta(hours=1), 0.0)
        left = min(left, subscription.calls_left + hours * AN_HOUR)
    if left < 1:
        return max(now, counted_at or now) + timedelta(hours=(1 - left) / AN_HOUR)
    subscription.calls_left, subscription.calls_counted_at = left - 1, max(now, counted_at or now)
    return None


def give_call_back(subscription: Subscription) -> None:
    """Count one change out that was not sent after all. Changes a field of the object and saves nothing."""
    subscription.calls_left = min(subscription.calls_left + 1, float(BURST))
