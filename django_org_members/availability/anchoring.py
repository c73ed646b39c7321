"""Anchors: whose turn it is now stays so when the people of a rotation change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from ..models import Rotation, RotationPlace
from .documents import layer
from .engine import Place
from .loading import instant


def anchor(rotation: Rotation, at: datetime) -> bool:
    """Set the anchor of each layer to the shift of an instant; returns whether any changed. Saves nothing. One query.

    From then on places may go: who has that shift keeps it, or else the next in order gets it.
    """
    return _anchor(rotation, list(rotation.places.all()), at)


def leave(members: Collection[int], at: datetime) -> None:
    """Take members (their memberships' pks) out of all their rotations; whose turn it is stays so, as with `anchor`.

    Five statements at most, however many they are; without rotations, one query. In the caller's transaction.
    """
    gone = RotationPlace.objects.filter(membership__in=members)
    rotations = list(Rotation.objects.filter(pk__in=gone.order_by().values("rotation")))
    if not rotations:
        return
    places: dict[int, list[RotationPlace]] = defaultdict(list)
    for place in RotationPlace.objects.filter(rotation__in=rotations):
        places[place.rotation_id].append(place)
    changed = [rotation for rotation in rotations if _anchor(rotation, places[rotation.pk], at)]
    Rotation.objects.bulk_update(changed, ["layers"])
    gone._raw_delete(using=gone.db)  # past the receiver, which asks for each place by itself


def _anchor(rotation: Rotation, places: list[RotationPlace], at: datetime) -> bool:
    layers = []
    for index, document in enumerate(rotation.layers):
        computed = layer(document, rotation.zone, places_of(places, index)).anchored(instant(at))
        layers.append({**document, "anchor": list(computed.anchor)})
    is_changed: bool = layers != rotation.layers
    rotation.layers = layers
    return is_changed


def places_of(places: Iterable[RotationPlace], index: int) -> list[Place]:
    """Return the places of one layer, for the engine."""
    return sorted(Place(place.position, place.membership_id) for place in places if place.layer == index)
