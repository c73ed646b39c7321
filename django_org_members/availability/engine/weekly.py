"""Hours of the week in a time zone: when people work, or when a layer of a rotation holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from .clock import first_moment, local_time
from .spans import Interval, clipped, merged

_DAY = timedelta(days=1)
MIDNIGHT = time(0)


@dataclass(frozen=True, order=True)
class WorkingSpan:
    """From `begins` to `ends` on one day of the week; over midnight where `ends` is not later than `begins`.

    From midnight to midnight it is the whole day.
    """

    weekday: int
    """0 is Monday."""
    begins: time
    ends: time

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Return its local times, naive, in the week's day `day`."""
        last = day if self.ends > self.begins else day + _DAY
        return datetime.combine(day, self.begins), datetime.combine(last, self.ends)

    @property
    def minutes(self) -> tuple[int, int]:
        """Where it begins and ends, in minutes since Monday, 0:00; the end may lie in the week after."""
        begins, ends = self.on(date(2024, 1, 1) + timedelta(days=self.weekday))  # a Monday
        monday = datetime(2024, 1, 1)  # noqa: DTZ001 - a local clock
        minute = timedelta(minutes=1)
        return (begins - monday) // minute, (ends - monday) // minute


@dataclass(frozen=True)
class WeeklyHours:
    """Working spans, which do not overlap, and the time zone whose clocks they mean."""

    zone: ZoneInfo
    spans: tuple[WorkingSpan, ...]

    @cached_property
    def _by_weekday(self) -> dict[int, list[WorkingSpan]]:
        days: dict[int, list[WorkingSpan]] = {}
        for span in sorted(self.spans):
            days.setdefault(span.weekday, []).append(span)
        return days

    def is_open(self, at: datetime) -> bool:
        """Whether the instant lies in one of the spans."""
        today = local_time(at, self.zone).date()
        # Where clocks go back over midnight, it is yesterday again after tomorrow has begun.
        days = (today - _DAY, today, today + _DAY)
        return any(begins <= at < ends for begins, ends in self._of(days))

    def intervals(self, since: datetime, until: datetime) -> list[Interval]:
        """Return the spans between two instants, cut to them; those that touch, as one."""
        day = local_time(since, self.zone).date() - _DAY
        last = local_time(until, self.zone).date() + _DAY
        days = (day + _DAY * number for number in range((last - day).days + 1))
        return merged(clipped(self._of(days), since, until))

    def _of(self, days: Iterable[date]) -> Iterator[Interval]:
        for day in days:
            for span in self._by_weekday.get(day.weekday(), ()):
                begins, ends = span.on(day)
                yield first_moment(begins, self.zone), first_moment(ends, self.zone)


def overlaps(spans: Iterable[WorkingSpan]) -> list[tuple[WorkingSpan, WorkingSpan]]:
    """Return the neighbours in the week that overlap: over midnight, and from Sunday into Monday, too."""
    week = 7 * 24 * 60
    ordered = sorted(spans)
    found = [(first, second) for first, second in pairwise(ordered) if first.minutes[1] > second.minutes[0]]
    if len(ordered) > 1 and ordered[-1].minutes[1] - week > ordered[0].minutes[0]:
        found.append((ordered[-1], ordered[0]))
    return found
