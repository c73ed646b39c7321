"""Calendars of other systems: added, edited and removed. The address is a secret, and in no event and no message."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..accounts.identity import clean_name
from ..availability.calendars.fetching import LONGEST_ADDRESS, MOST_BYTES, checked_address, fetch, masked
from ..availability.calendars.limits import decoded
from ..availability.calendars.problems import CalendarProblem, in_words
from ..availability.calendars.reading import Read, read
from ..availability.loading import instant
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, ImportedCalendar, Organization
from ..policy import Judge, Permission
from .changes import judge_of, record
from .imported import put

MOST_CALENDARS = 20
"""In one organization."""
_NAME_LENGTH = 80
_NOTHING: tuple[str, str, Read | None] = "", "", None


@sensitive_variables()
def add_calendar(
    *, actor: Any, organization: Organization, name: str, url: str = "", document: bytes | None = None
) -> ImportedCalendar:
    """Import the calendar at an address, or one that is handed in as a file of at most 5 MB.

    It is read at once, before anything is stored: a calendar that cannot be read is not added, and raises `ValidationError`
    at `url` or `document`. So do both, or neither, of them; a name that is missing, taken or too long, at `name`; and the
    21st calendar. Raises `Refused` without the permission `manage_availability`. Writes an audit event and sends
    `availability_changed`. Takes up to 20 seconds: not to be called in a transaction.
    """
    Judge(actor, organization).may(Permission.MANAGE_AVAILABILITY).require()
    name = _checked_name(organization, name)
    if bool(url) == (document is not None):
        raise field_error("url", _("Enter an address, or choose a file."), "either")
    source = _from_file(document, organization) if document is not None else _from_address(url, organization)
    return _add(actor, organization, name, source, _normal(url))


@sensitive_variables()
def edit_calendar(
    *, actor: Any, calendar: ImportedCalendar, name: str, url: str = "", document: bytes | None = None
) -> ImportedCalendar:
    """Rename a calendar and, with `url` or `document`, have it read from there from now on; else its source stays.

    What is new is read before anything is stored; raises, writes and sends as `add_calendar` does, and raises
    `ImportedCalendar.DoesNotExist` if it was removed meanwhile.
    """
    organization = calendar.organization
    Judge(actor, organization).may(Permission.MANAGE_AVAILABILITY).require()
    name = _checked_name(organization, name, calendar)
    if url and document is not None:
        raise field_error("url", _("Enter an address, or choose a file."), "either")
    source = _NOTHING
    if document is not None:
        source = _from_file(document, organization)
    elif url:
        source = _from_address(url, organization)
    return _edit(actor, calendar, name, source, _normal(url))


@in_one_transaction
def remove_calendar(*, actor: Any, calendar: ImportedCalendar) -> bool:
    """Remove a calendar with its shifts; returns whether it was there.

    Raises `Refused` without the permission. Writes an audit event and sends `availability_changed`.
    """
    judge = judge_of(actor, calendar.organization)
    found = ImportedCalendar.objects.defer("document").filter(pk=calendar.pk, organization=judge.organization).first()
    if found is None:
        return False
    details = {"calendar_shifts": found.shifts.count()}
    found.delete()
    record(judge, AuditEvent.Verb.CALENDAR_REMOVED, found.name, details)
    return True


@in_one_transaction
@sensitive_variables()
def _add(
    actor: Any, organization: Organization, name: str, source: tuple[str, str, Read | None], url: str
) -> ImportedCalendar:
    judge = judge_of(actor, organization)
    if ImportedCalendar.objects.filter(organization=judge.organization).count() >= MOST_CALENDARS:
        text = _("There are %(most)d calendars already. Remove one that is not used any more.")
        raise field_error("name", text, "too_many", most=MOST_CALENDARS)
    calendar = ImportedCalendar(organization=judge.organization, name=_checked_name(judge.organization, name))
    shifts = _save(calendar, source, url)
    details = {"server": masked(url) if url else "", "calendar_shifts": shifts}
    record(judge, AuditEvent.Verb.CALENDAR_ADDED, calendar.name, details)
    return calendar


@in_one_transaction
@sensitive_variables()
def _edit(
    actor: Any, calendar: ImportedCalendar, name: str, source: tuple[str, str, Read | None], url: str
) -> ImportedCalendar:
    judge = judge_of(actor, calendar.organization)
    found = ImportedCalendar.objects.get(pk=calendar.pk, organization=judge.organization)
    details: dict[str, Any] = {}
    if found.name != name:
        details["name"], found.name = [found.name, _checked_name(judge.organization, name, found)], name
    if source[2] is not None:
        details["server"] = masked(url) if url else ""
        details["calendar_shifts"] = [found.shifts.count(), _save(found, source, url)]
    elif details:
        found.save(update_fields=["name"])
    if details:
        record(judge, AuditEvent.Verb.CALENDAR_EDITED, found.name, details)
    return found


def _save(calendar: ImportedCalendar, source: tuple[str, str, Read | None], url: str) -> int:
    """Save what was just read, and its shifts; returns how many they are."""
    calendar.document, calendar.etag, read_ = source
    calendar.url, calendar.error = url, ""
    calendar.tried_at = calendar.read_at = timezone.now()
    calendar.save()
    if read_ is None:
        raise ValueError("Nothing was read.")
    return put(calendar, read_)


@sensitive_variables()
def _from_address(url: str, organization: Organization) -> tuple[str, str, Read | None]:
    """Return the text, its validator and what it says. The network comes before any transaction."""
    try:
        fetched = fetch(url)
        text = decoded(fetched.content or b"")
        return text, fetched.validator, read(text, zone=organization.zone, at=instant(timezone.now()))
    except CalendarProblem as problem:
        raise field_error("url", in_words(problem.stored), problem.code) from None


def _from_file(document: bytes, organization: Organization) -> tuple[str, str, Read | None]:
    if len(document) > MOST_BYTES:
        raise field_error("document", in_words("size"), "size")
    try:
        text = decoded(document)
        return text, "", read(text, zone=organization.zone, at=instant(timezone.now()))
    except CalendarProblem as problem:
        raise field_error("document", in_words(problem.stored), problem.code) from None


def _normal(url: str) -> str:
    return checked_address(url) if url else ""


def _checked_name(organization: Organization, name: str, calendar: ImportedCalendar | None = None) -> str:
    name = clean_name(name, field="name", limit=_NAME_LENGTH)
    others = ImportedCalendar.objects.filter(organization=organization, name=name)
    if calendar is not None:
        others = others.exclude(pk=calendar.pk)
    if others.exists():
        raise field_error("name", _("There is a calendar of this name already."), "unique")
    return name


__all__ = ["LONGEST_ADDRESS", "MOST_BYTES", "MOST_CALENDARS", "add_calendar", "edit_calendar", "remove_calendar"]
