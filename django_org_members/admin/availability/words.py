"""Spans of time as people read them, in the viewer's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ...availability.engine.clock import local_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def day_in_words(day: date) -> str:
    """Return a weekday and date: "Mon, November 23", in the order of the language."""
    return _day(day, get_language())


@lru_cache(1024)
def _day(day: date, language: str | None) -> str:
    return _("%(weekday)s, %(date)s") % {
        "weekday": formats.date_format(day, "D"),
        "date": formats.date_format(day, "MONTH_DAY_FORMAT"),
    }


def clock_in_words(at: datetime, zone: ZoneInfo) -> str:
    """Return what clocks show: "9 a.m."; with the zone's abbreviation on a day when they are changed."""
    return _clock(at, zone, get_language())


# A page tells the same hand-overs again and again, and formatting is what it spends its time on.
@lru_cache(4096)
def _clock(at: datetime, zone: ZoneInfo, language: str | None) -> str:
    text = formats.time_format(local_time(at, zone), "TIME_FORMAT")
    local = at.astimezone(zone)
    changes = (local - timedelta(days=1)).utcoffset() != (local + timedelta(days=1)).utcoffset()
    return f"{text} {local.tzname()}" if changes else text


def moment_in_words(at: datetime, zone: ZoneInfo) -> str:
    """Return day and time: "Mon, Nov 23, 9 a.m."."""
    words = {"day": day_in_words(local_time(at, zone).date()), "time": clock_in_words(at, zone)}
    return _("%(day)s, %(time)s") % words


def span_in_words(begins: datetime, ends: datetime, zone: ZoneInfo) -> str:
    """Return a whole span; the day is said once where it is one."""
    first, last = (moment_in_words(at, zone) for at in (begins, ends))
    if local_time(begins, zone).date() == local_time(ends, zone).date():
        last = clock_in_words(ends, zone)
    return _("%(begins)s – %(ends)s") % {"begins": first, "ends": last}


def within_day(begins: datetime, ends: datetime, day: tuple[datetime, datetime], zone: ZoneInfo) -> str:
    """Return the part of a span that lies in a day: "all day", "until 9 a.m.", "from 9 a.m." or both times."""
    from_before, to_after = begins <= day[0], ends >= day[1]
    if from_before and to_after:
        return _("all day")
    if from_before:
        return _("until %(time)s") % {"time": clock_in_words(ends, zone)}
    if to_after:
        return _("from %(time)s") % {"time": clock_in_words(begins, zone)}
    return _("%(begins)s – %(ends)s") % {"begins": clock_in_words(begins, zone), "ends": clock_in_words(ends, zone)}


def short_span(
    begins: datetime,
    ends: datetime,
    zone: ZoneInfo,
    *,
    with_days: tuple[bool, bool],
    is_cut: tuple[bool, bool] = (False, False),
) -> str:
    """Return a span for a block: "Mon 9 am – Tue 9 am"; without a day where the block's place tells it.

    Where it was not looked how long ago it began, or when it ends, there is a "…".
    """
    first = "…" if is_cut[0] else _short(begins, zone, with_days[0])
    last = "…" if is_cut[1] else _short(ends, zone, with_days[1])
    return _("%(begins)s – %(ends)s") % {"begins": first, "ends": last}


def _short(at: datetime, zone: ZoneInfo, with_day: bool) -> str:
    text = clock_in_words(at, zone).replace(" ", "\N{NO-BREAK SPACE}")
    text = text.replace("a.m.", "am").replace("p.m.", "pm")  # with their dots they need a line more
    return f"{formats.date_format(local_time(at, zone), 'D')} {text}" if with_day else text
