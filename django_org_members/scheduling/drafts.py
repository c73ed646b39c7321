"""A rotation as somebody wants it to be, before it is saved."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from ..availability import documents
from ..availability.engine import Layer, Place, WorkingSpan
from ..fingerprints import fingerprint_of
from ..models import Rotation, RotationPlace


@dataclass(frozen=True)
class LayerDraft:
    """One layer: who takes turns, and when."""

    members: tuple[int, ...]
    """The memberships' pks, in order: the first has the shift of the first day."""
    starts_on: date
    """Nobody is on call before this day's hand-over."""
    length: int = 1
    unit: str = "weeks"
    """Of the length: "hours", "days" or "weeks"."""
    handoff: time = time(9)
    weekday: int | None = 0
    """The day of the hand-over where shifts are counted in weeks; Monday is 0."""
    hours: tuple[WorkingSpan, ...] | None = None
    """When the layer holds; None: always."""
    name: str = ""
    was: int | None = None
    """Which layer of the saved rotation it is, counted from the base; None: a new one."""

    def document(self, anchor: tuple[int, int] = (0, 0)) -> dict[str, Any]:
        """Return what `Rotation.layers` holds of it."""
        return {
            "name": self.name,
            "unit": self.unit,
            "length": self.length,
            "starts_on": self.starts_on.isoformat(),
            "handoff": f"{self.handoff:%H:%M}",
            "weekday": self.weekday if self.unit == "weeks" else None,
            "hours": documents.stored_spans(self.hours) if self.hours is not None else None,
            "anchor": list(anchor),
        }

    @property
    def places(self) -> list[Place]:
        """The members with their positions, for the engine."""
        return [Place(position, member) for position, member in enumerate(self.members)]


@dataclass(frozen=True)
class RotationDraft:
    """A rotation."""

    name: str
    time_zone: str
    layers: tuple[LayerDraft, ...]
    """The base first; where a layer above has somebody on call, that one wins."""
    when_away: str = Rotation.WhenAway.SKIP.value


def draft_of(rotation: Rotation, places: Iterable[RotationPlace]) -> RotationDraft:
    """Return the draft that changes nothing."""
    ordered = sorted(places, key=lambda place: place.position)
    return RotationDraft(
        name=rotation.name,
        time_zone=rotation.time_zone,
        when_away=rotation.when_away,
        layers=tuple(
            _layer_of(document, index, tuple(each.membership_id for each in ordered if each.layer == index))
            for index, document in enumerate(rotation.layers)
        ),
    )


def _layer_of(document: dict[str, Any], index: int, members: tuple[int, ...]) -> LayerDraft:
    hours = document.get("hours")
    return LayerDraft(
        members=members,
        starts_on=date.fromisoformat(document["starts_on"]),
        length=document["length"],
        unit=document["unit"],
        handoff=time.fromisoformat(document["handoff"]),
        weekday=document.get("weekday"),
        hours=documents.spans(hours) if hours is not None else None,
        name=document.get("name", ""),
        was=index,
    )


def fingerprint(draft: RotationDraft) -> str:
    """Return what identifies everything that can be edited: compared before saving, so that nobody undoes another's work."""
    state = [draft.name, draft.time_zone, draft.when_away]
    layers = [[each.document(), each.members] for each in draft.layers]
    text = json.dumps([state, layers], sort_keys=True)
    return fingerprint_of("rotation", text)


def engine_layers(rotation: Rotation, places: Iterable[RotationPlace]) -> list[Layer]:
    """Return the layers of a saved rotation, for the engine."""
    rows = list(places)
    return [
        documents.layer(
            document,
            rotation.zone,
            [Place(each.position, each.membership_id) for each in rows if each.layer == index],
        )
        for index, document in enumerate(rotation.layers)
    ]
