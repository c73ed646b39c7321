"""Overrides: somebody takes a span of a rotation, or leaves it open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _

from ..availability.loading import instant, stored
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, Membership, Organization, Override, Rotation
from ..moments import span_in_words
from ..policy import Judge
from . import rules
from .changes import judge_of, record, record_each, record_of

LONGEST = timedelta(days=366)


@in_one_transaction
def add_override(
    *,
    actor: Any,
    organization: Organization,
    rotation: Rotation,
    member: Membership | None,
    begins: datetime,
    ends: datetime,
) -> Override:
    """Give a span of a rotation to a member, whoever's turn it is; to nobody (`member=None`): it is left open.

    `begins` and `ends` are instants (aware; naive ones are in the project's time zone). Where overrides overlap, the
    newest counts. Raises `Refused` without `manage_availability`, and `ValidationError` at `rotation` and `member` for
    those of another organization or gone, at `member` for one who is disabled or away at any time in the span, at `ends`
    for a span that is empty, over, or longer than 366 days, and at either beyond the years that can be planned. Writes an
    audit event, about the member if there is one, and sends `availability_changed`.
    """
    judge = judge_of(actor, organization)
    rotation = _rotation(judge, rotation)
    begins, ends = (instant(rules.in_range(*each)) for each in (("begins", begins), ("ends", ends)))
    _check_span(begins, ends)
    if member is not None:
        member = _member(judge, member, begins, ends)
    override = _unsaved(rotation, member, begins, ends)
    override.save(force_insert=True)
    _tell(judge, AuditEvent.Verb.OVERRIDE_ADDED, override, _noted(override))
    return override


def write(judge: Judge, member: Membership, spans: Iterable[tuple[Rotation, datetime, datetime]]) -> None:
    """Give a member spans (UTC) of rotations that were checked, in the caller's transaction, in a constant number of queries.

    Writes an audit event for each, and sends one signal if there are any.
    """
    overrides = [_unsaved(rotation, member, begins, ends) for rotation, begins, ends in spans]
    if overrides:
        Override.objects.bulk_create(overrides)
        record_each(judge, AuditEvent.Verb.OVERRIDE_ADDED, member, [_noted(override) for override in overrides])


@in_one_transaction
def remove_override(*, actor: Any, organization: Organization, override: Override) -> bool:
    """Take an override back; returns whether it was there to be taken back: removing twice is no error.

    One that has begun ends now instead, so that who was on call until now stays true. Raises `Refused` without
    `manage_availability`, and `ValidationError` for one that is over. Writes an audit event, about the member if there
    is one, and sends `availability_changed`.
    """
    judge = judge_of(actor, organization)
    found = (
        Override.objects.select_related("rotation", "membership__user")
        .filter(pk=override.pk, rotation__organization=judge.organization)
        .first()
    )
    if found is None:
        return False
    now = clock.now()
    if found.ends_at <= now:
        raise ValidationError(_("This override is over: it cannot be removed any more."), code="over")
    details = _noted(found)  # until when it was planned
    if found.starts_at < now:
        found.ends_at = now
        found.save(update_fields=["ends_at"])
    else:
        found.delete()
    _tell(judge, AuditEvent.Verb.OVERRIDE_REMOVED, found, details)
    return True


def _rotation(judge: Judge, rotation: Rotation) -> Rotation:
    found = Rotation.objects.filter(pk=rotation.pk, organization=judge.organization).first()
    if found is None:
        raise field_error("rotation", _("There is no such rotation."), "missing")
    return found


def _check_span(begins: datetime, ends: datetime) -> None:
    if ends <= begins:
        raise field_error("ends", _("This is not after “From”."), "order")
    if ends <= instant(clock.now()):
        raise field_error("ends", _("This is over already: what was cannot be changed."), "over")
    if ends - begins > LONGEST:
        raise field_error("ends", _("An override is at most a year long."), "long")


def _member(judge: Judge, member: Membership, begins: datetime, ends: datetime) -> Membership:
    found = Membership.objects.select_related("user").filter(pk=member.pk, organization=judge.organization).first()
    if found is None:
        raise field_error("member", _("There is no such member."), "missing")
    if not found.is_active:
        raise field_error("member", _("%(who)s is disabled and cannot be on call."), "disabled", who=str(found))
    away = found.time_off.between(stored(begins), stored(ends)).first()
    if away is not None:
        raise field_error(
            "member",
            _("%(who)s is away (%(when)s). Choose somebody else, or a span beside it."),
            "away",
            who=str(found),
            when=span_in_words(away.starts_at, away.ends_at),
        )
    return found


def _unsaved(rotation: Rotation, member: Membership | None, begins: datetime, ends: datetime) -> Override:
    return Override(rotation=rotation, membership=member, starts_at=stored(begins), ends_at=stored(ends))


def _noted(override: Override) -> dict[str, str]:
    return {
        "rotation": override.rotation.name,
        "starts_at": _written(override.starts_at),
        "ends_at": _written(override.ends_at),
    }


def _tell(judge: Judge, verb: AuditEvent.Verb, override: Override, details: dict[str, str]) -> None:
    if override.membership is None:
        record(judge, verb, override.rotation.name, details)
    else:
        record_of(judge, verb, [override.membership], details)


def _written(at: datetime) -> str:
    return instant(at).astimezone(timezone.utc).isoformat(timespec="seconds")
