"""What the buttons of a rotation's form do before it is saved: order, add and remove people and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...numbers import LARGEST_ID, whole_number
from ...scheduling.rotation_rules import MOST_LAYERS
from .layer_forms import LayerState

if TYPE_CHECKING:
    from datetime import date


def press(layers: list[LayerState], command: str, today: date) -> list[LayerState]:
    """Return the layers after a button was pressed; nothing is lost by a command that makes no sense.

    Of the form: `add-layer`. Of a layer, after `layer-<n>:` : `up:<pk>`, `down:<pk>`, `remove:<pk>` and `add:<pk>` of a
    member, `search`, `raise`, `lower` and `drop` of the layer itself. Of its hours, after `layer-<n>-hours:`, see
    `HoursEditor.press`.
    """
    if command == "add-layer" and len(layers) < MOST_LAYERS:
        added = LayerState.new(today)
        added.focus = "search"
        return _numbered([*layers, added])
    target, _colon, rest = command.partition(":")
    layer = next((each for each in layers if target in (each.prefix, each.hours.prefix)), None)
    if layer is None:
        return layers
    if target == layer.hours.prefix:
        layer.hours.press(rest)
        return layers
    name, _colon, argument = rest.partition(":")
    pk = whole_number(argument, largest=LARGEST_ID)
    if pk is not None:
        _move(layer, name, pk)
        return layers
    return _numbered(_shifted(layers, layer, name))


def _move(layer: LayerState, name: str, pk: int) -> None:
    """Move, add or remove a member, and put the cursor where it was."""
    members = layer.members
    if name == "add" and pk not in members:
        members.append(pk)
        layer.focus = "search"
    if pk not in members:
        return
    index = members.index(pk)
    if name == "remove":
        del members[index]
        layer.focus = f"remove:{members[min(index, len(members) - 1)]}" if members else "search"
    elif name in ("up", "down"):
        other = index + (-1 if name == "up" else 1)
        if 0 <= other < len(members):
            members[index], members[other] = members[other], members[index]
            index = other
        at_the_end = index == (0 if name == "up" else len(members) - 1)
        layer.focus = f"{ ({'up': 'down', 'down': 'up'}[name] if at_the_end else name) }:{pk}"


def _shifted(layers: list[LayerState], layer: LayerState, name: str) -> list[LayerState]:
    index = layers.index(layer)
    others = [each for each in layers if each is not layer]
    if name == "search":
        layer.focus = name
    if name == "drop" and others:
        others[min(index, len(others) - 1)].focus = "search"
        return others
    if name in ("raise", "lower"):
        layer.focus = name
        others.insert(max(index + (1 if name == "raise" else -1), 0), layer)
        return others
    return layers


def _numbered(layers: list[LayerState]) -> list[LayerState]:
    return [layer.at(index) for index, layer in enumerate(layers)]
