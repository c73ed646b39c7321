"""Local clocks, on the days too when they are put forward or back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

UTC = timezone.utc
_SECOND = timedelta(seconds=1)


# Rotations and schedules of an organization ask for the same few moments again and again.
@lru_cache(maxsize=2**13)
def first_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant at which clocks in the zone show `local` (naive) or something later.

    The one rule for daylight saving time: what should happen in a skipped hour happens when the clock jumps, and what
    should happen in a repeated hour happens the first time. So the instants keep the order of the local times.
    """
    at = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local:
        return at
    return _jump(local.replace(tzinfo=zone, fold=1).astimezone(UTC), at, zone)


def local_time(at: datetime, zone: ZoneInfo) -> datetime:
    """Return what clocks in the zone show at an instant, naive."""
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return when the zone's offset changes, which it does at a whole second: by halves."""
    old = before.astimezone(zone).utcoffset()
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    while after - before > _SECOND:
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
