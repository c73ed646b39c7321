"""The shifts of an imported calendar, replaced as a whole by what was read."""

from __future__ import annotations

from datetime import datetime

from ..availability.calendars.matching import MatchedShift, match
from ..availability.calendars.reading import Read
from ..availability.loading import instant, stored
from ..models import ImportedCalendar, ImportedShift

_AT_ONCE = 500
Planned = frozenset[tuple[int, datetime, datetime]]
"""(member, begins, ends) of each shift."""


def put(calendar: ImportedCalendar, read: Read) -> int:
    """Match what was read with the members, and store it where it differs; returns how many shifts there are.

    In the caller's transaction, in which the organization is locked.
    """
    matched = match(calendar.organization, read.shifts)
    calendar.unmatched = [
        {"who": each.who, "summary": each.summary, "shifts": each.shifts} for each in matched.unmatched
    ]
    calendar.save(update_fields=["unmatched"])
    if {*matched.shifts} != {*_rows(calendar)}:
        calendar.shifts.all().delete()
        ImportedShift.objects.bulk_create(
            [
                ImportedShift(
                    calendar=calendar,
                    membership_id=each.membership_id,
                    starts_at=stored(each.begins),
                    ends_at=stored(each.ends),
                    summary=each.summary,
                )
                for each in matched.shifts
            ],
            batch_size=_AT_ONCE,
        )
    return len(matched.shifts)


def planned(calendar: ImportedCalendar, since: datetime, until: datetime) -> Planned:
    """Return the stored shifts that overlap with the time between two instants."""
    return frozenset(
        (each.membership_id, each.begins, each.ends)
        for each in _rows(calendar)
        if each.begins < until and each.ends > since
    )


def _rows(calendar: ImportedCalendar) -> list[MatchedShift]:
    rows = calendar.shifts.order_by().values_list("membership_id", "starts_at", "ends_at", "summary")
    return [MatchedShift(pk, instant(begins), instant(ends), summary) for pk, begins, ends, summary in rows]
