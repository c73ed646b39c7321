"""Lets the time of the next try come, without waiting for it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from django_org_members.billing.sync import sync
from django_org_members.models import Subscription


def let_time_pass(pk):
    """The next try is due, a lease is over, and calls may be made again."""
    now = timezone.now()
    rows = Subscription.objects.filter(pk=pk)
    rows.filter(retry_at__gt=now).update(retry_at=now)
    rows.filter(leased_until__gt=now).update(leased_until=now)
    rows.filter(calls_left__lt=10).update(calls_left=10, calls_counted_at=now - timedelta(hours=1))


def sync_until_quiet(pk, rounds=8):
    """Sync whenever it is time to; returns the `Subscription` when nothing waits any more."""
    for _ in range(rounds):
        sync(pk)
        found = Subscription.objects.get(pk=pk)
        if found.retry_at is None and not found.lease:
            return found
        let_time_pass(pk)
    raise AssertionError(f"It does not come to rest: {found.error}")
