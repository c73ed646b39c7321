"""What is looked at before a calendar is parsed, so that no text of 5 MB takes minutes or gigabytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .problems import CalendarProblem

MOST_EVENTS, MOST_LINES, MOST_NESTED = 10_000, 150_000, 6
MOST_ZONES = 100
"""Rules of time zones, which are unfolded while they are parsed."""
MOST_DATES = 20_000
"""Single days on which events happen besides, or do not, in all events together."""
LONGEST_RULE, LONGEST_LINE = 500, 20_000
MOST_ATTENDEES = 200
"""Of one event; what is more is left out, as is a line that is longer, or of a property that nobody reads."""
_FOLDED = re.compile(r"(?:(?<!\n)\r\n|(?<![\r\n])\n)(?:\r?\n)*[ \t]")
_NEW_LINE = re.compile(r"\r?\n")
_SPACE = re.compile(r"\s+")
_NAME = re.compile(r"[^:;]*")
_RULES = frozenset({"RRULE", "EXRULE"})
_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_FREQUENCIES = frozenset({"HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
# Rules with these may match no day at all, and are tried hour by hour, or day by day, until the year 9999.
_SPARSE = frozenset({"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYEASTER"})
# So are those with a month that there is not, and nothing else to look at between two matches.
_MONTHS = re.compile(r"(?:0?[1-9]|1[0-2])(?:\s*,\s*(?:0?[1-9]|1[0-2]))*", re.ASCII)
_IN_A_ZONE = frozenset({"YEARLY"})
_WITHIN_HOURS = ("BYMINUTE", "BYSECOND")
_INTERVAL = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_DATES = frozenset({"RDATE", "EXDATE"})
_READ = (
    _DATES
    | _RULES
    | frozenset(
        [
            "BEGIN",
            "END",
            "VERSION",
            "PRODID",
            "CALSCALE",
            "METHOD",
            "X-WR-TIMEZONE",
            "UID",
            "DTSTAMP",
            "DTSTART",
            "DTEND",
            "DURATION",
            "RECURRENCE-ID",
            "SEQUENCE",
            "STATUS",
            "SUMMARY",
            "DESCRIPTION",
            "ATTENDEE",
            "ORGANIZER",
            "TZID",
            "TZOFFSETFROM",
            "TZOFFSETTO",
            "TZNAME",
            "X-LIC-LOCATION",
        ]
    )
)


def decoded(content: bytes) -> str:
    """Return the text of a calendar: UTF-8, whatever a database would not take left out."""
    return content.decode("utf-8-sig", errors="replace").replace("\x00", "")


def checked(text: str) -> str:
    """Return the text of a calendar with a line for each property: what was looked at, and nothing else, is to be parsed.

    Raises `CalendarProblem` for what is no calendar, or costs too much to read.
    """
    text = text.lstrip()
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise CalendarProblem("no_calendar")
    lines = [line for line in _NEW_LINE.split(_FOLDED.sub("", text)) if line]
    if len(lines) > MOST_LINES:
        raise CalendarProblem("events")
    counts, kept = _Counts(), list[str]()
    for line in lines:
        name = _name(line)
        counts.add(name, line)
        if name in _READ and (len(line) <= LONGEST_LINE or name in _DATES) and not counts.is_crowd(name):
            kept.append(line)
    return "\r\n".join([*kept, ""])


@dataclass
class _Counts:
    """How much there is, so far."""

    nested: list[str] = field(default_factory=list)
    events: int = 0
    zone_rules: int = 0
    dates: int = 0
    attendees: int = 0
    """Of the component that is open."""

    def add(self, name: str, line: str) -> None:
        """Count a line; raises `CalendarProblem` for what must not be parsed."""
        if name in ("BEGIN", "END"):
            self._turn(name, _value(line, "broken").upper())
        elif name in _RULES:
            is_in_zone = "VTIMEZONE" in self.nested
            self.zone_rules += is_in_zone
            _check_rule(line, in_a_zone=is_in_zone)
        elif name in _DATES:
            self.dates += 1 + line.count(",")
            # Long by its dates, not by parameters; where it is not long, a zone may be in quotes.
            if len(line) > LONGEST_LINE and len(line) - len(_value(line, "repeats")) > LONGEST_RULE:
                raise CalendarProblem("repeats")
        self.attendees += name == "ATTENDEE"
        self._check()

    def is_crowd(self, name: str) -> bool:
        """Whether it is an attendee too many."""
        return name == "ATTENDEE" and self.attendees > MOST_ATTENDEES

    def _turn(self, name: str, component: str) -> None:
        self.attendees = 0
        if name == "BEGIN":
            self.nested.append(component)
            self.events += component == "VEVENT"
        elif self.nested:
            self.nested.pop()
        else:
            raise CalendarProblem("broken")

    def _check(self) -> None:
        if self.events > MOST_EVENTS:
            raise CalendarProblem("events")
        if self.zone_rules > MOST_ZONES or self.dates > MOST_DATES:
            raise CalendarProblem("repeats")
        if len(self.nested) > MOST_NESTED:
            raise CalendarProblem("broken")


def _name(line: str) -> str:
    found = _NAME.match(line)
    return _SPACE.sub("", found[0]).upper() if found else ""


def _value(line: str, problem: str) -> str:
    """Return what follows the colon. In quotes, or escaped, there might be another one, where nobody looks."""
    if '"' in line or "\\" in line:
        raise CalendarProblem(problem)
    return line.partition(":")[2].strip()


def _check_rule(line: str, *, in_a_zone: bool) -> None:
    if len(line) > LONGEST_RULE:
        raise CalendarProblem("repeats")
    pairs = [part.strip().partition("=")[::2] for part in _value(line, "repeats").upper().split(";") if part.strip()]
    parts = {key.strip(): value.strip() for key, value in pairs}
    if len(parts) < len(pairs) or not _is_bearable(parts, in_a_zone=in_a_zone):
        raise CalendarProblem("repeats")


def _is_bearable(parts: Mapping[str, str], *, in_a_zone: bool) -> bool:
    frequency = parts.get("FREQ", "")
    if frequency not in (_IN_A_ZONE if in_a_zone else _FREQUENCIES):
        return False
    if frequency in ("HOURLY", "DAILY") and _SPARSE & parts.keys():
        return False
    if not _MONTHS.fullmatch(parts.get("BYMONTH", "1")):
        return False
    if not _INTERVAL.fullmatch(parts.get("INTERVAL", "1")):  # by 0, one would never get on
        return False
    # Several minutes of several hours are every minute by another name.
    within = (*_WITHIN_HOURS, "BYHOUR") if in_a_zone else _WITHIN_HOURS
    return not any("," in parts.get(each, "") for each in within)
