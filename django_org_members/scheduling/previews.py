"""What a rotation would do, computed before it is saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..availability import loading
from ..availability.engine import Interval, People, Turn
from ..availability.engine import Override as EngineOverride
from ..availability.engine import Rotation as EngineRotation
from ..models import Membership, Organization, Override, Rotation, TimeOff
from .drafts import RotationDraft, engine_layers
from .turns import anchored

AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Preview:
    """Members are the memberships' pks."""

    before: int | None
    """Who is on call now, as the rotation is saved; None: nobody."""
    after: int | None
    """Who would be, by the draft."""
    turns: Sequence[Turn]
    """The turns of the two weeks from now on, without gaps: one without a member where nobody would be on call."""


def preview(
    organization: Organization, draft: RotationDraft, *, rotation: Rotation | None = None, at: datetime
) -> Preview:
    """Compute what a checked draft would do from an instant (aware) on. At most four queries."""
    now = loading.instant(at)
    until = now + AHEAD
    places = list(rotation.places.all()) if rotation is not None else []
    overrides = _overrides(rotation, now, until)
    named = {place.membership_id for place in places} | {each.member for each in overrides if each.member is not None}
    named |= {member for layer in draft.layers for member in layer.members}
    people = people_of(organization, named, now, until)
    layers = engine_layers(rotation, places) if rotation is not None else []
    computed = anchored(draft, layers, now, people)
    after = EngineRotation(tuple(layer for _draft, layer in computed), overrides, draft.when_away)
    before = EngineRotation(tuple(layers), overrides, rotation.when_away if rotation is not None else draft.when_away)
    return Preview(before.on_call(now, people), after.on_call(now, people), after.turns(now, until, people))


def people_of(organization: Organization, members: set[int], since: datetime, until: datetime) -> People:
    """Return who of these members is disabled, and who is away between two instants (UTC): two queries."""
    here = Membership.objects.filter(organization=organization, pk__in=members)
    away: dict[int, list[Interval]] = defaultdict(list)
    span = loading.stored(since), loading.stored(until)
    rows = TimeOff.objects.between(*span).filter(membership__in=members)
    for member, begins, ends in rows.values_list("membership", "starts_at", "ends_at"):
        away[member].append((loading.instant(begins), loading.instant(ends)))
    return People(
        disabled=frozenset(here.disabled().values_list("pk", flat=True)),
        away={member: tuple(sorted(spans)) for member, spans in away.items()},
    )


def _overrides(rotation: Rotation | None, since: datetime, until: datetime) -> tuple[EngineOverride, ...]:
    if rotation is None:
        return ()
    rows = Override.objects.filter(
        rotation=rotation, ends_at__gt=loading.stored(since), starts_at__lt=loading.stored(until)
    )
    return tuple(
        EngineOverride(loading.instant(row.starts_at), loading.instant(row.ends_at), row.membership_id, row.pk)
        for row in rows.order_by("pk")
    )
