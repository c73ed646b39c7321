"""The parts of the one query that reads what an organization has planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    JSONField,
    Q,
    QuerySet,
    Value,
)

from ..models import (
    Closure,
    ImportedCalendar,
    ImportedShift,
    Organization,
    Override,
    Rotation,
    RotationPlace,
    Schedule,
    TimeOff,
)
from ..models.unions import Null


class Row(NamedTuple):
    """One row of the union; what a kind does not have is None."""

    kind: str
    pk: int
    parent: int | None
    """The pk of the rotation or calendar that it belongs to."""
    member: int | None
    is_active: bool | None
    layer: int | None
    position: int | None
    begins: datetime | None
    ends: datetime | None
    first_day: date | None
    last_day: date | None
    name: str | None
    zone: str | None
    rule: str | None
    document: Any


_COLUMNS: dict[str, Any] = {
    "pk": IntegerField(),
    "parent": IntegerField(),
    "member": IntegerField(),
    "is_active": BooleanField(),
    "layer": IntegerField(),
    "position": IntegerField(),
    "begins": DateTimeField(),
    "ends": DateTimeField(),
    "first_day": DateField(),
    "last_day": DateField(),
    "name": CharField(max_length=120),
    "zone": CharField(max_length=64),
    "rule": CharField(max_length=4),
    "document": JSONField(),
}
_SPAN = {"begins": "starts_at", "ends": "ends_at"}


def _rows(rows: QuerySet[Any], kind: str, **columns: str) -> QuerySet[Any, Any]:
    """Return one part of the union: the kind, and each column by the name of a field or as NULL."""
    values = {f"_{name}": _column(columns.get(name), output) for name, output in _COLUMNS.items()}
    named: QuerySet[Any, Any] = rows.order_by().annotate(_kind=Value(kind, CharField(max_length=10)), **values)
    return named.values_list("_kind", *values)


def _column(field_name: str | None, output: Any) -> Any:
    return Null(output_field=output) if field_name is None else F(field_name)


class Window(NamedTuple):
    """What is looked at, as the database holds instants."""

    since: datetime
    until: datetime
    known: datetime
    """Until when everything is read that is planned once."""

    @property
    def dated(self) -> Q:
        """The condition for what lies in it."""
        return Q(ends_at__gt=self.since, starts_at__lt=self.known)


def sources(organization: int, window: Window) -> Iterator[QuerySet[Any, Any]]:
    """Yield the parts, each of rows like `Row`, of an organization (its pk)."""
    yield from _repeated(organization)
    yield from _once(organization, window.dated)
    yield _closures(organization, window.since, window.known)
    yield from _absences(organization, window)


def _repeated(organization: int) -> Iterator[QuerySet[Any, Any]]:
    """Schedules, and rotations with the people in them."""
    yield _rows(
        Schedule.objects.filter(organization=organization), "schedule", pk="pk", zone="time_zone", document="hours"
    )
    yield _rows(
        Rotation.objects.filter(organization=organization),
        "rotation",
        pk="pk",
        name="name",
        zone="time_zone",
        rule="when_away",
        document="layers",
    )
    yield _rows(
        RotationPlace.objects.filter(rotation__organization=organization),
        "place",
        pk="pk",
        parent="rotation_id",
        member="membership_id",
        is_active="membership__is_active",
        layer="layer",
        position="position",
    )


def _once(organization: int, dated: Q) -> Iterator[QuerySet[Any, Any]]:
    """Overrides, and calendars of other systems with their shifts."""
    yield _rows(
        Override.objects.filter(dated, rotation__organization=organization),
        "override",
        pk="pk",
        parent="rotation_id",
        member="membership_id",
        is_active="membership__is_active",
        **_SPAN,
    )
    yield _rows(ImportedCalendar.objects.filter(organization=organization), "feed", pk="pk", name="name")
    yield _rows(
        ImportedShift.objects.filter(dated, calendar__organization=organization),
        "imported",
        pk="pk",
        parent="calendar_id",
        member="membership_id",
        is_active="membership__is_active",
        **_SPAN,
    )


def _closures(organization: int, since: datetime, until: datetime) -> QuerySet[Any, Any]:
    return _rows(
        Closure.objects.filter(
            organization=organization,
            ends_on__gte=since.date() - timedelta(days=2),
            starts_on__lte=until.date() + timedelta(days=2),
        ),
        "closure",
        pk="pk",
        first_day="starts_on",
        last_day="ends_on",
    )


def _absences(organization: int, window: Window) -> Iterator[QuerySet[Any, Any]]:
    """Whether anybody is away, and when those are whom a rotation or a calendar names."""
    anybody = TimeOff.objects.between(window.since, window.until).filter(organization=organization)
    yield _rows(Organization.objects.filter(Exists(anybody), pk=organization), "anybody", pk="pk")
    # Three ways to be named by a rotation: each begins at the few who are, not at everybody who is away.
    for way in (
        "membership__rotation_places__rotation__organization",
        "membership__overrides__rotation__organization",
        "membership__imported_shifts__calendar__organization",
    ):
        away = TimeOff.objects.filter(window.dated, **{way: organization}).distinct()
        yield _rows(away, "away", pk="pk", member="membership_id", **_SPAN)
