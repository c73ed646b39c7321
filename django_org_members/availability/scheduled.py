"""The answer from what Org Settings knows: schedules, time off, closures, rotations, imported calendars."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from ..models import Membership, TimeOff
from ..models.memberships import MembershipQuerySet
from . import loading, own_time_off
from .engine import Facts, Feed, Interval, Plan, Rotation, edges
from .providers import AvailabilityProvider, OnCall, Shift
from .states import Availability, Show

_NOBODY = Q(pk__in=())


class ScheduleProvider(AvailabilityProvider):
    """On-call, if on call in any rotation; else Available in the hours of the member's schedule or of the default.

    Disabled, away, or closed: Unavailable, though a closure does not end a shift on call. No schedule at all: Available.
    Schedules and rotations are computed in Python, as few as they are; the members in SQL, as many as they are.
    """

    _plan: Plan | None = None

    def plan(self, at: datetime, until: datetime | None = None) -> Plan:
        """Return what is planned, read once for 15 days from `at`, or for a time that it does not cover yet: one query."""
        begins = loading.instant(at)
        ends = begins + loading.AHEAD if until is None else loading.instant(until)
        plan = self._plan
        if plan is None or begins < plan.since or ends > plan.until:
            plan = self._plan = loading.load(self.organization, begins, ends, follow=True)
        return plan

    def expression(self, at: datetime) -> Any:
        """Decide in the order of the rules."""
        people = self._on_call(at)
        on_call = [When(is_active=True, pk__in=people, then=Value(Availability.ON_CALL.value))] if people else []
        return Case(
            *on_call,
            When(self._available(at, on_call=_NOBODY), then=Value(Availability.AVAILABLE.value)),
            default=Value(Availability.UNAVAILABLE.value),
            output_field=CharField(),
        )

    def rows(self, members: MembershipQuerySet, at: datetime) -> MembershipQuerySet:
        """Add `availability`, and the time off of each row if anybody is away."""
        rows, plan = self.annotate(members, at), self.plan(at)
        return own_time_off.annotate(rows, plan) if plan.is_anybody_away else rows

    def filter(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Narrow by the same rules."""
        if show == Show.ALL:
            return members
        people = self._on_call(at)
        available = self._available(at, on_call=Q(is_active=True, pk__in=people) if people else _NOBODY)
        return members.filter(available if show == Show.AVAILABLE else ~available)

    def parts(self, members: MembershipQuerySet, show: Show, at: datetime) -> Sequence[MembershipQuerySet]:
        """Return those who are on call, who have no schedule, and who have one of those that matter; or who are away."""
        if show == Show.ALL:
            return [members]
        plan, now = self.plan(at), loading.instant(at)
        people = self._on_call(at)
        if show == Show.AVAILABLE:
            on_call = [members.filter(is_active=True, pk__in=people)] if people else []
            at_work = members.filter(is_active=True)
            if plan.is_anybody_away:
                at_work = at_work.exclude(self._away(now))
            return [*on_call, *([] if plan.is_closed(now) else self._by_schedule(at_work, plan, now, is_open=True))]
        others = members.filter(is_active=True).exclude(pk__in=people) if people else members.filter(is_active=True)
        disabled = members.filter(is_active=False)
        if plan.is_closed(now):
            return [disabled, others]
        away = TimeOff.objects.at(loading.stored(now)).filter(organization=self.organization)
        return [
            disabled,
            *self._by_schedule(others, plan, now, is_open=False),
            *([others.filter(pk__in=away.order_by().values("membership"))] if plan.is_anybody_away else []),
        ]

    def walkable(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Return the active ones for Available: the only one of the rules that the indexes of the orders hold."""
        return members.filter(is_active=True) if show == Show.AVAILABLE else members

    def count(self, show: Show, at: datetime) -> int | None:
        """Return the organization's kept counters, where only the status decides."""
        plan, active = self.plan(at), self.organization.active_member_count
        if show == Show.ALL:
            return self.organization.member_count
        if plan.schedules or plan.is_anybody_away or plan.is_closed(loading.instant(at)):
            return None
        return active if show == Show.AVAILABLE else self.organization.member_count - active

    def until(self, members: Sequence[Membership], at: datetime) -> Mapping[int, datetime]:
        """Return until when each member's availability lasts: one query, if anybody is away and they are not of `rows`."""
        plan, begins = self.plan(at), loading.instant(at)
        facts = self._facts(members, plan)
        changes = {each.pk: plan.next_change(each, begins) for each in facts}
        return {pk: change for pk, change in changes.items() if change is not None}

    def on_call(self, at: datetime) -> Sequence[OnCall]:
        """Return who is on call: the rotations by name, then the calendars of other systems."""
        plan, begins = self.plan(at), loading.instant(at)
        return [
            *(_of_rotation(plan, each, begins) for each in plan.rotations),
            *(_of_feed(plan, each, begins) for each in plan.feeds),
        ]

    def shifts(self, members: Sequence[Membership], since: datetime, until: datetime) -> Sequence[Shift]:
        """Return the turns of rotations, and the shifts of other systems, that these members have."""
        # A shift that goes on then is told with its own end.
        plan, pks = self.plan(since, until), {member.pk for member in members}
        begins, ends = loading.instant(since), loading.instant(until)
        found = [
            Shift(turn.member, turn.begins, turn.ends, rotation.name, rotation.pk)
            for rotation in plan.rotations
            if pks & rotation.members
            for turn in plan.turns(rotation)
            if turn.member in pks and turn.begins < ends and turn.ends > begins
        ]
        for feed in plan.feeds:
            found.extend(
                Shift(member, *span, feed.name)
                for member in pks
                for span in plan.feed_spans(feed, member)
                if span[0] < ends and span[1] > begins
            )
        return sorted(found, key=lambda shift: (shift.begins_at, shift.ends_at, shift.member_id))

    def successors(
        self, shifts: Sequence[Shift], at: datetime, *, removed: bool = False
    ) -> Mapping[Shift, Sequence[int | None]]:
        """Ask the rotations as they are without these members. Calendars of other systems go on naming them."""
        plan, now = self.plan(at), loading.instant(at)
        gone = frozenset(shift.member_id for shift in shifts)
        people = replace(plan.people, disabled=plan.people.disabled | gone)
        rotations = {
            each.pk: each.without(gone, now) if removed else each for each in plan.rotations if each.members & gone
        }
        found: dict[Shift, Sequence[int | None]] = {}
        for shift in shifts:
            rotation = rotations.get(shift.rotation_id or 0)
            if rotation is not None:
                turns = rotation.turns(max(shift.begins_at, now), shift.ends_at, people)
                found[shift] = tuple(dict.fromkeys(turn.member for turn in turns))
        return found

    def _on_call(self, at: datetime) -> list[int]:
        return sorted(self.plan(at).on_call(loading.instant(at)))

    def _available(self, at: datetime, *, on_call: Q) -> Q:
        plan, now = self.plan(at), loading.instant(at)
        if plan.is_closed(now):
            return on_call
        if not plan.is_anybody_away:
            return on_call | Q(Q(is_active=True), _at_work(plan, now))
        return on_call | Q(Q(is_active=True), _at_work(plan, now), ~self._away(now))

    def _away(self, now: datetime) -> Exists:
        return Exists(TimeOff.objects.at(loading.stored(now)).filter(membership=OuterRef("pk")))

    def _by_schedule(
        self, members: MembershipQuerySet, plan: Plan, now: datetime, *, is_open: bool
    ) -> list[MembershipQuerySet]:
        """Return those in, or outside, their working hours: by the default schedule, or none, and by their own."""
        open_now = plan.open_schedules(now)
        wanted = sorted(open_now if is_open else plan.schedules.keys() - open_now)
        by_default = (plan.default is None or plan.default in open_now) == is_open
        parts = [members.filter(schedule=None)] if by_default else []
        return [*parts, members.filter(schedule__in=wanted)] if wanted else parts

    def _facts(self, members: Sequence[Membership], plan: Plan) -> list[Facts]:
        away: dict[int, list[Interval]] = defaultdict(list)
        if plan.is_anybody_away and all(own_time_off.is_known(member) for member in members):
            away.update({member.pk: list(own_time_off.read(member)) for member in members})
        elif plan.is_anybody_away:
            self._read_time_off(members, plan, away)
        return [
            Facts(member.pk, member.is_active, member.schedule_id, tuple(sorted(away[member.pk]))) for member in members
        ]

    def _read_time_off(self, members: Sequence[Membership], plan: Plan, away: dict[int, list[Interval]]) -> None:
        since, until = loading.stored(plan.since), loading.stored(plan.horizon)
        rows = TimeOff.objects.between(since, until).filter(membership__in=[member.pk for member in members])
        for pk, begins, ends in rows.values_list("membership", "starts_at", "ends_at"):
            away[pk].append((loading.instant(begins), loading.instant(ends)))


def _at_work(plan: Plan, at: datetime) -> Q:
    """Return the condition for being within the hours of one's schedule, or of the default."""
    open_now = plan.open_schedules(at)
    closed = plan.schedules.keys() - open_now
    by_default = plan.default not in closed
    if by_default:  # the shorter list, and mostly none at all
        return ~Q(schedule__in=sorted(closed)) if closed else Q()
    return Q(schedule__in=sorted(open_now)) if open_now else _NOBODY


def _of_rotation(plan: Plan, rotation: Rotation, at: datetime) -> OnCall:
    turns = [turn for turn in plan.turns(rotation) if turn.ends > at]
    now = turns[0].member if turns else None
    change = next((turn.begins for turn in turns if turn.member != now), None)
    following = next((turn for turn in turns if change and turn.begins >= change and turn.member is not None), None)
    return OnCall(
        label=rotation.name,
        member_ids=_ids(now),
        until=change,
        next_ids=_ids(following.member) if following else (),
        next_at=following.begins if following else None,
        rotation_id=rotation.pk,
    )


def _of_feed(plan: Plan, feed: Feed, at: datetime) -> OnCall:
    spans = {member: plan.feed_spans(feed, member) for member in sorted({shift[0] for shift in feed.shifts})}

    def on_call(moment: datetime) -> tuple[int, ...]:
        return tuple(pk for pk, each in spans.items() if any(begins <= moment < ends for begins, ends in each))

    now = on_call(at)
    changes = sorted({edge for each in spans.values() for edge in edges(each, at, plan.horizon)})
    until = next((change for change in changes if on_call(change) != now), None)
    following = next((change for change in changes if until and change >= until and on_call(change)), None)
    return OnCall(
        label=feed.name,
        member_ids=now,
        until=until,
        next_ids=on_call(following) if following else (),
        next_at=following,
        calendar_id=feed.pk,
    )


def _ids(member: int | None) -> tuple[int, ...]:
    return () if member is None else (member,)
