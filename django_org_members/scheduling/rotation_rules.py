"""What a rotation must be like: errors say which layer, and which field of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..accounts.identity import clean_remark
from ..availability.engine import WorkingSpan
from ..form_errors import field_error
from ..models import Membership, Organization, Rotation
from . import rules
from .drafts import LayerDraft, RotationDraft

LONGEST: Mapping[str, int] = {"hours": 366, "days": 366, "weeks": 52}
"""How long a shift may be, by its unit."""
MOST_LAYERS, MOST_MEMBERS, MOST_SPANS = 10, 100, 200
"""Layers of a rotation, members of a layer, and spans of the week in all layers together: what one form can hold."""


def checked(draft: RotationDraft, organization: Organization, *, own: int | None = None) -> RotationDraft:
    """Return the draft, tidied. Three queries, whatever its size.

    Raises `ValidationError` with everything that is wrong: at `name`, `time_zone`, `when_away`, `layers`, or at a field
    of a layer, such as `layers.0.members` (`name`, `unit`, `length`, `starts_on`, `handoff`, `weekday`, `hours`). `own` is
    the pk of the rotation that is edited.
    """
    here = _members_here(draft, organization)
    checks: dict[str, Callable[[], Any]] = {
        "name": lambda: rules.free_name(Rotation, organization, draft.name, own=own),
        "time_zone": lambda: rules.clean_zone(draft.time_zone),
        "when_away": lambda: _choice("when_away", draft.when_away, Rotation.WhenAway.values),
        "layers": lambda: _layers(draft),
    }
    if len(draft.layers) <= MOST_LAYERS:
        for index, layer in enumerate(draft.layers):
            checks[f"layer {index}"] = partial(_layer, index, layer, here)
    found = rules.all_of(checks)
    layers = tuple(found[f"layer {index}"] for index in range(len(draft.layers)))
    return RotationDraft(found["name"], found["time_zone"], layers, found["when_away"])


def stale() -> ValidationError:
    """Return the error of a form that was made before somebody else changed the rotation."""
    return ValidationError(
        _(
            "This rotation was changed meanwhile, and nothing has been saved. What you entered is still below; if you "
            "save it now, it takes the place of the other changes."
        ),
        code="stale",
    )


def _members_here(draft: RotationDraft, organization: Organization) -> frozenset[int]:
    wanted = {member for layer in draft.layers[:MOST_LAYERS] for member in layer.members[: MOST_MEMBERS + 1]}
    rows = Membership.objects.filter(organization=organization, pk__in=wanted)
    return frozenset(rows.values_list("pk", flat=True))


def _layers(draft: RotationDraft) -> None:
    if not draft.layers:
        raise field_error("layers", _("A rotation has at least one layer."), "required")
    if len(draft.layers) > MOST_LAYERS:
        raise field_error("layers", _("At most %(limit)d layers fit here."), "too_many", limit=MOST_LAYERS)
    if sum(len(layer.hours or ()) for layer in draft.layers) > MOST_SPANS:
        message = _("The layers of a rotation have at most %(limit)d spans of the week in all.")
        raise field_error("layers", message, "too_many", limit=MOST_SPANS)


def _layer(index: int, layer: LayerDraft, here: frozenset[int]) -> LayerDraft:
    def at(field: str) -> str:
        return f"layers.{index}.{field}"

    found = rules.all_of(
        {
            "name": lambda: clean_remark(layer.name, field=at("name"), limit=rules.NAME_LIMIT),
            "unit": lambda: _choice(at("unit"), layer.unit, list(LONGEST)),
            "length": lambda: _length(at("length"), layer),
            "weekday": lambda: _weekday(at("weekday"), layer),
            "starts_on": lambda: rules.in_range(at("starts_on"), layer.starts_on),
            "members": lambda: _members(at("members"), index, layer, here),
            "hours": lambda: _hours(at("hours"), layer),
        }
    )
    return replace(layer, **found)


def _choice(field: str, value: str, choices: list[str]) -> str:
    if value not in choices:
        raise field_error(field, _("Choose one of these."), "invalid")
    return str(value)


def _length(field: str, layer: LayerDraft) -> int:
    most = LONGEST.get(layer.unit, 366)
    if not 1 <= layer.length <= most:
        raise field_error(field, _("Enter a number from 1 to %(most)d."), "out_of_range", most=most)
    return layer.length


def _weekday(field: str, layer: LayerDraft) -> int | None:
    if layer.unit != "weeks":
        return None
    if layer.weekday is None or not 0 <= layer.weekday <= 6:
        raise field_error(field, _("Choose the day of the week on which shifts are handed over."), "required")
    return layer.weekday


def _members(field: str, index: int, layer: LayerDraft, here: frozenset[int]) -> tuple[int, ...]:
    if not layer.members:
        message = (
            _("A rotation without members has nobody to call: add at least one.")
            if index == 0
            else _("Add at least one member, or remove the layer.")
        )
        raise field_error(field, message, "required")
    if len(layer.members) > MOST_MEMBERS:
        raise field_error(field, _("At most %(limit)d members fit into a layer."), "too_many", limit=MOST_MEMBERS)
    if len(set(layer.members)) < len(layer.members):
        raise field_error(field, _("Somebody is in this layer twice."), "twice")
    if not here.issuperset(layer.members):
        raise field_error(field, _("Somebody in this layer is no member of the organization any more."), "unknown")
    return layer.members


def _hours(field: str, layer: LayerDraft) -> tuple[WorkingSpan, ...] | None:
    if layer.hours is None:
        return None
    if not layer.hours:
        raise field_error(field, _("Enter at least one span of the week, or do not restrict the layer."), "required")
    return tuple(rules.clean_hours(layer.hours, field=field))
