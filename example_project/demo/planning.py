"""What the two organizations have planned: schedules, rotations, an override, time off, closures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django_org_members.models import Closure, Membership, Organization, Rotation, RotationPlace, Schedule, TimeOff
from django_org_members.scheduling.overrides import add_override

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Hours = list[list[Any]]


def daily(begins: str, ends: str, *, days: int = 7) -> Hours:
    """Return the same working hours on the first days of the week."""
    return [[day, begins, ends] for day in range(days)]


@dataclass(frozen=True)
class Shift:
    """Working hours, and whose they are."""

    name: str
    time_zone: str
    hours: Hours
    people: tuple[str, ...]


@dataclass(frozen=True)
class OnCall:
    """A rotation of one layer."""

    name: str
    unit: str
    people: tuple[str, ...]
    hours: Hours | None = None


@dataclass(frozen=True)
class Away:
    """Time off, so many days from now on."""

    who: str
    begins: int
    days: int
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What is planned. People are sign-in names; the first rotation is overridden once, by whom `covers` names."""

    schedules: tuple[Shift, ...]
    rotations: tuple[OnCall, ...]
    away: tuple[Away, ...]
    covers: str
    time_zone: str
    closures: tuple[tuple[str, int, int], ...] = field(default_factory=tuple)
    """(name, in how many days, for how many)."""


_WEEKEND: Hours = [
    [4, "17:00", "00:00"],
    [5, "00:00", "00:00"],
    [6, "00:00", "00:00"],
    [0, "00:00", "09:00"],
]


def _at_acme(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}@acme.example" for name in names)


ACME = Plan(
    schedules=(
        Shift("Support, early", "Europe/London", daily("06:00", "14:00"), _at_acme("helpdesk", "ruth.abramowitz")),
        Shift("Support, late", "Europe/London", daily("14:00", "22:00"), _at_acme("rania.haddad", "agent")),
        Shift("Support, nights", "Europe/London", daily("22:00", "06:00"), _at_acme("liam.osullivan", "tala.reyes")),
        Shift(
            "Office hours",
            "Europe/London",
            daily("09:00", "17:30", days=5),
            _at_acme("admin", "giulia.esposito", "winnie.chan", "zoe.vandenberg"),
        ),
        Shift("Honolulu", "Pacific/Honolulu", daily("08:00", "16:00", days=5), _at_acme("kalani.kealoha")),
    ),
    rotations=(
        OnCall(
            "Primary",
            "days",
            _at_acme("bjorn.hakansson", "chidi.eze", "dagny.jonsdottir", "elif.yilmaz", "xiaoming.wang"),
        ),
        OnCall(
            "Secondary, out of hours",
            "weeks",
            _at_acme("farhad.karimi", "mai.ho", "ibrahim.diallo"),
            hours=[*daily("17:00", "09:00", days=4), *_WEEKEND],
        ),
    ),
    away=(
        Away("ruth.abramowitz@acme.example", -2, 5, "Vacation"),
        Away("dagny.jonsdottir@acme.example", 1, 4, "Training"),
        Away("mai.ho@acme.example", 9, 7, "Vacation"),
    ),
    covers="priya.raghunathan@acme.example",
    time_zone="Europe/London",
    closures=(("Company day", 5, 1), ("Winter break", 40, 10)),
)
GLOBEX = Plan(
    schedules=(
        Shift(
            "Depot",
            "Europe/Berlin",
            daily("05:30", "13:45", days=6),
            ("petra.horvat@globex.example", "noor.alsayed@globex.example"),
        ),
    ),
    rotations=(OnCall("Field crew", "weeks", ("emre.aksoy@globex.example", "petra.horvat@globex.example")),),
    away=(Away("emre.aksoy@globex.example", 3, 2),),
    covers="sione.tupou@globex.example",
    time_zone="Europe/Berlin",
)


def add(organization: Organization, plan: Plan, *, now: datetime) -> None:
    """Plan it, once: where anything is planned already, all stays as it is."""
    if organization.rotations.exists() or organization.schedules.exists():
        return
    members = {each.email: each for each in Membership.objects.filter(organization=organization)}
    organization.time_zone = plan.time_zone
    organization.save(update_fields=["time_zone"])
    _add_schedules(organization, plan, members)
    rotations = [_rotation(organization, each, plan.time_zone, members, now.date()) for each in plan.rotations]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for each in plan.away:
        begins = midnight + each.begins * DAY
        TimeOff.objects.create(
            membership=members[each.who], starts_at=begins, ends_at=begins + each.days * DAY, note=each.note
        )
    for name, begins, days in plan.closures:
        first = now.date() + begins * DAY
        Closure.objects.create(organization=organization, name=name, starts_on=first, ends_on=first + (days - 1) * DAY)
    add_override(
        actor=organization.owner,
        organization=organization,
        rotation=rotations[0],
        member=members[plan.covers],
        begins=midnight + DAY + 18 * HOUR,
        ends=midnight + 2 * DAY + 8 * HOUR,
    )


def _add_schedules(organization: Organization, plan: Plan, members: dict[str, Membership]) -> None:
    for shift in plan.schedules:
        schedule = Schedule.objects.create(
            organization=organization, name=shift.name, time_zone=shift.time_zone, hours=sorted(shift.hours)
        )
        pks = [members[email].pk for email in shift.people]
        Membership.objects.filter(pk__in=pks).update(schedule=schedule)


def _rotation(
    organization: Organization, made: OnCall, time_zone: str, members: dict[str, Membership], today: date
) -> Rotation:
    """Make a rotation that began some weeks ago, on a Monday."""
    layer = {
        "name": "",
        "unit": made.unit,
        "length": 1,
        "starts_on": (today - (today.weekday() + 28) * DAY).isoformat(),
        "handoff": "09:00",
        "weekday": 0 if made.unit == "weeks" else None,
        "hours": sorted(made.hours) if made.hours is not None else None,
        "anchor": [0, 0],
    }
    rotation = Rotation.objects.create(organization=organization, name=made.name, time_zone=time_zone, layers=[layer])
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, position=position, membership=members[email])
        for position, email in enumerate(made.people)
    )
    return rotation
