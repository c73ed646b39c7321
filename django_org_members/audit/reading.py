"""What is read of the audit trail: always of one organization, narrowed, the newest first, a page at a time.

A page begins where another one ended (keyset paging): nothing is counted, and no page is skipped. Each costs the same
at the first and at the millionth event:

- One of the four indexes is walked: all of the organization's events, those of one action, those that a person did
  and those done to that person (two walks, merged here: what `OR` asks for no index holds).
- What else is asked (words, an action of a person) is looked for near the start of the walk first, which serves what
  is common. What is not found there is rare: the database then looks for the matches, not along the walk.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Q

from ..keyset import NEWEST_FIRST, OLDEST_FIRST, Cursor, Page, beyond
from ..models import AuditEvent
from ..models.audit import AuditQuerySet
from ..models.ordering import hidden

LOOK_AT_LEAST = 4000
LOOK_TIMES = 20
"""How far the start of a walk reaches: so many events, or so many times what is wanted."""


@dataclass(frozen=True)
class Filter:
    """Which events are wanted; what is empty narrows nothing."""

    words: str = ""
    """Each in a name or an address, of who did it or to whom."""
    person: Any = None
    """The pk of a user: what they did, and what was done to them."""
    verb: str = ""
    since: datetime | None = None
    """Aware; included."""
    until: datetime | None = None
    """Aware; not included any more."""

    def __bool__(self) -> bool:
        return self != Filter()


def newest(organization_id: int, wanted: Filter, size: int) -> Page[AuditEvent]:
    """Return the newest events."""
    found = _found(organization_id, wanted, None, size + 1, newest_first=True)
    return Page(found[:size], has_older=len(found) > size)


def older(organization_id: int, wanted: Filter, size: int, cursor: Cursor) -> Page[AuditEvent]:
    """Return the newest of those that are older than the cursor."""
    found = _found(organization_id, wanted, cursor, size + 1, newest_first=True)
    return Page(found[:size], has_newer=True, has_older=len(found) > size)


def newer(organization_id: int, wanted: Filter, size: int, cursor: Cursor) -> Page[AuditEvent]:
    """Return the oldest of those that are newer than the cursor; the newest page where that would not be full."""
    found = _found(organization_id, wanted, cursor, size + 1, newest_first=False)
    if len(found) <= size:
        return newest(organization_id, wanted, size)
    return Page(found[size - 1 :: -1], has_newer=True, has_older=True)


def oldest(organization_id: int, wanted: Filter, size: int) -> Page[AuditEvent]:
    """Return the oldest events, the newest of them first."""
    found = _found(organization_id, wanted, None, size + 1, newest_first=False)
    return Page(found[:size][::-1], has_newer=len(found) > size)


def batches(organization_id: int, wanted: Filter, size: int = 1000) -> Iterator[list[AuditEvent]]:
    """Walk over all wanted events, the newest first: any number of them in the memory of one batch."""
    page = newest(organization_id, wanted, size)
    while page.events:
        yield page.events
        if page.older is None:
            return
        page = older(organization_id, wanted, size, page.older)


def about(organization_id: int, person: Any, size: int) -> list[AuditEvent]:
    """Return the newest of what was done to a user: one query."""
    return list(_all(organization_id).filter(user=person).order_by(*NEWEST_FIRST)[:size])


def told_since(organization_id: int, verb: str, people: Collection[Any], since: datetime) -> set[Any]:
    """Return the pks of those of these users to whom this was done since then: one query."""
    events = _all(organization_id).filter(verb=verb, user__in=people, created_at__gt=since)
    return set(events.order_by().values_list("user", flat=True))


def _all(organization_id: int) -> AuditQuerySet:
    return AuditEvent.objects.filter(organization=organization_id)


def _found(
    organization_id: int, wanted: Filter, cursor: Cursor | None, size: int, *, newest_first: bool
) -> list[AuditEvent]:
    """Return the first `size` on one side of the cursor: one query a walk, or up to three where more is asked."""
    events = _between(_all(organization_id), wanted)
    if cursor is not None:
        events = events.filter(beyond(cursor, newest_first=newest_first))
    order = NEWEST_FIRST if newest_first else OLDEST_FIRST
    walks = [_first(walk, rest, order, size) for walk, rest in _walks(events, wanted)]
    merged = merge(*walks, key=lambda event: (event.created_at, event.pk), reverse=newest_first)
    return list(islice({event.pk: event for event in merged}.values(), size))  # what one did to oneself came twice


def _between(events: AuditQuerySet, wanted: Filter) -> AuditQuerySet:
    if wanted.since is not None:
        events = events.filter(created_at__gte=wanted.since)
    if wanted.until is not None:
        events = events.filter(created_at__lt=wanted.until)
    return events


def _walks(events: AuditQuerySet, wanted: Filter) -> list[tuple[AuditQuerySet, Filter]]:
    """Return the walks along an index that lead to all wanted events, each with what it leaves to ask."""
    rest = Filter(words=wanted.words)
    if wanted.person is not None:
        rest = replace(rest, verb=wanted.verb)
        return [(events.filter(user=wanted.person), rest), (events.filter(actor=wanted.person), rest)]
    return [(events.filter(verb=wanted.verb) if wanted.verb else events, rest)]


def _first(walk: AuditQuerySet, rest: Filter, order: tuple[str, str], size: int) -> list[AuditEvent]:
    if not rest:
        return list(walk.order_by(*order)[:size])
    wanted, edge = _narrowed(walk, rest), _edge(walk, order, max(LOOK_AT_LEAST, LOOK_TIMES * size))
    near = wanted.filter(edge) if edge is not None else wanted
    found = list(near.order_by(*order)[:size])
    if edge is None or len(found) == size:
        return found
    key, last = order
    return list(wanted.order_by(hidden(key), last)[:size])


def _edge(walk: AuditQuerySet, order: tuple[str, str], look: int) -> Q | None:
    """Return the condition: among the first `look` of the walk; None where there are no more than that."""
    times = walk.order_by(*order).values_list("created_at", flat=True)
    at = next(iter(times[look : look + 1]), None)
    if at is None:
        return None
    return Q(created_at__gte=at) if order == NEWEST_FIRST else Q(created_at__lte=at)


def _narrowed(events: AuditQuerySet, rest: Filter) -> AuditQuerySet:
    if rest.verb:
        events = events.filter(verb=rest.verb)
    return events.matching(rest.words)
