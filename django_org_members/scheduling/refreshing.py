"""Imported calendars are read again: now and then, one by one, each by one process at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..availability.calendars import reading
from ..availability.calendars.fetching import fetch
from ..availability.calendars.limits import decoded
from ..availability.calendars.problems import CalendarProblem
from ..availability.loading import instant
from ..commits import in_one_transaction
from ..conf import settings
from ..models import AuditEvent, ImportedCalendar, Organization
from ..policy import Judge, Permission
from ..tasks import task
from .changes import record
from .imported import planned, put

logger = logging.getLogger("django_org_members")

REST = timedelta(seconds=30)
"""How long a calendar is left alone after a try began: longer than one lasts."""


@dataclass(frozen=True)
class Refreshed:
    """What became of one try."""

    error: str = ""
    """As it is stored (see `availability.calendars.problems.in_words`)."""
    is_busy: bool = False
    """Whether nothing was done, because another try has just begun."""
    has_changed: bool = False
    """Whether something is planned otherwise now."""


@dataclass(frozen=True)
class _Outcome:
    document: str | None
    """None: the same as before."""
    validator: str
    read: reading.Read | None
    error: str


def refresh_calendar(*, calendar: ImportedCalendar, actor: Any = None) -> Refreshed:
    """Read an imported calendar again, and replace its shifts in one transaction.

    A failure changes nothing but the error: the shifts that were read last stay. `actor` None is the clock; for anybody
    else raises `Refused` without the permission `manage_availability`. Writes an audit event and sends
    `availability_changed` only where something is planned otherwise, or where reading begins or ceases to fail. Takes up to
    20 seconds of network, before the transaction: not to be called in one.
    """
    if actor is not None:
        Judge(actor, calendar.organization).may(Permission.MANAGE_AVAILABILITY).require()
    now = timezone.now()
    free = Q(tried_at=None) | Q(tried_at__lte=now - REST)
    if not ImportedCalendar.objects.filter(free, pk=calendar.pk).update(tried_at=now):
        return Refreshed(is_busy=True)
    claimed = ImportedCalendar.objects.select_related("organization").filter(pk=calendar.pk).first()
    if claimed is None:  # removed just now
        return Refreshed(is_busy=True)
    return _store(claimed, _read(claimed, now), now, actor)


def due(at: datetime, *, every: bool = False) -> list[int]:
    """Return the calendars that were not tried for CALENDAR_REFRESH, or every one: the oldest first."""
    rows = ImportedCalendar.objects.order_by(F("tried_at").asc(nulls_first=True), "pk")
    if not every:
        rows = rows.filter(Q(tried_at=None) | Q(tried_at__lte=at - settings.CALENDAR_REFRESH))
    return list(rows.values_list("pk", flat=True))


@dataclass
class Tally:
    """How many calendars were read, could not be, and were left to another process."""

    read: int = 0
    failed: int = 0
    busy: int = 0


def refresh_all(calendars: Iterable[int]) -> Tally:
    """Refresh these calendars, by their pks; what fails with one is no matter to the others."""
    tally = Tally()
    for pk in calendars:
        calendar = ImportedCalendar.objects.defer("document").select_related("organization").filter(pk=pk).first()
        if calendar is None:
            continue
        try:
            done = refresh_calendar(calendar=calendar)
        except Exception:
            logger.exception("The imported calendar %s could not be refreshed.", pk)
            tally.failed += 1
        else:
            tally.busy += done.is_busy
            tally.failed += bool(done.error)
            tally.read += not done.is_busy and not done.error
    return tally


@task
def refresh_one(calendar_id: int) -> None:
    """Refresh one calendar in the background."""
    refresh_all([calendar_id])


@task
def refresh_due() -> None:
    """Refresh in the background what is due; for schedulers that run tasks."""
    refresh_all(due(timezone.now()))


@sensitive_variables()
def _read(calendar: ImportedCalendar, now: datetime) -> _Outcome:
    """Ask the network, and parse. A file, and a calendar that has not changed, are read again: the window moves."""
    document, validator = None, calendar.etag
    try:
        if calendar.url:
            fetched = fetch(calendar.url, validator if calendar.document else "")
            if fetched.content is not None:
                document, validator = decoded(fetched.content), fetched.validator
        text = calendar.document if document is None else document
        found = reading.read(text, zone=calendar.organization.zone, at=instant(now))
    except CalendarProblem as problem:
        return _Outcome(None, calendar.etag, None, problem.stored)
    return _Outcome(document, validator, found, "")


@in_one_transaction
def _store(claimed: ImportedCalendar, outcome: _Outcome, now: datetime, actor: Any) -> Refreshed:
    """Store what was read, unless somebody has tried again, edited or removed the calendar meanwhile."""
    organization = Organization.objects.locked(claimed.organization_id)
    calendar = ImportedCalendar.objects.filter(pk=claimed.pk, tried_at=claimed.tried_at).first()
    if calendar is None:
        return Refreshed(is_busy=True)
    calendar.organization = organization
    details: dict[str, Any] = {}
    if bool(calendar.error) != bool(outcome.error):
        details["calendar_error"] = [calendar.error, outcome.error]
    has_changed = _replace(calendar, outcome, now, details) if outcome.read is not None else False
    calendar.error = outcome.error
    calendar.save(update_fields=["document", "etag", "read_at", "error"])
    if details:
        record(Judge(actor, organization), AuditEvent.Verb.CALENDAR_EDITED, calendar.name, details)
    return Refreshed(error=outcome.error, has_changed=has_changed)


def _replace(calendar: ImportedCalendar, outcome: _Outcome, now: datetime, details: dict[str, Any]) -> bool:
    if outcome.read is None:
        return False
    # What the moving window adds at its end is no change of plans.
    since, until = instant(now), instant(calendar.read_at or now) + reading.AHEAD
    before = planned(calendar, since, until)
    put(calendar, outcome.read)
    if outcome.document is not None:
        calendar.document, calendar.etag = outcome.document, outcome.validator
    calendar.read_at = now
    after = planned(calendar, since, until)
    if before == after:
        return False
    details["calendar_shifts"] = [len(before), len(after)]
    return True
