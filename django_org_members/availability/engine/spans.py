"""Spans of time: pairs of aware datetimes, the end not included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

Interval = tuple[datetime, datetime]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the same time as few intervals, in order: those that overlap or touch become one."""
    result: list[Interval] = []
    for begins, ends in sorted(intervals):
        if result and begins <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], ends))
        else:
            result.append((begins, ends))
    return result


def clipped(intervals: Iterable[Interval], since: datetime, until: datetime) -> Iterator[Interval]:
    """Yield what lies between `since` and `until`; nothing that is empty."""
    for begins, ends in intervals:
        if begins < until and ends > since and begins < ends:
            yield max(begins, since), min(ends, until)


def contains(intervals: Iterable[Interval], at: datetime) -> bool:
    """Whether an instant lies in one of them."""
    return any(begins <= at < ends for begins, ends in intervals)


def edges(intervals: Iterable[Interval], since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield where they begin and end, after `since` and before `until`."""
    for interval in intervals:
        for edge in interval:
            if since < edge < until:
                yield edge
