"""The lanes of the week calendar: one for each rotation and imported calendar, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import get_language_bidi, gettext

from ...availability.engine import Feed, Plan, Rotation, merged
from ...availability.engine.plan import without
from . import words
from .weeks import Day, Week

if TYPE_CHECKING:
    from ...models import Membership

MARGIN = timedelta(days=8)
"""So far beyond the week is looked for where its first turns began and its last ones end."""
TRACK = 4
"""How high a block is, in rem."""
ROOMY, WIDE, NARROW = 20.0, 11.0, 4.5
"""Percent of the week: blocks with room for days and times in a line, for times in one, and for these in two."""


@dataclass(frozen=True)
class Span:
    """Some time in which one member is on call, or nobody is."""

    begins: datetime
    ends: datetime
    member: int | None
    override: int | None = None


@dataclass(frozen=True)
class Block:
    """A span as the calendar shows it."""

    span: Span
    week: Week
    who: Membership | None
    track: int = 0
    url: str = ""
    """Where an override of it is made; empty where none can be, or by whom it may not."""
    is_cut: tuple[bool, bool] = (False, False)
    """Whether it began earlier, or ends later, than was looked."""

    @cached_property
    def name(self) -> str:
        """Who is on call."""
        return str(self.who) if self.who is not None else gettext("Nobody")

    @property
    def is_override(self) -> bool:
        """Whether it comes from an override."""
        return self.span.override is not None

    @cached_property
    def times(self) -> str:
        """Begin and end, exactly."""
        text = words.span_in_words(self.span.begins, self.span.ends, self.week.zone)
        return f"{'… ' if self.is_cut[0] else ''}{text}{' …' if self.is_cut[1] else ''}"

    @cached_property
    def short_times(self) -> str:
        """Begin and end, short."""
        has_room = self._place[1] >= ROOMY
        days = (has_room or self.span.begins < self.week.begins, has_room or self.span.ends > self.week.ends)
        return words.short_span(self.span.begins, self.span.ends, self.week.zone, with_days=days, is_cut=self.is_cut)

    @cached_property
    def facts(self) -> str:
        """Everything that the block tells, in a sentence."""
        marks = {"who": self.name, "times": self.times}
        if self.is_override:
            return gettext("%(who)s, override: %(times)s") % marks
        return gettext("%(who)s: %(times)s") % marks

    @cached_property
    def _place(self) -> tuple[float, float]:
        begins, ends = (100 * self.week.place(at) for at in (self.span.begins, self.span.ends))
        return (100 - ends if get_language_bidi() else begins), ends - begins

    @property
    def x(self) -> str:
        """Where it begins, for SVG: on the right, in a language that is written from there."""
        return percent(self._place[0])

    @property
    def width(self) -> str:
        """How wide it is, for SVG."""
        return percent(self._place[1])

    @property
    def y(self) -> str:
        """How far from the top of the lane, for SVG."""
        return f"{self.track * TRACK}rem"

    @property
    def size(self) -> str:
        """Whether there is room for the times in one line, in two, or not at all."""
        width = self._place[1]
        return "wide" if width >= WIDE else "narrow" if width >= NARROW else "thin"

    def on(self, day: Day) -> str:
        """Return when in a day, in words."""
        return words.within_day(self.span.begins, self.span.ends, (day.begins, day.ends), self.week.zone)


@dataclass(frozen=True)
class Lane:
    """One rotation, or one imported calendar."""

    label: str
    blocks: Sequence[Block]
    rotation: int | None = None
    calendar: int | None = None
    url: str = ""
    """Where an override of it is made."""

    @property
    def tracks(self) -> int:
        """How many blocks lie above each other."""
        return 1 + max((block.track for block in self.blocks), default=0)

    @property
    def height(self) -> str:
        """How high it is, for SVG."""
        return f"{self.tracks * TRACK}rem"

    def on(self, day: Day) -> list[tuple[str, Block]]:
        """Return what lies in a day: (when in it, block)."""
        return [
            (block.on(day), block)
            for block in self.blocks
            if block.span.begins < day.ends and block.span.ends > day.begins
        ]


@dataclass(frozen=True)
class Source:
    """What a lane is made of, before its blocks are: pages of lanes are cut here."""

    plan: Plan
    of: Rotation | Feed

    def spans(self, week: Week) -> list[Span]:
        """Return what overlaps with the week, whole as far as it was looked."""
        found = self._turns() if isinstance(self.of, Rotation) else _of_feed(self.plan, self.of)
        return [span for span in found if span.begins < week.ends and span.ends > week.begins]

    def _turns(self) -> Iterable[Span]:
        assert isinstance(self.of, Rotation)
        for turn in self.plan.turns(self.of):
            yield Span(turn.begins, turn.ends, turn.member, turn.override)


def sources(plan: Plan) -> list[Source]:
    """Return the lanes in order: the rotations by name, then the calendars of other systems."""
    return [*(Source(plan, each) for each in plan.rotations), *(Source(plan, each) for each in plan.feeds)]


@dataclass
class Painter:
    """Makes lanes of sources."""

    week: Week
    members: Mapping[int, Membership]
    now: datetime
    override_url: Callable[[int, datetime | None, datetime | None], str] | None = None
    """Where an override of a rotation's span is made; None for whom may not."""

    def lane(self, source: Source, spans: Sequence[Span]) -> Lane:
        """Return a lane of what `Source.spans` found."""
        blocks = [self._block(source, span) for span in spans]
        if isinstance(source.of, Rotation):
            pk = source.of.pk
            url = self.override_url(pk, None, None) if self.override_url else ""
            return Lane(source.of.name, blocks, rotation=pk, url=url)
        return Lane(source.of.name, list(_stacked(blocks)), calendar=source.of.pk)

    def _block(self, source: Source, span: Span) -> Block:
        plan = source.plan
        return Block(
            span=span,
            week=self.week,
            who=self.members.get(span.member) if span.member is not None else None,
            url=self._url(source, span),
            is_cut=(span.begins <= plan.since, span.ends >= plan.until),
        )

    def _url(self, source: Source, span: Span) -> str:
        if self.override_url is None or not isinstance(source.of, Rotation) or span.ends <= self.now:
            return ""
        begins = max(span.begins, self.now.replace(second=0, microsecond=0))
        cut = (max(begins, self.week.begins), min(span.ends, self.week.ends))
        begins = cut[0] if span.begins <= source.plan.since else begins
        ends = cut[1] if span.ends >= source.plan.until else span.ends
        return self.override_url(source.of.pk, begins, ends)


def percent(number: float) -> str:
    """Return a length for SVG, the same in every language."""
    return f"{number:.4f}%"


def _of_feed(plan: Plan, feed: Feed) -> Iterator[Span]:
    taken = []
    for member in sorted({shift[0] for shift in feed.shifts}):
        for begins, ends in plan.feed_spans(feed, member):
            taken.append((begins, ends))
            yield Span(begins, ends, member)
    for begins, ends in without((plan.since, plan.until), merged(taken)):
        yield Span(begins, ends, None)


def _stacked(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks in order of time, those that overlap below each other."""
    busy_until: list[datetime] = []
    for block in sorted(blocks, key=lambda each: (each.span.begins, each.span.ends)):
        free = next((track for track, until in enumerate(busy_until) if until <= block.span.begins), len(busy_until))
        busy_until[free:] = [block.span.ends, *busy_until[free + 1 :]]
        yield replace(block, track=free)
