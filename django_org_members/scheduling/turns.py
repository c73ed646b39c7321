"""Whose turn it is, kept when a rotation is edited."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from ..availability import documents
from ..availability.engine import SKIP, Layer, People
from .drafts import LayerDraft, RotationDraft


def anchored(draft: RotationDraft, before: list[Layer], at: datetime, people: People) -> list[tuple[LayerDraft, Layer]]:
    """Return each layer of the draft with what the engine computes of it.

    `before` are the layers as they are saved. Whoever has the shift of the instant `at` (UTC) keeps it, if still in the
    layer, else the next in order gets it; also where the length, the unit or the hand-over change: then it is the shift
    in which `at` falls by the new count. With another first day a layer begins anew, with the first of its members; so
    does one that has not begun.
    """
    zone = ZoneInfo(draft.time_zone)
    found = []
    for each in draft.layers:
        layer = documents.layer(each.document(), zone, each.places)
        old = before[each.was] if each.was is not None and 0 <= each.was < len(before) else None
        if old is not None and _same_first_day(old, layer) and max(old.begins_at, layer.begins_at) <= at:
            layer = _kept(old, layer, at, people, skips=draft.when_away == SKIP)
        found.append((each, layer))
    return found


def _same_first_day(old: Layer, new: Layer) -> bool:
    # As the clock of each zone shows it.
    return (old.starts or old.origin).date() == (new.starts or new.origin).date()


def _kept(old: Layer, new: Layer, at: datetime, people: People, *, skips: bool) -> Layer:
    position = {place.member: place.position for place in new.places}
    order = [place.member for place in old.order(old.number(at))]
    owner = next((member for member in order if member in position), None)
    if owner is None:
        return new
    kept = replace(new, anchor=(new.number(at), position[owner]))
    if not skips:
        return kept
    # Where somebody stands in for the owner of the shift, the new order must not name another.
    now = next((member for member in order if people.are_present(member, at)), None)
    if now in position and _on_call(kept, at, people) != now:
        return replace(kept, anchor=(new.number(at), position[now]))
    return kept


def _on_call(layer: Layer, at: datetime, people: People) -> int | None:
    order = layer.order(layer.number(at))
    return next((place.member for place in order if people.are_present(place.member, at)), None)
