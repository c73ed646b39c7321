"""Creating, editing and deleting on-call rotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from ..availability import loading, words
from ..availability.engine import Layer
from ..commits import in_one_transaction
from ..models import AuditEvent, Membership, Organization, Rotation, RotationPlace
from . import rules
from .changes import judge_of, record
from .drafts import LayerDraft, RotationDraft, draft_of, engine_layers, fingerprint
from .previews import people_of
from .rotation_rules import checked, stale
from .turns import anchored

Verb = AuditEvent.Verb


@dataclass(frozen=True)
class Deleted:
    """What went with a rotation."""

    overrides: int
    feeds: int
    """Secret calendar addresses."""


@in_one_transaction
def create_rotation(*, actor: Any, organization: Organization, draft: RotationDraft) -> Rotation:
    """Make a rotation; the first member of each layer has the shift of its first day.

    Raises `Refused` without the permission, and `ValidationError` (see `rotation_rules.checked`). Writes an audit event
    and sends `availability_changed`.
    """
    judge = judge_of(actor, organization)
    draft = checked(draft, judge.organization)
    rotation: Rotation = rules.saved(
        lambda: Rotation.objects.create(
            organization=judge.organization,
            name=draft.name,
            time_zone=draft.time_zone,
            when_away=draft.when_away,
            layers=[layer.document() for layer in draft.layers],
        )
    )
    _write_places(rotation, draft)
    record(judge, Verb.ROTATION_CREATED, rotation.name, _noted(draft, _names(draft)))
    return rotation


@in_one_transaction
def edit_rotation(*, actor: Any, rotation: Rotation, draft: RotationDraft, seen: str | None = None) -> dict[str, Any]:
    """Make a rotation what the draft says. Returns what changed, as the audit event tells it.

    Whoever is on call in a layer stays so, unless taken out of it or its first day is another (see `turns.anchored`).
    `seen` is the `fingerprint` of the `draft_of` the rotation that the actor looked at. Raises `Refused` without the
    permission, `Rotation.DoesNotExist` if it was deleted meanwhile, and `ValidationError` (see `rotation_rules.checked`),
    or without a field if it is not as it was seen any more. Writes an audit event and sends `availability_changed` if
    anything changes.
    """
    judge = judge_of(actor, rotation.organization)
    # The row, too: an account that is deleted takes its places out without the organization's lock.
    row = Rotation.objects.select_for_update().get(pk=rotation.pk, organization=judge.organization)
    places = list(row.places.all())
    before = draft_of(row, places)
    if seen is not None and fingerprint(before) not in (seen, fingerprint(draft)):  # the latter was sent twice
        raise stale()
    draft = checked(draft, judge.organization, own=row.pk)
    changes = _changes(before, draft)
    if changes:
        _save(judge.organization, row, draft, engine_layers(row, places))
        record(judge, Verb.ROTATION_EDITED, row.name, changes)
    return changes


@in_one_transaction
def delete_rotation(*, actor: Any, rotation: Rotation) -> Deleted:
    """Delete a rotation with its overrides and calendar addresses; returns how many there were.

    Raises `Refused` without the permission, and `Rotation.DoesNotExist` if it was deleted meanwhile. Writes an audit event
    and sends `availability_changed`.
    """
    judge = judge_of(actor, rotation.organization)
    row = Rotation.objects.get(pk=rotation.pk, organization=judge.organization)
    draft = draft_of(row, row.places.all())
    gone = goes_with(row)
    details = {**_noted(draft, _names(draft)), "overrides": gone.overrides, "feeds": gone.feeds}
    row.delete()
    record(judge, Verb.ROTATION_DELETED, row.name, details)
    return gone


def goes_with(rotation: Rotation) -> Deleted:
    """Return what is deleted with a rotation: two queries."""
    return Deleted(rotation.overrides.count(), rotation.feeds.count())


def _save(organization: Organization, row: Rotation, draft: RotationDraft, before: list[Layer]) -> None:
    now = loading.instant(timezone.now())
    named = {member for layer in draft.layers for member in layer.members}
    named |= {place.member for layer in before for place in layer.places}
    computed = anchored(draft, before, now, people_of(organization, named, now, now + rules.INSTANT))
    row.name, row.time_zone, row.when_away = draft.name, draft.time_zone, draft.when_away
    row.layers = [each.document(layer.anchor) for each, layer in computed]
    rules.saved(row.save)
    _write_places(row, draft)


def _write_places(rotation: Rotation, draft: RotationDraft) -> None:
    # Past the signals, which hold on to the order for each place that goes: the order is what is written here.
    places = rotation.places.all()
    places._raw_delete(using=places.db)
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, layer=index, position=place.position, membership_id=place.member)
        for index, layer in enumerate(draft.layers)
        for place in layer.places
    )


def _changes(before: RotationDraft, after: RotationDraft) -> dict[str, Any]:
    names = _names(before, after)
    old, new = _noted(before, names), _noted(after, names)
    changes = {field: [old[field], new[field]] for field in new if old[field] != new[field]}
    is_moved = [layer.members for layer in before.layers] != [layer.members for layer in after.layers]
    if is_moved and "layers" not in changes:  # people of the same name
        changes["layers"] = [old["layers"], new["layers"]]
    return changes


def _names(*drafts: RotationDraft) -> dict[int, str]:
    wanted = {member for draft in drafts for layer in draft.layers for member in layer.members}
    return {member.pk: str(member) for member in Membership.objects.filter(pk__in=wanted)}


def _noted(draft: RotationDraft, names: dict[int, str]) -> dict[str, Any]:
    """Return a draft as an audit event keeps it: people by the names that they have now."""
    return {
        "name": draft.name,
        "time_zone": draft.time_zone,
        "when_away": draft.when_away,
        "layers": [_noted_layer(layer, names) for layer in draft.layers],
    }


def _noted_layer(layer: LayerDraft, names: dict[int, str]) -> dict[str, Any]:
    noted: dict[str, Any] = {
        "layer": layer.name,
        "members": [names.get(member, str(member)) for member in layer.members],
        "shift": f"{layer.length} {layer.unit}",
        "handoff": f"{layer.handoff:%H:%M}" if layer.weekday is None else f"{layer.weekday} {layer.handoff:%H:%M}",
        "starts_on": layer.starts_on.isoformat(),
    }
    if layer.hours is not None:
        noted["hours"] = words.noted(layer.hours)
    return {key: value for key, value in noted.items() if value}
