"""Reads what an organization has planned: one query, whatever that is, because the members list has a budget of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.timezone import get_default_timezone, is_naive, make_aware, make_naive

from ..models import Organization
from .documents import layer, weekly_hours
from .engine import Feed, Interval, People, Place, Plan, first_moment
from .engine import Override as EngineOverride
from .engine import Rotation as EngineRotation
from .sources import Row, Window, sources

FAR = timedelta(days=2 * 366)
"""Nothing that is planned once lasts longer than that."""
AHEAD = timedelta(days=15)
"""How far a plan looks ahead: a schedule repeats after a week, and consequences tell of two."""


def load(organization: Organization, since: datetime, until: datetime | None = None, *, follow: bool = False) -> Plan:
    """Return the plan of an organization between two instants (aware; naive ones are in the project's time zone).

    Without `until`, for 15 days. With `follow`, whatever goes on at the end is known to its own end.
    """
    begins = instant(since)
    ends = begins + AHEAD if until is None else instant(until)
    known = ends + FAR if follow else ends
    first, *others = sources(organization.pk, Window(stored(begins), stored(ends), stored(known)))
    rows = [Row._make(row) for row in first.union(*others, all=True).order_by()]
    return replace(_Reader(organization, rows).plan(begins, ends), follow=follow, known=known)


def instant(at: datetime) -> datetime:
    """Return an instant in UTC; a naive one, of a project without USE_TZ, is in its time zone."""
    return (make_aware(at, get_default_timezone()) if is_naive(at) else at).astimezone(timezone.utc)


def stored(at: datetime) -> datetime:
    """Return an instant as the database holds it: naive in a project without USE_TZ."""
    return at if settings.USE_TZ or is_naive(at) else make_naive(at, get_default_timezone())


@dataclass
class _Reader:
    """Puts the rows together."""

    organization: Organization
    rows: Iterable[Row]
    by_kind: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def plan(self, since: datetime, until: datetime) -> Plan:
        for row in self.rows:
            self.by_kind[row.kind].append(row)
        schedules = {row.pk: weekly_hours(row.document, ZoneInfo(row.zone or "")) for row in self.by_kind["schedule"]}
        return Plan(
            since=since,
            until=until,
            schedules=schedules,
            default=self.organization.default_schedule_id,
            rotations=tuple(self._rotations()),
            feeds=tuple(self._feeds()),
            closures=tuple(self._closures()),
            people=self._people(),
            is_anybody_away=bool(self.by_kind["anybody"]),
        )

    def _rotations(self) -> Iterator[EngineRotation]:
        places, overrides = _by_parent(self.by_kind["place"]), _by_parent(self.by_kind["override"])
        for row in sorted(self.by_kind["rotation"], key=lambda row: (row.name, row.pk)):
            zone, layers = ZoneInfo(row.zone or ""), []
            for index, document in enumerate(row.document):
                people = [Place(each.position or 0, each.member or 0) for each in places[row.pk] if each.layer == index]
                layers.append(layer(document, zone, people))
            yield EngineRotation(
                layers=tuple(layers),
                overrides=tuple(
                    EngineOverride(*_span(each), member=each.member, pk=each.pk)
                    for each in sorted(overrides[row.pk], key=lambda each: each.pk)
                ),
                when_away=row.rule or "",
                pk=row.pk,
                name=row.name or "",
            )

    def _feeds(self) -> Iterator[Feed]:
        shifts = _by_parent(self.by_kind["imported"])
        for row in sorted(self.by_kind["feed"], key=lambda row: (row.name, row.pk)):
            found = sorted((each.member or 0, *_span(each)) for each in shifts[row.pk])
            yield Feed(row.pk, row.name or "", tuple(found))

    def _closures(self) -> Iterator[Interval]:
        zone = self.organization.zone
        for row in self.by_kind["closure"]:
            if row.first_day is not None and row.last_day is not None:
                yield days(row.first_day, row.last_day, zone)

    def _people(self) -> People:
        named = (*self.by_kind["place"], *self.by_kind["override"], *self.by_kind["imported"])
        away: dict[int, set[Interval]] = defaultdict(set)
        for row in self.by_kind["away"]:
            away[row.member or 0].add(_span(row))
        return People(
            disabled=frozenset(row.member for row in named if row.member is not None and not row.is_active),
            away={member: tuple(sorted(spans)) for member, spans in away.items()},
        )


def days(first: date, last: date, zone: ZoneInfo) -> Interval:
    """Return the span from the beginning of a day to the end of another, or of the same."""
    return tuple(  # type: ignore[return-value]
        first_moment(datetime.combine(day, datetime.min.time()), zone) for day in (first, last + timedelta(days=1))
    )


def _span(row: Row) -> Interval:
    if row.begins is None or row.ends is None:
        raise ValueError(f"A span without an end: {row}")
    return instant(row.begins), instant(row.ends)


def _by_parent(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.parent or 0].append(row)
    return groups
