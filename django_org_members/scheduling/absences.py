"""When a member is away: from and until, by the clock of the member's schedule, and what it may not overlap with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy as _

from ..availability.engine import Interval, first_moment
from ..availability.loading import instant, stored
from ..form_errors import field_error
from ..models import Membership, Organization, Schedule, TimeOff
from . import rules

LONGEST = timedelta(days=2 * 366)
"""How long time off may last."""


def check(starts_at: datetime, ends_at: datetime) -> None:
    """Raise `ValidationError` at `ends_at` where it is not after `starts_at`, or more than two years after it.

    At either where its year is none that can be planned (see `rules.in_range`).
    """
    rules.in_range("starts_at", starts_at)
    rules.in_range("ends_at", ends_at)
    if is_naive(starts_at) != is_naive(ends_at):
        raise field_error("ends_at", _("Give both times by a local clock, or both with a time zone."), "mixed")
    if ends_at <= starts_at:
        raise field_error("ends_at", _("The end must be after the start."), "order")
    if ends_at - starts_at > LONGEST:
        raise field_error("ends_at", _("Time off lasts two years at most."), "long")


def zones(organization: Organization, members: Collection[Membership]) -> Mapping[int, ZoneInfo]:
    """Return the time zone in which each member plans, by pk: that of the own schedule, else the organization's."""
    own = Schedule.objects.in_bulk({member.schedule_id for member in members if member.schedule_id})
    return {
        member.pk: own[member.schedule_id].zone if member.schedule_id in own else organization.zone
        for member in members
    }


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Interval:
    """Return the instants; naive times are what clocks in the zone show."""
    begins, ends = (first_moment(at, zone) if is_naive(at) else instant(at) for at in (starts_at, ends_at))
    return begins, ends


def overlapping(spans: Mapping[int, Interval]) -> Mapping[int, TimeOff]:
    """Return of each member (pk) the first time off that overlaps with the span: one query."""
    if not spans:
        return {}
    since, until = min(begins for begins, _ends in spans.values()), max(ends for _begins, ends in spans.values())
    rows = TimeOff.objects.between(stored(since), stored(until)).filter(membership__in=list(spans))
    found: dict[int, TimeOff] = {}
    for row in rows.order_by("starts_at", "pk"):
        begins, ends = spans[row.membership_id]
        if instant(row.starts_at) < ends and instant(row.ends_at) > begins:
            found.setdefault(row.membership_id, row)
    return found


def add(organization: Organization, spans: Mapping[int, Interval], note: str) -> None:
    """Store it: one statement. Checks nothing and records nothing: the action `add-time-off` does."""
    TimeOff.objects.bulk_create(
        TimeOff(
            organization=organization,
            membership_id=pk,
            starts_at=stored(begins),
            ends_at=stored(ends),
            note=note,
        )
        for pk, (begins, ends) in spans.items()
    )


def of(members: Iterable[Membership], since: datetime) -> Mapping[int, list[TimeOff]]:
    """Return the members' time off that has not ended at an instant, in order, by pk: one query."""
    rows = TimeOff.objects.filter(membership__in=[member.pk for member in members], ends_at__gt=stored(instant(since)))
    found: dict[int, list[TimeOff]] = defaultdict(list)
    for row in rows.order_by("starts_at", "pk"):
        found[row.membership_id].append(row)
    return found
