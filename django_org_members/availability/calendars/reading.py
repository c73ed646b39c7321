"""From the text of a calendar to shifts: recurring events unfolded, in a window, within limits of number and time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from ...models.text import normalized_email
from ..engine import first_moment
from ..engine.clock import UTC
from ..loading import days
from . import is_installed, limits
from .problems import CalendarProblem

BEHIND, AHEAD = timedelta(days=30), timedelta(days=180)
"""The window that shifts are read of."""
MOST_SHIFTS = 5_000
MOST_SECONDS = 10.0
"""Beside the parsing itself, whose cost the limits of `limits.checked` bound."""
LONGEST_SUMMARY = 200
_LONGEST_TEXT = 5_000
"""How much of a description is looked through."""
_LONGEST_ADDRESS = 500
"""With any number of `mailto:` before it, each of which is taken off by itself."""
_MOST_PEOPLE = 50
_OLDEST_HOURLY = timedelta(days=2 * 365)
_EMAIL = re.compile(r"[A-Za-z0-9][\w.+'-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}", re.ASCII)
_EDGE = timedelta(days=400)


@dataclass(frozen=True)
class ReadShift:
    """One occurrence of an event, and whom it names."""

    begins: datetime
    ends: datetime
    """Both in UTC."""
    summary: str = ""
    attendees: tuple[str, ...] = ()
    """E-mail addresses, as they are written."""
    organizer: str = ""
    mentioned: tuple[str, ...] = ()
    """Addresses in the summary, or else in the description."""


@dataclass(frozen=True)
class Read:
    """What a calendar says of the window."""

    shifts: tuple[ReadShift, ...]
    since: datetime
    until: datetime


def read(text: str, *, zone: ZoneInfo, at: datetime) -> Read:
    """Return the shifts between 30 days before and 180 days after an instant, whole ones.

    `zone` is for days and times that are in no zone, where the calendar names none (`X-WR-TIMEZONE`). What is cancelled,
    empty, or names only people who have declined is left out; an event that only shows time as free counts, as people on
    call are free. Raises `CalendarProblem`.
    """
    if not is_installed():
        raise CalendarProblem("missing")
    text = limits.checked(text)
    since, until = at.astimezone(UTC) - BEHIND, at.astimezone(UTC) + AHEAD
    try:
        calendar = _parsed(text)
        default = _zone_of(calendar) or zone
        found = [_shift(event, default) for event in _events(calendar, since, until)]
    except CalendarProblem:
        raise
    except Exception:  # noqa: BLE001 - a parser meets whatever strangers write
        raise CalendarProblem("broken") from None
    if sum(_weight(each) for each in found if each is not None) > MOST_SHIFTS:
        raise CalendarProblem("shifts")
    shifts = sorted(
        {each for each in found if each is not None}, key=lambda each: (each.begins, each.ends, each.summary)
    )
    return Read(tuple(each for each in shifts if each.ends > since and each.begins < until), since, until)


def _parsed(text: str) -> Any:
    from icalendar import Calendar

    calendar = Calendar.from_ical(text)
    calendar.subcomponents = [each for each in calendar.subcomponents if _is_usable(each)]
    return calendar


def _is_usable(component: Any) -> bool:
    """Whether it may stay: events need a beginning, and the other kinds are not read. Time zones are."""
    if component.name == "VTIMEZONE":
        return True
    if component.name != "VEVENT" or component.get("DTSTART") is None:
        return False
    rule = component.get("RRULE")
    if rule is not None and any(_is_hourly(each) for each in _list(rule)):
        _check_hourly(component.get("DTSTART").dt)
    component.subcomponents = []  # alarms
    return True


def _is_hourly(rule: Any) -> bool:
    """Whether it is, or names several hours of its days."""
    if not isinstance(rule, Mapping):  # what could not be parsed is a text
        return False
    return "HOURLY" in str(rule.get("FREQ", "")).upper() or len(_list(rule.get("BYHOUR"))) > 1


def _check_hourly(start: date | datetime) -> None:
    day = start.date() if isinstance(start, datetime) else start
    if day < datetime.now(UTC).date() - _OLDEST_HOURLY:
        raise CalendarProblem("repeats")


def _zone_of(calendar: Any) -> ZoneInfo | None:
    """Return the zone that the calendar names. A name that means nothing is taken out: the libraries stumble over it."""
    name = str(calendar.get("X-WR-TIMEZONE", "")).strip()
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):
        del calendar["X-WR-TIMEZONE"]
        return None


def _events(calendar: Any, since: datetime, until: datetime) -> Iterator[Any]:
    """Yield the occurrences, series by series, until there are too many or time is over."""
    import recurring_ical_events

    number, deadline = 0, monotonic() + MOST_SECONDS
    for series in recurring_ical_events.of(calendar, skip_bad_series=True).series:
        for occurrence in series.between(since, until):
            number += 1
            if number > MOST_SHIFTS:
                raise CalendarProblem("shifts")
            yield occurrence.as_component(False)
            if monotonic() > deadline:  # what it says is read between
                raise CalendarProblem("repeats")
        if monotonic() > deadline:
            raise CalendarProblem("repeats")


def _shift(event: Any, zone: ZoneInfo) -> ReadShift | None:
    if str(event.get("STATUS", "")).strip().upper() == "CANCELLED":
        return None
    span = _span(event["DTSTART"].dt, event["DTEND"].dt if event.get("DTEND") is not None else None, zone)
    if span is None:
        return None
    summary, description = (str(event.get(name, ""))[:_LONGEST_TEXT].strip() for name in ("SUMMARY", "DESCRIPTION"))
    attendees = tuple(dict.fromkeys(_people(_list(event.get("ATTENDEE")))))[:_MOST_PEOPLE]
    # Who has declined is not on call, whatever else of the event names them.
    declined = {normalized_email(each) for each in _people(_list(event.get("ATTENDEE")), declined=True)}
    titled, described = (_mentioned(text) for text in (summary, description))
    organizers, *mentions = (
        tuple(each for each in addresses if normalized_email(each) not in declined)
        for addresses in (_people(_list(event.get("ORGANIZER"))), titled, described)
    )
    mentioned = next(filter(None, mentions), ())
    if (titled or described) and not (attendees or organizers or mentioned):
        return None
    return ReadShift(
        *span,
        summary=" ".join(summary.split())[:LONGEST_SUMMARY],
        attendees=attendees,
        organizer=next(iter(organizers), ""),
        mentioned=mentioned,
    )


def _weight(shift: ReadShift) -> int:
    """Return how many shifts of members may become of one event."""
    return max(1, len(shift.attendees), len(shift.mentioned))


def _span(begins: date | datetime, ends: date | datetime | None, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return an event's time in UTC; None where it has none. The end of an event of whole days is the day after."""
    if ends is None:
        ends = begins if isinstance(begins, datetime) else begins + timedelta(days=1)
    span = _instant(begins, zone), _instant(ends, zone)
    return span if span[0] < span[1] and span[1] - span[0] < _EDGE * 10 else None


def _instant(value: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        return days(value, value, zone)[0]
    return first_moment(value, zone) if value.tzinfo is None else value.astimezone(UTC)


def _people(values: Iterable[Any], *, declined: bool = False) -> Iterator[str]:
    """Yield the addresses of those who have declined, or of the others; PagerDuty writes them without `mailto:`."""
    for value in values:
        parameters = getattr(value, "params", {})
        if (str(parameters.get("PARTSTAT", "")).upper() == "DECLINED") != declined:
            continue
        address = str(value)[:_LONGEST_ADDRESS].strip()
        while address.lower().startswith("mailto:"):
            address = address[len("mailto:") :].strip()
        found = _EMAIL.fullmatch(address) or _EMAIL.fullmatch(str(parameters.get("EMAIL", "")).strip())
        if found:
            yield found[0]


def _mentioned(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.rstrip(".") for each in _EMAIL.findall(text)))[:_MOST_PEOPLE]


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
