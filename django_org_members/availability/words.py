"""Working hours and shifts in words, and as the short text that audit events keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .engine import WorkingSpan
from .engine.weekly import MIDNIGHT


def weekday(number: int) -> str:
    """Return the name of a day of the week; Monday is 0."""
    return str(WEEKDAYS[number])


def span(begins: time, ends: time) -> str:
    """Return one span in words: “09:00–17:00”, or “all day”."""
    return _("all day") if begins == ends == MIDNIGHT else f"{begins:%H:%M}–{ends:%H:%M}"


@dataclass(frozen=True)
class Line:
    """Days that follow each other and have the same hours."""

    days: str
    hours: str


def lines(spans: Iterable[WorkingSpan]) -> list[Line]:
    """Return the hours of a week, such as “Mon–Fri”, “09:00–17:00”. Empty: never."""
    by_day = _by_day(spans)
    return [Line(_days(first, last), _times(by_day[first])) for first, last in _runs(by_day)]


def hours(spans: Iterable[WorkingSpan]) -> str:
    """Return the hours of a week in few words, such as “Mon–Fri 09:00–17:00, Sat 10:00–14:00”."""
    found = list(spans)
    if all(times == [(MIDNIGHT, MIDNIGHT)] for times in _by_day(found).values()):
        return _("always")
    return ", ".join(f"{line.days} {line.hours}" for line in lines(found)) or _("never")


def length(number: int, unit: str) -> str:
    """Return how long a shift is, in words."""
    words = {
        "hours": ngettext("%(count)d hour", "%(count)d hours", number),
        "days": ngettext("%(count)d day", "%(count)d days", number),
        "weeks": ngettext("%(count)d week", "%(count)d weeks", number),
    }
    return words[unit] % {"count": number}


def handoff(at: time, day: int | None) -> str:
    """Return when shifts are handed over, in words: “Monday 09:00”, or “09:00”."""
    return f"{at:%H:%M}" if day is None else f"{weekday(day)} {at:%H:%M}"


def noted(spans: Iterable[WorkingSpan]) -> str:
    """Return the hours as an audit event keeps them, in no language; `told` reads them."""
    return ", ".join(f"{each.weekday} {each.begins:%H:%M}-{each.ends:%H:%M}" for each in sorted(spans))


def told(text: str) -> str:
    """Return the words for what `noted` made; anything else as it is."""
    try:
        return hours(_read(part) for part in text.split(", "))
    except ValueError:
        return text


def _read(part: str) -> WorkingSpan:
    day, _space, times = part.partition(" ")
    begins, _dash, ends = times.partition("-")
    if day not in set("0123456"):
        raise ValueError(day)
    return WorkingSpan(int(day), time.fromisoformat(begins), time.fromisoformat(ends))


def _by_day(spans: Iterable[WorkingSpan]) -> dict[int, list[tuple[time, time]]]:
    by_day: dict[int, list[tuple[time, time]]] = {day: [] for day in range(7)}
    for each in sorted(spans):
        by_day[each.weekday].append((each.begins, each.ends))
    return by_day


def _runs(by_day: dict[int, list[tuple[time, time]]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of days that follow each other and have the same hours."""
    first: int | None = None
    for day in range(8):
        times = by_day.get(day)
        if first is not None and times != by_day[first]:
            yield first, day - 1
            first = None
        if first is None and times:
            first = day


def _days(first: int, last: int) -> str:
    names = [str(WEEKDAYS_ABBR[day]) for day in (first, last)]
    if first == last:
        return names[0]
    return f"{names[0]}–{names[1]}" if last - first > 1 else f"{names[0]}, {names[1]}"


def _times(times: list[tuple[time, time]]) -> str:
    return _(" and ").join(span(begins, ends) for begins, ends in times)
