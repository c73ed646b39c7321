"""How sign-in activity leaves: when it is older than somebody decided to keep it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ..models import LoginEvent

if TYPE_CHECKING:
    from django.db.models import QuerySet

BATCH = 1000


def count(before: datetime) -> int:
    """Return how many events `prune` would delete."""
    return sum(_old(before, succeeded=succeeded).count() for succeeded in (True, False))


def prune(before: datetime, *, batch: int = BATCH) -> int:
    """Delete the events from before a moment (aware), of everybody and of unknown names; returns how many.

    In batches along the index on result and time, the oldest first, each a transaction of its own: sign-ins go on
    meanwhile, and running it again does the rest of what was stopped.
    """
    deleted = 0
    for succeeded in (True, False):
        done = batch
        while done == batch:
            done = _prune(before, batch, succeeded=succeeded)
            deleted += done
    return deleted


def _prune(before: datetime, batch: int, *, succeeded: bool) -> int:
    ids = list(_old(before, succeeded=succeeded).order_by("created_at", "id").values_list("pk", flat=True)[:batch])
    if ids:
        LoginEvent.objects.filter(pk__in=ids).delete()
    return len(ids)


def _old(before: datetime, *, succeeded: bool) -> QuerySet[LoginEvent]:
    return LoginEvent.objects.filter(succeeded=succeeded, created_at__lt=before)
