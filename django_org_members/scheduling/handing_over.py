"""Handing shifts over: overrides for what somebody would have been on call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..availability import Shift, get_provider
from ..availability.engine import Interval, merged
from ..availability.loading import instant, stored
from ..form_errors import field_error
from ..models import Membership, Organization, Override, Rotation
from ..models.memberships import MembershipQuerySet
from ..moments import span_in_words
from ..policy import Judge
from . import absences
from .overrides import write

WITHIN = timedelta(days=14)
"""How far ahead one looks."""


def shifts(organization: Organization, members: Sequence[Membership], now: datetime) -> list[Shift]:
    """Return the members' shifts of the next two weeks that an override can hand over: those of rotations."""
    now = instant(now)
    found = get_provider(organization).shifts(members, now, now + WITHIN)
    return [shift for shift in found if shift.rotation_id is not None]


def mates(organization: Organization, member: Membership, rotations: Iterable[int | None]) -> MembershipQuerySet:
    """Return the active members of these rotations beside this one, by name."""
    found = Membership.objects.active().filter(organization=organization, rotation_places__rotation__in=list(rotations))
    return found.exclude(pk=member.pk).distinct().order_by("sort_name", "pk")


def overrides(organization: Organization, members: Sequence[Membership], now: datetime) -> QuerySet[Override]:
    """Return the overrides to come, and that of now, that name any of the members."""
    pks = [member.pk for member in members]
    return Override.objects.filter(rotation__organization=organization, membership__in=pks, ends_at__gt=stored(now))


def hand_over(judge: Judge, members: Collection[Membership], to: Membership, now: datetime, *, field: str) -> None:
    """Write overrides for the shifts of the next two weeks; the organization is locked and the actor allowed.

    Shifts of a rotation that touch, as hourly ones of somebody alone in it do, become one override.

    Raises `ValidationError` at `field` where `to` is one of the members, disabled, away during one of the shifts, or of
    another organization. One audit event about `to` for each override, and one signal `availability_changed`. The number of
    queries does not depend on that of the shifts.
    """
    found = Membership.objects.filter(pk=to.pk, organization=judge.organization).first()
    if found is None:
        raise field_error(field, _("There is no such member."), "unknown_member")
    if found.pk in {member.pk for member in members}:
        raise field_error(field, _("Choose somebody else: this member is on call no more."), "same_member")
    if found.is_disabled:
        raise field_error(field, _("The access of this member is disabled."), "disabled")
    now = instant(now)
    taken = shifts(judge.organization, list(members), now)
    rotations = Rotation.objects.in_bulk({shift.rotation_id for shift in taken})
    _check_presence(found, taken, now, field)
    write(judge, found, _spans(taken, rotations, now))


def _spans(
    taken: Iterable[Shift], rotations: Mapping[int, Rotation], now: datetime
) -> list[tuple[Rotation, datetime, datetime]]:
    """Return what is left of the shifts, in order; those of a rotation that touch as one span."""
    found: dict[int, list[Interval]] = defaultdict(list)
    for shift in taken:
        found[shift.rotation_id or 0].append((instant(max(shift.begins_at, now)), instant(shift.ends_at)))
    return sorted(
        ((rotations[pk], *span) for pk, spans in found.items() if pk in rotations for span in merged(spans)),
        key=lambda each: (each[1], each[0].pk),
    )


def _check_presence(to: Membership, taken: Sequence[Shift], now: datetime, field: str) -> None:
    """An override does not count while its member is away: the shift would go to somebody else, unsaid."""
    for off in absences.of([to], now).get(to.pk, ()):
        begins, ends = instant(off.starts_at), instant(off.ends_at)
        if any(shift.begins_at < ends and shift.ends_at > begins for shift in taken):
            words = _("%(who)s is away during one of these shifts (%(when)s). Choose somebody else.")
            when = span_in_words(off.starts_at, off.ends_at)
            raise field_error(field, words, "away", who=str(to), when=when)
