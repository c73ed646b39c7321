"""Pages of rows in the order of time, each beginning where another one ended: nothing is counted, no page is skipped.

Where a page begins stands in an address, which anybody may write: it is a time and a number, and whose rows are shown
is no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet

from .numbers import LARGEST_ID, whole_number

BEFORE, AFTER = "before", "after"
"""The parameters of an address: rows older, or newer, than a cursor."""
OLDEST = "start"
"""As the value of AFTER: the last page."""
NEWEST_FIRST, OLDEST_FIRST = ("-created_at", "-id"), ("created_at", "id")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
LATEST = (datetime(9000, 1, 1, tzinfo=timezone.utc) - _EPOCH) // _MICROSECOND
"""The largest time of a cursor, in microseconds: far from the end of all dates."""

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Cursor:
    """A place between two rows: right beside the one with this time and pk."""

    at: datetime
    id: int

    @classmethod
    def of(cls, row: Any) -> Cursor:
        """Return the place of a row."""
        return cls(row.created_at, row.pk)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, the newest first, and whether there are more on either side."""

    events: list[Row]
    has_newer: bool = False
    has_older: bool = False

    @property
    def newer(self) -> Cursor | None:
        """Where the page of newer rows ends."""
        return Cursor.of(self.events[0]) if self.events and self.has_newer else None

    @property
    def older(self) -> Cursor | None:
        """Where the page of older rows begins."""
        return Cursor.of(self.events[-1]) if self.events and self.has_older else None

    @property
    def newer_query(self) -> str:
        """The query of the address of the page of newer rows."""
        return f"{AFTER}={written(self.newer)}"

    @property
    def older_query(self) -> str:
        """The query of the address of the page of older rows."""
        return f"{BEFORE}={written(self.older)}"


def page(rows: QuerySet[Row], size: int, address: Mapping[str, str]) -> Page[Row]:
    """Return the page that the address asks for: one query, or two; the newest for one that makes no sense."""
    if before := read(address.get(BEFORE, "")):
        found = list(rows.filter(beyond(before, newest_first=True)).order_by(*NEWEST_FIRST)[: size + 1])
        if found:
            return Page(found[:size], has_newer=True, has_older=len(found) > size)
    after = read(address.get(AFTER, ""))
    if after or address.get(AFTER) == OLDEST:
        newer = rows.filter(beyond(after, newest_first=False)) if after else rows
        found = list(newer.order_by(*OLDEST_FIRST)[: size + 1])
        if len(found) > size:
            return Page(found[size - 1 :: -1], has_newer=True, has_older=after is not None)
    found = list(rows.order_by(*NEWEST_FIRST)[: size + 1])
    return Page(found[:size], has_older=len(found) > size)


def beyond(cursor: Cursor, *, newest_first: bool) -> Q:
    """Return the condition: beyond the cursor. The first part is what an index begins at; the second tells ties apart."""
    if newest_first:
        return Q(created_at__lte=cursor.at) & (Q(created_at__lt=cursor.at) | Q(id__lt=cursor.id))
    return Q(created_at__gte=cursor.at) & (Q(created_at__gt=cursor.at) | Q(id__gt=cursor.id))


def written(cursor: Cursor | None) -> str:
    """Return the cursor as text: microseconds, and the pk."""
    if cursor is None:
        return ""
    at = cursor.at if cursor.at.tzinfo else cursor.at.replace(tzinfo=timezone.utc)  # naive: a project without USE_TZ
    return f"{(at - _EPOCH) // _MICROSECOND}-{cursor.id}"


def read(text: str) -> Cursor | None:
    """Return the cursor that the text is; None for anything else."""
    time, _, key = text.partition("-")
    microseconds, pk = whole_number(time, largest=LATEST), whole_number(key, largest=LARGEST_ID)
    if microseconds is None or pk is None:
        return None
    at = _EPOCH + microseconds * _MICROSECOND
    return Cursor(at if settings.USE_TZ else at.replace(tzinfo=None), pk)
