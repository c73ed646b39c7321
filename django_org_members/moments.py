"""Times as people read them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.translation import get_language_bidi, gettext

_WEEK = 7
_DAY = timedelta(days=1)

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


def soon(at: datetime, now: datetime) -> SafeString:
    """Return a time in few words, in the viewer's time zone: 18:00, on another day Mon 9:00, after a week the date.

    A midnight is the end of the day before, because "Mon 0:00" is read as either end of Monday. The exact time is told on
    hover and to machines.
    """
    shown, today = local(at), local(now).date()
    is_midnight = shown.time() == time.min
    hour = gettext("midnight") if is_midnight else formats.date_format(shown, "G:i")
    ahead = ((shown - _DAY if is_midnight else shown).date() - today).days
    if ahead == 0:
        return _time(shown, hour)
    day = formats.date_format(today + ahead * _DAY, "D" if 0 < ahead < _WEEK else "SHORT_DATE_FORMAT")
    # Translators: after "until", the day at whose end it is midnight
    return _time(shown, gettext("the end of %(day)s") % {"day": day} if is_midnight else f"{day} {hour}")


def moment(at: datetime, *, with_time: bool = False) -> SafeString:
    """Return a day in the viewer's time zone, with the exact time on hover and for machines."""
    shown = local(at)
    return _time(shown, formats.date_format(shown, "DATETIME_FORMAT" if with_time else "DATE_FORMAT"))


def span(begins: datetime, ends: datetime) -> SafeString:
    """Return a span in the viewer's time zone, whole days as days: "Dec. 8, 2026 – Dec. 14, 2026", the last included."""
    days = _days(begins, ends)
    if days is None:
        return format_html("{} – {}", moment(begins, with_time=True), moment(ends, with_time=True))
    return format_html(" – ".join(["{}"] * len(days)), *map(moment, days))


def span_in_words(begins: datetime, ends: datetime) -> str:
    """Return what `span` does as plain text, for sentences."""
    days = _days(begins, ends)
    if days is None:
        return _whole(" – ".join(_exact(local(at)) for at in (begins, ends)))
    return _whole(" – ".join(formats.date_format(day, "DATE_FORMAT") for day in days))


def _days(begins: datetime, ends: datetime) -> list[datetime] | None:
    """Return the first and the last of whole days, one where they are the same; None where they are no whole days."""
    first, end = local(begins), local(ends)
    if first.time() != time.min or end.time() != time.min or end <= first:
        return None
    last = end - _DAY
    return [first] if last.date() == first.date() else [first, last]


def local(at: datetime) -> datetime:
    """Return a time in the viewer's time zone."""
    return timezone.localtime(at) if timezone.is_aware(at) else at  # naive: a project without USE_TZ


def _time(shown: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>',
        shown.isoformat(timespec="seconds"),
        _exact(shown),
        shown.tzname() or "",
        words,
    )


def _exact(shown: datetime) -> str:
    return formats.date_format(shown, "DATETIME_FORMAT")


def in_words(at: datetime) -> str:
    """Return a time in the viewer's time zone as plain text, for sentences."""
    return _whole(_exact(local(at)))


def _whole(words: str) -> str:
    """Keep a time together in plain text, as `<bdi>` does in a page.

    In a language from the right, words from the left in front of it, as a name or what is not translated, would take its
    first number for theirs.
    """
    return f"\N{FIRST STRONG ISOLATE}{words}\N{POP DIRECTIONAL ISOLATE}" if get_language_bidi() else words


def midnight(day: date) -> datetime:
    """Return when a day begins in the current time zone: the viewer's, where the project activates it."""
    start = datetime.combine(day, time.min)
    return timezone.make_aware(start) if settings.USE_TZ else start


def today() -> date:
    """Return which day it is in the current time zone."""
    return timezone.localdate() if settings.USE_TZ else timezone.now().date()
