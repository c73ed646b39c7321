"""What is planned for one member: working hours, time off, and on-call shifts to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ..availability import AvailabilityProvider, Shift
from ..availability.documents import spans
from ..availability.loading import instant, stored
from ..availability.words import Line, lines
from ..models import Membership, Organization, Schedule, TimeOff
from . import absences
from .handing_over import WITHIN

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Planned:
    """One member's own view of availability."""

    schedule: Schedule | None
    """The member's own, or the default; None where there is neither: always Available."""
    is_default: bool
    hours: list[Line]
    time_off: Sequence[TimeOff]
    """What has not ended, in order."""
    shifts: Sequence[Shift]
    """Of the next two weeks, in order."""
    now: datetime
    """UTC, as the shifts' times are."""

    @property
    def on_call_now(self) -> Shift | None:
        """The shift that is going on and ends last."""
        going_on = [shift for shift in self.shifts if shift.begins_at <= self.now]
        return max(going_on, key=lambda shift: shift.ends_at, default=None)

    @property
    def to_come(self) -> Sequence[Shift]:
        """The shifts that have not begun."""
        return [shift for shift in self.shifts if shift.begins_at > self.now]


def planned(organization: Organization, provider: AvailabilityProvider, member: Membership, now: datetime) -> Planned:
    """Return what is planned for a member of this organization: two queries beside the provider's, or one."""
    pk = member.schedule_id or organization.default_schedule_id
    schedule = Schedule.objects.filter(pk=pk).first() if pk else None
    now = instant(now)
    return Planned(
        schedule=schedule,
        is_default=member.schedule_id is None,
        hours=lines(spans(schedule.hours)) if schedule is not None else [],
        time_off=absences.of([member], now).get(member.pk, []),
        shifts=provider.shifts([member], now, now + WITHIN),
        now=now,
    )


@dataclass(frozen=True)
class Together:
    """A shift, and who else is on call during it."""

    shift: Shift
    others: Sequence[tuple[str, StrOrPromise]]
    """(name, rotation)."""


def together(
    organization: Organization, provider: AvailabilityProvider, shifts: Sequence[Shift], now: datetime
) -> list[Together]:
    """Return the shifts with whoever is on call at the same time: one query."""
    if not shifts:
        return []
    names = {member.pk: member for member in _who_may_be_on_call(organization, instant(now))}
    others = provider.shifts(list(names.values()), now, now + WITHIN)
    return [Together(shift, _others(shift, others, names)) for shift in shifts]


def _who_may_be_on_call(organization: Organization, now: datetime) -> QuerySet[Membership]:
    """Return those who have a place in a rotation, or whom an override or an imported calendar names in the time shown.

    Each of the three begins at the few who are named; no index finds an OR of them.
    """
    since, until = stored(now), stored(now + WITHIN)
    members = Membership.objects.order_by().only("pk", "display_name", "email", "user_id")
    return members.filter(rotation_places__rotation__organization=organization).union(
        members.filter(
            overrides__rotation__organization=organization,
            overrides__ends_at__gt=since,
            overrides__starts_at__lt=until,
        ),
        members.filter(
            imported_shifts__calendar__organization=organization,
            imported_shifts__ends_at__gt=since,
            imported_shifts__starts_at__lt=until,
        ),
    )


def _others(shift: Shift, others: Sequence[Shift], names: dict[int, Membership]) -> list[tuple[str, StrOrPromise]]:
    found = {
        # Never the address: whoever looks need not have the right to see the members.
        (names[each.member_id].display_name or _("Somebody without a name"), each.label)
        for each in others
        if each.member_id != shift.member_id and each.begins_at < shift.ends_at and each.ends_at > shift.begins_at
    }
    return sorted(found, key=lambda pair: (pair[0], str(pair[1])))
