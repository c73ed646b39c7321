"""The page of the log that an address asks for."""

from __future__ import annotations

from django.http import QueryDict

from ...audit import reading
from ...audit.reading import Filter
from ...keyset import AFTER, BEFORE, OLDEST, Page, read, written
from ...models import AuditEvent

__all__ = ["AFTER", "BEFORE", "OLDEST", "page", "read", "written"]


def page(organization_id: int, wanted: Filter, size: int, address: QueryDict) -> Page[AuditEvent]:
    """Return the page that the address asks for; the newest for one that makes no sense."""
    if before := read(address.get(BEFORE, "")):
        return reading.older(organization_id, wanted, size, before)
    if after := read(address.get(AFTER, "")):
        return reading.newer(organization_id, wanted, size, after)
    if address.get(AFTER) == OLDEST:
        return reading.oldest(organization_id, wanted, size)
    return reading.newest(organization_id, wanted, size)
