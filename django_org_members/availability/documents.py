"""From what is stored to what is computed with: working hours and layers, as JSON holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from .engine import Layer, Place, WeeklyHours, WorkingSpan

UNITS: Mapping[str, timedelta] = {
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
_DAY = timedelta(days=1)


def spans(hours: Iterable[Sequence[Any]]) -> tuple[WorkingSpan, ...]:
    """Return the spans of `Schedule.hours`, in order. Raises `ValueError` for anything else."""
    try:
        return tuple(sorted(_span(*each) for each in hours))
    except TypeError as error:
        raise ValueError(f"These are no working hours: {hours!r}") from error


def stored_spans(hours: Iterable[WorkingSpan]) -> list[list[Any]]:
    """Return the JSON of spans, in order."""
    return [[span.weekday, f"{span.begins:%H:%M}", f"{span.ends:%H:%M}"] for span in sorted(hours)]


def weekly_hours(hours: Iterable[Sequence[Any]], zone: ZoneInfo) -> WeeklyHours:
    """Return the working hours of a schedule."""
    return WeeklyHours(zone, spans(hours))


def layer(document: Mapping[str, Any], zone: ZoneInfo, places: Iterable[Place]) -> Layer:
    """Return one layer of `Rotation.layers`.

    Where its shifts are counted in weeks, they begin on the weekday of the hand-over: the first one, which began before
    the layer's first day, is cut.
    """
    starts = datetime.combine(date.fromisoformat(document["starts_on"]), time.fromisoformat(document["handoff"]))
    origin, weekday = starts, document.get("weekday")
    if document["unit"] == "weeks" and weekday is not None:
        origin -= _DAY * ((starts.weekday() - weekday) % 7)
    hours = document.get("hours")
    shift, position = document.get("anchor", (0, 0))
    return Layer(
        zone=zone,
        origin=origin,
        starts=starts,
        length=UNITS[document["unit"]] * document["length"],
        places=tuple(sorted(places)),
        anchor=(shift, position),
        hours=weekly_hours(hours, zone) if hours is not None else None,
        name=document.get("name", ""),
    )


def _span(weekday: int, begins: str, ends: str) -> WorkingSpan:
    if type(weekday) is not int or not 0 <= weekday < 7:
        raise ValueError(f"This is no weekday: {weekday!r}")
    return WorkingSpan(weekday, _time(begins), _time(ends))


@lru_cache(maxsize=24 * 60)
def _time(text: str) -> time:
    found = time.fromisoformat(text)
    if f"{found:%H:%M}" != text:
        raise ValueError(f"This is no time of the day: {text!r}")
    return found
