"""What availability means, told by somebody who looks at the clock every minute: slow, plain, and no line of the engine's.

It reads what is stored (the JSON of schedules and layers), and keeps one rule for daylight saving time: the clock that
counts is *steady*. It shows the highest local time that clocks have shown so far: while an hour is repeated it stands
still, where one is skipped it jumps.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
HOURS_OF = {"hours": 1, "days": 24, "weeks": 168}


@dataclass(frozen=True)
class RotationOf:
    """A rotation: its layers as they are stored, and who is in each, as (position, member)."""

    zone: str
    layers: list[tuple[dict, list[tuple[int, int]]]]
    overrides: list[tuple[datetime, datetime, int | None]] = field(default_factory=list)
    """From the oldest to the newest."""
    when_away: str = "skip"


@dataclass(frozen=True)
class World:
    """All that an organization has planned."""

    members: dict[int, int | None]
    """Each member's own schedule."""
    schedules: dict[int, tuple[str, list]] = field(default_factory=dict)
    default: int | None = None
    rotations: list[RotationOf] = field(default_factory=list)
    feeds: list[list[tuple[int, datetime, datetime]]] = field(default_factory=list)
    disabled: set[int] = field(default_factory=set)
    away: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    closures: list[tuple[date, date]] = field(default_factory=list)
    zone: str = "UTC"

    def is_present(self, member, at):
        return member not in self.disabled and not any(out <= at < back for out, back in self.away.get(member, []))


@dataclass(frozen=True)
class Sight:
    """What is true at one minute."""

    at: datetime
    on_call: list[int | None]
    """By rotation."""
    open: set[int]
    states: dict[int, str]


@lru_cache(maxsize=256)
def steady(zone, since, until, step=MINUTE):
    """Return what the steady clock shows at each step, `until` not included."""
    here, highest, shown = ZoneInfo(zone), datetime.min, []  # noqa: DTZ901
    at = since - 25 * 60 * MINUTE  # a day before: none was ever repeated that was longer
    while at < until:
        highest = max(highest, at.astimezone(here).replace(tzinfo=None, fold=0))
        if at >= since:
            shown.append(highest)
        at += step if at >= since else MINUTE
    return shown


def is_open(hours, clock):
    """Whether the steady clock is within working hours."""
    today, now = clock.weekday(), f"{clock:%H:%M}"
    for weekday, begins, ends in hours:
        begun, ended = now >= begins, now >= ends
        if begins < ends:
            found = today == weekday and begun and not ended
        else:  # over midnight
            found = (today == weekday and begun) or (today == (weekday + 1) % 7 and not ended)
        if found:
            return True
    return False


class LayerWalk:
    """A queue of people; at each hand-over the first goes to its end."""

    def __init__(self, document, places):
        self.starts = self.next = datetime.combine(
            date.fromisoformat(document["starts_on"]), time.fromisoformat(document["handoff"])
        )
        if document["unit"] == "weeks" and document["weekday"] is not None:
            while self.next.weekday() != document["weekday"]:
                self.next -= DAY
        self.length = timedelta(hours=HOURS_OF[document["unit"]] * document["length"])
        self.hours = document["hours"]
        self.shift, self.clock = -1, None
        self.queue = deque(sorted(places))
        anchor_shift, anchor_position = document["anchor"]
        for _ in range(len(self.queue)):
            if self.queue[0][0] >= anchor_position and self.queue[-1][0] < anchor_position:
                break
            self.queue.rotate(-1)
        else:  # nobody stands before the anchor, or nobody after it
            self.queue = deque(sorted(places))
        self.queue.rotate(anchor_shift + 1)  # back to before shift 0

    def look(self, clock):
        """Pass the hand-overs that the clock has passed."""
        self.clock = clock
        while clock >= self.next:
            self.next += self.length
            self.shift += 1
            self.queue.rotate(-1)

    def line(self):
        """Return who has the shift, and who would, in order; nobody where the layer does not hold."""
        if self.clock < self.starts or (self.hours is not None and not is_open(self.hours, self.clock)):
            return []
        return [member for _, member in self.queue]


def on_call(rotation, layers, world, at):
    """Return who is on call in a rotation."""
    for begins, ends, member in reversed(rotation.overrides):
        if begins <= at < ends and (member is None or world.is_present(member, at)):
            return member
    for layer in reversed(layers):
        line = layer.line()
        for member in line if rotation.when_away == "skip" else line[:1]:
            if world.is_present(member, at):
                return member
    return None


def state(world, member, at, on_call_now, open_now, today):
    """Return whether a member can be reached."""
    if not world.is_present(member, at):
        return "unavailable"
    if member in on_call_now:
        return "on_call"
    if any(first <= today <= last for first, last in world.closures):
        return "unavailable"
    schedule = world.members[member] if world.members[member] is not None else world.default
    return "available" if schedule is None or schedule in open_now else "unavailable"


def walk(world, since, until, step=MINUTE):
    """Return what is true at each step from `since` to `until`."""
    zones = {each.zone for each in world.rotations} | {zone for zone, _ in world.schedules.values()} | {world.zone}
    clocks = {zone: steady(zone, since, until, step) for zone in zones}
    layers = [[LayerWalk(document, places) for document, places in each.layers] for each in world.rotations]
    seen, at = [], since.astimezone(timezone.utc)
    for number in range(len(clocks[world.zone])):
        for rotation, walks in zip(world.rotations, layers):
            for each in walks:
                each.look(clocks[rotation.zone][number])
        now = [on_call(rotation, walks, world, at) for rotation, walks in zip(world.rotations, layers)]
        open_now = {pk for pk, (zone, hours) in world.schedules.items() if is_open(hours, clocks[zone][number])}
        busy = {*now, *(member for feed in world.feeds for member, begins, ends in feed if begins <= at < ends)}
        today = clocks[world.zone][number].date()
        states = {member: state(world, member, at, busy, open_now, today) for member in world.members}
        seen.append(Sight(at, now, open_now, states))
        at += step
    return seen


def runs(values, since, step=MINUTE):
    """Return (value, begins, ends) of each stretch without a change."""
    stretches, begins = [], 0
    for index in range(1, len(values) + 1):
        if index == len(values) or values[index] != values[begins]:
            stretches.append((values[begins], since + begins * step, since + index * step))
            begins = index
    return stretches


def until(values, index):
    """Return at which index a value has changed; None: it does not."""
    return next((each for each in range(index, len(values)) if values[each] != values[index]), None)
