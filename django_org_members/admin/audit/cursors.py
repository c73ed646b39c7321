"""Where a page of the log begins or ends, as it stands in an address that anybody may write."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django.conf import settings
from django.http import QueryDict

from ...audit import reading
from ...audit.reading import Cursor, Filter, Page
from ...numbers import LARGEST_ID, whole_number

BEFORE, AFTER = "before", "after"
OLDEST = "start"
"""As the value of AFTER: the last page."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)
_LATEST = (datetime(9000, 1, 1, tzinfo=timezone.utc) - _EPOCH) // _MICROSECOND


def written(cursor: Cursor | None) -> str:
    """Return the cursor as text: microseconds, and the pk."""
    if cursor is None:
        return ""
    at = cursor.at if cursor.at.tzinfo else cursor.at.replace(tzinfo=timezone.utc)  # naive: a project without USE_TZ
    return f"{(at - _EPOCH) // _MICROSECOND}-{cursor.id}"


def read(text: str) -> Cursor | None:
    """Return the cursor that the text is; None for anything else."""
    time, _, key = text.partition("-")
    microseconds, pk = whole_number(time, largest=_LATEST), whole_number(key, largest=LARGEST_ID)
    if microseconds is None or pk is None:
        return None
    at = _EPOCH + microseconds * _MICROSECOND
    return Cursor(at if settings.USE_TZ else at.replace(tzinfo=None), pk)


def page(organization_id: int, wanted: Filter, size: int, address: QueryDict) -> Page:
    """Return the page that the address asks for; the newest for one that makes no sense."""
    if before := read(address.get(BEFORE, "")):
        return reading.older(organization_id, wanted, size, before)
    if after := read(address.get(AFTER, "")):
        return reading.newer(organization_id, wanted, size, after)
    if address.get(AFTER) == OLDEST:
        return reading.oldest(organization_id, wanted, size)
    return reading.newest(organization_id, wanted, size)
