"""Everything that an organization has planned, and what follows from it for its members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property

from .people import People
from .rotation import Rotation, Turn
from .spans import Interval, contains, edges, merged
from .weekly import WeeklyHours

_JUST = timedelta(microseconds=1)


class State(str, Enum):
    """Whether someone can be reached."""

    AVAILABLE = "available"
    ON_CALL = "on_call"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Facts:
    """What is asked about one member."""

    pk: int
    is_active: bool = True
    schedule: int | None = None
    """The pk of the member's own schedule; None: the organization's default, if it has one."""
    away: tuple[Interval, ...] = ()


@dataclass(frozen=True)
class Feed:
    """Shifts that another system knows: who is on call there, and when. Several members at a time may be."""

    pk: int
    name: str
    shifts: tuple[tuple[int, datetime, datetime], ...]
    """(member, begins, ends)."""


@dataclass(frozen=True)
class Plan:
    """What was read of one organization, for the time from `since` to `until`; it answers for instants between them.

    Where that would end in the middle of something, it may go on: see `follow` and `known`.
    """

    since: datetime
    until: datetime
    schedules: Mapping[int, WeeklyHours] = field(default_factory=dict)
    default: int | None = None
    """The pk of the default schedule."""
    rotations: tuple[Rotation, ...] = ()
    feeds: tuple[Feed, ...] = ()
    closures: tuple[Interval, ...] = ()
    people: People = field(default_factory=People)
    """Of those whom rotations and feeds name."""
    is_anybody_away: bool = False
    """Whether any member at all has time off in this time."""
    follow: bool = False
    """Whether the turn that goes on at `until` is told with its own end, and the next one with its begin; else it is cut."""
    known: datetime | None = None
    """Until when overrides, feeds, closures and time off were read; None: `until`."""

    @property
    def horizon(self) -> datetime:
        """Until when it knows what is planned once."""
        return self.known or self.until

    # At an instant.

    def is_closed(self, at: datetime) -> bool:
        """Whether a closure keeps everybody away who is not on call."""
        return contains(self.closures, at)

    def open_schedules(self, at: datetime) -> frozenset[int]:
        """Return the schedules in whose hours an instant lies."""
        return frozenset(pk for pk, hours in self.schedules.items() if hours.is_open(at))

    def on_call(self, at: datetime) -> frozenset[int]:
        """Return everybody who is on call in any rotation or feed."""
        members = {rotation.on_call(at, self.people) for rotation in self.rotations}
        for feed in self.feeds:
            members.update(member for member, begins, ends in feed.shifts if begins <= at < ends)
        return frozenset(each for each in members if each is not None and self.people.are_present(each, at))

    def state(self, member: Facts, at: datetime) -> State:
        """Return whether a member can be reached: see the design's order of rules."""
        if not member.is_active or contains(member.away, at):
            return State.UNAVAILABLE
        if contains(self.on_call_spans(member.pk), at):
            return State.ON_CALL
        if self.is_closed(at):
            return State.UNAVAILABLE
        hours = self._hours(member)
        return State.AVAILABLE if hours is None or hours.is_open(at) else State.UNAVAILABLE

    # Ahead.

    def next_change(self, member: Facts, at: datetime) -> datetime | None:
        """Return until when a member's state lasts; None: longer than the plan was read for.

        Time off, a closure or a shift that goes on at the end of that time is followed to its own end.
        """
        return self._change(member, at, self.state(member, at))

    def turns(self, rotation: Rotation) -> list[Turn]:
        """Return a rotation's turns, the whole time (see `follow`); computed once."""
        if rotation.pk not in self._turns:
            turns = rotation.turns(self.since, self.until, self.people)
            if self.follow and turns:
                turns[-1:] = self._followed(rotation, turns[-1])
            self._turns[rotation.pk] = turns
        return self._turns[rotation.pk]

    def on_call_spans(self, member: int) -> list[Interval]:
        """Return when a member is on call, in order; shifts that follow each other are one."""
        if member not in self._spans:
            self._spans[member] = merged((begins, ends) for begins, ends in self._shifts(member))
        return self._spans[member]

    def feed_spans(self, feed: Feed, member: int) -> list[Interval]:
        """Return when a member really is on call by a feed: not while disabled or away."""
        if member in self.people.disabled:
            return []
        away = self.people.away.get(member, ())
        shifts = [(begins, ends) for whose, begins, ends in feed.shifts if whose == member]
        return [span for shift in shifts for span in without(shift, away)]

    @cached_property
    def _turns(self) -> dict[int, list[Turn]]:
        return {}

    @cached_property
    def _spans(self) -> dict[int, list[Interval]]:
        return {}

    @cached_property
    def _later(self) -> dict[datetime, Plan]:
        return {}

    def _from(self, at: datetime) -> Plan:
        """Return the same plan for as long a time from `at` on."""
        if at not in self._later:
            self._later[at] = replace(self, since=at, until=at + (self.until - self.since))
        return self._later[at]

    def _followed(self, rotation: Rotation, turn: Turn) -> list[Turn]:
        """Return the last turn with its own end, and what begins then, cut."""
        ends = rotation.end_of(turn)
        if ends is None or ends < turn.ends:
            return [turn]
        for more in rotation.turns(turn.ends, ends + _JUST, self.people):
            if more.source != turn.source:
                return [turn, more]
            turn = replace(turn, ends=more.ends)
        return [turn]

    def _change(self, member: Facts, at: datetime, state: State) -> datetime | None:
        found = next((change for change in self._changes(member, at) if self.state(member, change) != state), None)
        held = None if found is not None else self._held(member)
        if held is None or held >= self.horizon:
            return found
        plan = self._from(held)
        return held if plan.state(member, held) != state else plan._change(member, held, state)

    def _held(self, member: Facts) -> datetime | None:
        """Return from when on to look again, where something goes on at the end of the time; None: nothing does."""
        away = _end_of(member.away, self.until)
        if away is not None:
            return away
        shift = _end_of(self.on_call_spans(member.pk), self.until)
        if shift is not None:
            looked = (self.turns(each)[-1].ends for each in self.rotations if member.pk in each.members)
            return shift if all(shift < each for each in looked) else None  # it goes on beyond what was computed
        return self.until if _end_of(self.closures, self.until) is not None else None

    def _hours(self, member: Facts) -> WeeklyHours | None:
        schedule = self.default if member.schedule is None else member.schedule
        return None if schedule is None else self.schedules.get(schedule)

    def _shifts(self, member: int) -> Iterator[Interval]:
        for rotation in self.rotations:
            if member in rotation.members:
                yield from ((turn.begins, turn.ends) for turn in self.turns(rotation) if turn.member == member)
        for feed in self.feeds:
            yield from self.feed_spans(feed, member)

    def _changes(self, member: Facts, at: datetime) -> list[datetime]:
        spans: list[Iterable[Interval]] = [member.away, self.on_call_spans(member.pk), self.closures]
        hours = self._hours(member)
        if hours is not None:
            spans.append(self._open(hours))
        return sorted({edge for each in spans for edge in edges(each, at, self.until)})

    @cached_property
    def _open_spans(self) -> dict[WeeklyHours, list[Interval]]:
        return {}

    def _open(self, hours: WeeklyHours) -> list[Interval]:
        if hours not in self._open_spans:
            self._open_spans[hours] = hours.intervals(self.since, self.until)
        return self._open_spans[hours]


def _end_of(spans: Iterable[Interval], at: datetime) -> datetime | None:
    """Return the end of the span that goes on until an instant at least; None: there is none."""
    return next((ends for begins, ends in merged(spans) if begins < at <= ends), None)


def without(interval: Interval, taken: Iterable[Interval]) -> Iterator[Interval]:
    """Yield what is left of a span without others."""
    begins, ends = interval
    for out, back in merged(taken):
        if out >= ends:
            break
        if out > begins:
            yield begins, out
        begins = max(begins, back)
    if begins < ends:
        yield begins, ends
