"""A week as the viewer's clocks show it: seven days, each as long as it really is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils import timezone

from ...availability.engine import first_moment
from ...availability.engine.clock import local_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FIRST_YEAR, LAST_YEAR = 2000, 2099
_WRITTEN = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_DAY = timedelta(days=1)
_FULL = timedelta(hours=24)


def viewer_zone() -> ZoneInfo:
    """Return the current time zone: the viewer's, where the project activates it."""
    return timezone.get_current_timezone()


@dataclass(frozen=True)
class Day:
    """One day: from midnight to midnight, 23 or 25 hours when the clocks change."""

    date: date
    begins: datetime
    ends: datetime

    @property
    def hours(self) -> float:
        """How many hours it has."""
        return (self.ends - self.begins) / timedelta(hours=1)

    @property
    def is_odd(self) -> bool:
        """Whether the clocks change."""
        return self.ends - self.begins != _FULL


@dataclass(frozen=True)
class Week:
    """An ISO week: Monday to Sunday, in a time zone."""

    monday: date
    zone: ZoneInfo

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> Week:
        """Return the week that an instant lies in."""
        day = local_time(at, zone).date()
        return cls(day - _DAY * day.weekday(), zone)

    @classmethod
    def read(cls, text: str, zone: ZoneInfo) -> Week | None:
        """Return the week that is written like `2026-W48`; None for what is none, or not between 2000 and 2099."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            return None
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)
        except ValueError:
            return None

    def __str__(self) -> str:
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def number(self) -> int:
        """The number of the week in its year."""
        return self.monday.isocalendar()[1]

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + 6 * _DAY

    @property
    def previous(self) -> Week | None:
        """The week before; None where it is out of range."""
        return self._beside(-7)

    @property
    def following(self) -> Week | None:
        """The week after; None where it is out of range."""
        return self._beside(7)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """The seven days."""
        dates = [self.monday + _DAY * number for number in range(7)]
        return tuple(Day(day, self._midnight(day), self._midnight(day + _DAY)) for day in dates)

    @property
    def begins(self) -> datetime:
        """When Monday begins, UTC."""
        return self.days[0].begins

    @property
    def ends(self) -> datetime:
        """When Sunday is over, UTC."""
        return self.days[-1].ends

    def place(self, at: datetime) -> float:
        """Return where an instant lies, from 0 to 1. All days are as wide, and time runs evenly in each."""
        for number, day in enumerate(self.days):
            if at < day.ends:
                return (number + max(at - day.begins, timedelta(0)) / (day.ends - day.begins)) / 7
        return 1.0

    def _midnight(self, day: date) -> datetime:
        return first_moment(datetime.combine(day, time.min), self.zone)

    def _beside(self, days: int) -> Week | None:
        week = Week(self.monday + timedelta(days=days), self.zone)
        return week if FIRST_YEAR <= week.monday.isocalendar()[0] <= LAST_YEAR else None
