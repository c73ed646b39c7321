"""Creating, editing and deleting schedules, and the organization's own working time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ..availability import documents, words
from ..availability.engine import WorkingSpan
from ..commits import in_one_transaction
from ..fingerprints import fingerprint_of
from ..form_errors import field_error
from ..models import AuditEvent, Membership, Organization, Schedule
from ..policy import Judge
from . import rules
from .changes import judge_of, record

Verb = AuditEvent.Verb


@in_one_transaction
def create_schedule(
    *, actor: Any, organization: Organization, name: str, time_zone: str, hours: Sequence[WorkingSpan]
) -> Schedule:
    """Make a schedule of weekly working hours; no hours at all are fine: its members are never at work.

    Raises `Refused` without the permission, and `ValidationError` at `name`, `time_zone` or `hours` (see
    `rules.clean_hours`). Writes an audit event and sends `availability_changed`.
    """
    judge = judge_of(actor, organization)
    fields = _cleaned(judge, name=name, time_zone=time_zone, hours=hours)
    schedule: Schedule = rules.saved(lambda: Schedule.objects.create(organization=judge.organization, **fields))
    record(judge, Verb.SCHEDULE_CREATED, schedule.name, _noted(fields))
    return schedule


@in_one_transaction
def edit_schedule(
    *,
    actor: Any,
    schedule: Schedule,
    name: str,
    time_zone: str,
    hours: Sequence[WorkingSpan],
    seen: str | None = None,
) -> dict[str, Any]:
    """Change a schedule, for everybody who has it, from now on. Returns what changed: field to (before, after).

    `seen` is the `fingerprint` of the schedule that the actor looked at. Raises what `create_schedule` raises,
    `Schedule.DoesNotExist` if it was deleted meanwhile, and `ValidationError` without a field if it is not as it was seen
    any more. Writes an audit event and sends `availability_changed` if anything changes.
    """
    judge = judge_of(actor, schedule.organization)
    row = Schedule.objects.get(pk=schedule.pk, organization=judge.organization)
    fields = _cleaned(judge, own=row.pk, name=name, time_zone=time_zone, hours=hours)
    before = {field: getattr(row, field) for field in fields}
    changes = {field: (before[field], fields[field]) for field in fields if before[field] != fields[field]}
    if changes:
        if seen is not None and seen != fingerprint(row):
            raise _stale()
        for field, (_old, new) in changes.items():
            setattr(row, field, new)
        rules.saved(lambda: row.save(update_fields=list(changes)))
        old, new = _noted(before), _noted(fields)
        record(judge, Verb.SCHEDULE_EDITED, row.name, {field: [old[field], new[field]] for field in changes})
    return changes


def fingerprint(schedule: Schedule) -> str:
    """Return what identifies everything that can be edited: compared before saving, so that nobody undoes another's work."""
    state = json.dumps([schedule.name, schedule.time_zone, schedule.hours])
    return fingerprint_of("schedule", state)


@in_one_transaction
def delete_schedule(*, actor: Any, schedule: Schedule) -> int:
    """Delete a schedule; returns how many members had it. The default schedule is theirs from now on, if there is one.

    Raises `Refused` without the permission, and `Schedule.DoesNotExist` if it was deleted meanwhile. Writes an audit
    event and sends `availability_changed`.
    """
    judge = judge_of(actor, schedule.organization)
    row = Schedule.objects.get(pk=schedule.pk, organization=judge.organization)
    # Not left to the cascade, which would fetch every member.
    members = Membership.objects.filter(organization=judge.organization, schedule=row).update(schedule=None)
    if judge.organization.default_schedule_id == row.pk:
        _save(judge, default_schedule=None)
    noted = _noted({"time_zone": row.time_zone, "hours": row.hours})
    name, _deleted = row.name, row.delete()
    record(judge, Verb.SCHEDULE_DELETED, name, {**noted, "members": members})
    return members


@in_one_transaction
def set_working_time(
    *, actor: Any, organization: Organization, time_zone: str, default_schedule: Schedule | None
) -> bool:
    """Set the zone in which closures are days (empty: the project's own), and the schedule of members without one.

    Returns whether anything changed. Raises `Refused` without the permission, and `ValidationError` at `time_zone`, or
    at `default_schedule` if it is not one of the organization's. Writes an audit event and sends `availability_changed`
    if anything changes.
    """
    judge = judge_of(actor, organization)
    zone = rules.clean_zone(time_zone) if time_zone.strip() else ""
    if default_schedule is not None and not _is_here(judge, default_schedule):
        raise field_error("default_schedule", _("There is no such schedule."), "unknown")
    before = judge.organization
    was = Schedule.objects.filter(pk=before.default_schedule_id).first() if before.default_schedule_id else None
    details: dict[str, Any] = {}
    if before.time_zone != zone:
        details["time_zone"] = [before.time_zone, zone]
    if was != default_schedule:
        details["default_schedule"] = [each and each.name for each in (was, default_schedule)]
    if details:
        _save(judge, time_zone=zone, default_schedule=default_schedule)
        record(judge, Verb.WORKING_TIME_CHANGED, judge.organization.name, details)
    return bool(details)


def _stale() -> ValidationError:
    return ValidationError(
        _(
            "This schedule was changed meanwhile, and nothing has been saved. What you entered is still below; if you save "
            "it now, it takes the place of the other changes."
        ),
        code="stale",
    )


def _is_here(judge: Judge, schedule: Schedule) -> bool:
    return Schedule.objects.filter(pk=schedule.pk, organization=judge.organization).exists()


def _save(judge: Judge, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(judge.organization, name, value)
    judge.organization.save(update_fields=list(fields))


def _cleaned(
    judge: Judge, *, name: str, time_zone: str, hours: Sequence[WorkingSpan], own: int | None = None
) -> dict[str, Any]:
    """Return the columns, checked; all errors at once."""
    checks = {
        "name": lambda: rules.free_name(Schedule, judge.organization, name, own=own),
        "time_zone": lambda: rules.clean_zone(time_zone),
        "hours": lambda: documents.stored_spans(rules.clean_hours(hours)),
    }
    return rules.all_of(checks)


def _noted(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the columns as an audit event keeps them."""
    return {**fields, "hours": words.noted(documents.spans(fields["hours"]))}
