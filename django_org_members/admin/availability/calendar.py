"""The week calendar: lanes, days, and what the template needs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.utils.translation import get_language_bidi

from ...availability import loading
from ...availability.engine.clock import local_time
from ...models import Closure, Membership
from .lanes import MARGIN, Block, Lane, Painter, Source, Span, percent, sources
from .links import override_url, week_url
from .weeks import Day, Week
from .words import clock_in_words, day_in_words

if TYPE_CHECKING:
    from ..shell import OrgSettings

LANES = 25
"""So many are on one page."""
PAGE_VAR = "p"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Column:
    """A day as the calendar's head shows it."""

    day: Day
    is_today: bool
    closures: tuple[str, ...]

    @property
    def label(self) -> str:
        """Weekday and date."""
        return day_in_words(self.day.date)

    @property
    def hours(self) -> str:
        """How many hours it has, where these are not 24."""
        return f"{self.day.hours:g}" if self.day.is_odd else ""


class Calendar:
    """One page of the lanes of one week: two queries, and the members' (see `member_ids`)."""

    def __init__(self, org: OrgSettings, week: Week, page: int, *, may_edit: bool) -> None:
        self.org, self.week, self.may_edit = org, week, may_edit
        plan = loading.load(org.organization, week.begins - MARGIN, week.ends + MARGIN)
        self.page = Paginator(sources(plan), LANES).get_page(page)
        self._spans: list[tuple[Source, list[Span]]] = [
            (source, source.spans(week)) for source in self.page.object_list
        ]

    @property
    def member_ids(self) -> set[int]:
        """Whom it names."""
        return {span.member for _, spans in self._spans for span in spans if span.member is not None}

    @cached_property
    def columns(self) -> list[Column]:
        """The days, with what is closed on them."""
        today = local_time(self.now, self.week.zone).date()
        closures = self._closures()
        return [
            Column(day, day.date == today, tuple(name for name, since, until in closures if _meet(day, since, until)))
            for day in self.week.days
        ]

    @property
    def now(self) -> datetime:
        """The page's moment, UTC."""
        return loading.instant(self.org.now)

    def context(self, members: Mapping[int, Membership]) -> dict[str, Any]:
        """Return what the template needs, with the members whom it names."""
        lanes = self._lanes(members)
        week, is_now = self.week, self.week.begins <= self.now < self.week.ends
        return {
            "week": week,
            "columns": self.columns,
            "lanes": lanes,
            "agenda": [(column, [(lane, lane.on(column.day)) for lane in lanes]) for column in self.columns],
            "lines": [percent(100 * number / 7) for number in range(1, 7)],
            "today_x": next((self._left(number) for number, each in enumerate(self.columns) if each.is_today), ""),
            "closed": [self._left(number) for number, each in enumerate(self.columns) if each.closures],
            "now_x": self._x(100 * week.place(self.now)) if is_now else "",
            "now_words": clock_in_words(self.now, week.zone) if is_now else "",
            "previous_url": week_url(self.org, week.previous),
            "next_url": week_url(self.org, week.following),
            "this_url": "" if is_now else week_url(self.org, Week.of(self.now, week.zone)),
            "edges": " ".join(str(int(at.timestamp())) for at in (week.begins, *(day.ends for day in week.days))),
            "lanes_page": self.page,
            "day_width": percent(100 / 7),
        }

    def _lanes(self, members: Mapping[int, Membership]) -> Sequence[Lane]:
        painter = Painter(self.week, members, self.now, self._override_url if self.may_edit else None)
        return [painter.lane(source, spans) for source, spans in self._spans]

    def _override_url(self, rotation: int, begins: datetime | None, ends: datetime | None) -> str:
        return override_url(self.org, rotation, begins, ends)

    def _left(self, day: int) -> str:
        return percent(100 * ((6 - day) if get_language_bidi() else day) / 7)

    def _x(self, place: float) -> str:
        return percent(100 - place if get_language_bidi() else place)

    def _closures(self) -> list[tuple[str, datetime, datetime]]:
        zone = self.org.organization.zone
        rows = Closure.objects.filter(
            organization=self.org.organization,
            ends_on__gte=self.week.monday - _DAY,
            starts_on__lte=self.week.sunday + _DAY,
        )
        return [(row.name, *loading.days(row.starts_on, row.ends_on, zone)) for row in rows]


def _meet(day: Day, since: datetime, until: datetime) -> bool:
    return since < day.ends and until > day.begins


__all__ = ["LANES", "PAGE_VAR", "Block", "Calendar", "Column"]
