"""On-call rotations: layers of shifts, one above the other, and overrides above them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from .clock import first_moment, local_time
from .people import People
from .spans import edges
from .weekly import WeeklyHours

SKIP, OPEN = "skip", "open"
"""What becomes of the shift of a member who is disabled or away: the next in order takes it, or nobody does."""


@dataclass(frozen=True, order=True)
class Place:
    """A member's place in the order of a layer. Positions may have gaps: where somebody was removed."""

    position: int
    member: int


@dataclass(frozen=True)
class Layer:
    """Members who take turns.

    Shifts are counted by the local clock, so that a hand-over at 9:00 is at 9:00 all the year: shift 0 begins at
    `origin`, shift n at `origin + n * length`, as the clock shows it (see `first_moment`).
    """

    zone: ZoneInfo
    origin: datetime
    """Naive, local."""
    length: timedelta
    places: tuple[Place, ...]
    """In order."""
    starts: datetime | None = None
    """Naive, local: nobody is on call before. None: with shift 0, at `origin`."""
    anchor: tuple[int, int] = (0, 0)
    """(number of a shift, position of who has it): what stays true when the order changes."""
    hours: WeeklyHours | None = None
    """When it holds; None: always."""
    name: str = ""

    def begins(self, number: int) -> datetime:
        """Return when a shift begins."""
        return first_moment(self.origin + number * self.length, self.zone)

    @cached_property
    def begins_at(self) -> datetime:
        """When anybody is on call for the first time."""
        return first_moment(max(self.starts or self.origin, self.origin), self.zone)

    def number(self, at: datetime) -> int:
        """Return which shift it is; negative before the first."""
        guess = (local_time(at, self.zone) - self.origin) // self.length
        # The next one may have begun already, before the local clock was put back.
        while self.begins(guess + 1) <= at:
            guess += 1
        return guess

    def order(self, number: int) -> Sequence[Place]:
        """Return who takes a shift, and who would if they cannot, in order."""
        if not self.places:
            return ()
        shift, position = self.anchor
        first = next((index for index, place in enumerate(self.places) if place.position >= position), 0)
        index = (first + number - shift) % len(self.places)
        return (*self.places[index:], *self.places[:index])

    def holds(self, at: datetime) -> bool:
        """Whether the layer has begun, and the hours of the week are its own."""
        return at >= self.begins_at and (self.hours is None or self.hours.is_open(at))

    def changes(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Yield every instant between at which another shift begins, or the layer begins or ceases to hold."""
        if since < self.begins_at < until:
            yield self.begins_at
        number = self.number(max(since, self.begins_at)) + 1
        while (begins := self.begins(number)) < until:
            yield begins
            number += 1
        if self.hours is not None:
            yield from edges(self.hours.intervals(since, until), since, until)

    def anchored(self, at: datetime) -> Layer:
        """Return the layer with an anchor at the shift of an instant: who has that one stays when places change."""
        number = max(self.number(at), self.number(self.begins_at))
        order = self.order(number)
        return replace(self, anchor=(number, order[0].position if order else 0))


@dataclass(frozen=True)
class Override:
    """A span that a member takes; without a member it is left open."""

    begins: datetime
    ends: datetime
    member: int | None
    pk: int = 0


@dataclass(frozen=True)
class Turn:
    """Some time in which the same member is on call by the same shift or override, or nobody is."""

    begins: datetime
    ends: datetime
    member: int | None
    layer: int | None = None
    """The layer that it comes from, counted from the base."""
    shift: int | None = None
    """The shift's number in the layer."""
    override: int | None = None
    """The pk of the override that it comes from."""

    @property
    def source(self) -> tuple[int | None, int | None, int | None, int | None]:
        """What makes two neighbours one turn."""
        return self.member, self.layer, self.shift, self.override


@dataclass(frozen=True)
class Rotation:
    """Who is on call. The last layer that has somebody wins, as on a pile of paper; of overrides, the newest."""

    layers: tuple[Layer, ...]
    """From the base to the top."""
    overrides: tuple[Override, ...] = ()
    """From the oldest to the newest."""
    when_away: str = SKIP
    pk: int = 0
    name: str = ""

    @cached_property
    def members(self) -> frozenset[int]:
        """Everybody who can be on call."""
        placed = {place.member for layer in self.layers for place in layer.places}
        return frozenset(placed | {each.member for each in self.overrides if each.member is not None})

    def end_of(self, turn: Turn) -> datetime | None:
        """Return when the shift or override of a turn ends, whatever cuts the turn; None: nobody is on call in it."""
        if turn.layer is not None and turn.shift is not None:
            return self.layers[turn.layer].begins(turn.shift + 1)
        return next((each.ends for each in self.overrides if each.pk == turn.override), None)

    def without(self, members: frozenset[int], at: datetime) -> Rotation:
        """Return the rotation as it is when members have left it at an instant: see `Layer.anchored`."""
        layers = (layer.anchored(at) for layer in self.layers)
        return replace(
            self,
            layers=tuple(
                replace(layer, places=tuple(each for each in layer.places if each.member not in members))
                for layer in layers
            ),
            overrides=tuple(each for each in self.overrides if each.member not in members),
        )

    def turn(self, at: datetime, people: People) -> Turn:
        """Return the turn that an instant lies in, as an empty span at that instant.

        An override whose member is disabled or away does not count: the rotation goes on below it.
        """
        for override in reversed(self.overrides):
            if override.begins <= at < override.ends and (
                override.member is None or people.are_present(override.member, at)
            ):
                return Turn(at, at, override.member, override=override.pk)
        for index in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[index]
            if layer.holds(at):
                number = layer.number(at)
                member = self._who(layer.order(number), at, people)
                if member is not None:
                    return Turn(at, at, member, layer=index, shift=number)
        return Turn(at, at, None)

    def on_call(self, at: datetime, people: People) -> int | None:
        """Return who is on call at an instant."""
        return self.turn(at, people).member

    def turns(self, since: datetime, until: datetime, people: People) -> list[Turn]:
        """Return who is on call between two instants, without gaps: a turn without a member where nobody is."""
        moments = [since, *sorted(set(self._changes(since, until, people))), until]
        turns: list[Turn] = []
        for begins, ends in pairwise(moments):
            turn = replace(self.turn(begins, people), ends=ends)
            if turns and turns[-1].source == turn.source:
                turns[-1] = replace(turns[-1], ends=ends)
            elif begins < ends:
                turns.append(turn)
        return turns

    def _who(self, order: Sequence[Place], at: datetime, people: People) -> int | None:
        candidates = order if self.when_away == SKIP else order[:1]
        return next((place.member for place in candidates if people.are_present(place.member, at)), None)

    def _changes(self, since: datetime, until: datetime, people: People) -> Iterator[datetime]:
        for layer in self.layers:
            yield from layer.changes(since, until)
        yield from edges(((each.begins, each.ends) for each in self.overrides), since, until)
        yield from people.changes(self.members, since, until)
