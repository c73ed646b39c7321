"""Who cannot be on call: the disabled, and those who are away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .spans import Interval, contains, edges


@dataclass(frozen=True)
class People:
    """What is known of the members that rotations name."""

    disabled: frozenset[int] = frozenset()
    away: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict)
    """Time off by member."""

    def are_present(self, member: int, at: datetime) -> bool:
        """Whether the member can be on call at an instant."""
        return member not in self.disabled and not contains(self.away.get(member, ()), at)

    def changes(self, members: Iterable[int], since: datetime, until: datetime) -> Iterator[datetime]:
        """Yield when one of them leaves or comes back."""
        for member in members:
            yield from edges(self.away.get(member, ()), since, until)
