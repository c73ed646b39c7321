"""Days on which an organization is closed: adding and removing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from ..accounts.identity import clean_name
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, Closure, Organization
from . import rules
from .changes import judge_of, record

NAME_LIMIT = 120
LONGEST = timedelta(days=2 * 366)
MOST_AT_ONCE = 366
MOST = 5000


@dataclass(frozen=True)
class Days:
    """The days from `starts_on` to `ends_on`, both included, in the organization's time zone."""

    name: str
    starts_on: date
    ends_on: date


@in_one_transaction
def add_closures(*, actor: Any, organization: Organization, closures: Sequence[Days]) -> list[Closure]:
    """Add closures; returns those that are new: what is there already, with the same name and days, is left out.

    All or none. Raises `Refused` without the permission, and `ValidationError` at `name`, `starts_on` or `ends_on`, or
    without a field for more than 366 at once. Writes one audit event and sends `availability_changed` if any is new.
    """
    judge = judge_of(actor, organization)
    if len(closures) > MOST_AT_ONCE:
        raise field_error(
            "__all__", _("At most %(limit)d closures can be added at once."), "too_many", limit=MOST_AT_ONCE
        )
    wanted = list(dict.fromkeys(_cleaned(each) for each in closures))
    there = already(judge.organization, wanted)
    if Closure.objects.filter(organization=judge.organization).count() + len(wanted) - len(there) > MOST:
        raise field_error("__all__", _("An organization has at most %(limit)d closures."), "too_many", limit=MOST)
    rows = [
        Closure(organization=judge.organization, name=each.name, starts_on=each.starts_on, ends_on=each.ends_on)
        for each in wanted
        if each not in there
    ]
    if rows:
        for row in rows:  # one by one: not every database tells the keys of many
            row.save(force_insert=True)
        details = {"closures": [_noted(row) for row in rows]}
        record(judge, AuditEvent.Verb.CLOSURES_ADDED, judge.organization.name, details)
    return rows


@in_one_transaction
def remove_closure(*, actor: Any, closure: Closure) -> None:
    """Remove a closure. Raises `Refused` without the permission, and `Closure.DoesNotExist` if it is gone already.

    Writes an audit event and sends `availability_changed`.
    """
    judge = judge_of(actor, closure.organization)
    row = Closure.objects.get(pk=closure.pk, organization=judge.organization)
    noted = _noted(row)
    row.delete()
    record(judge, AuditEvent.Verb.CLOSURE_REMOVED, row.name, {key: noted[key] for key in ("starts_on", "ends_on")})


def already(organization: Organization, closures: Iterable[Days]) -> set[Days]:
    """Return which of them the organization has: one query."""
    wanted = set(closures)
    if not wanted:
        return set()
    since, until = min(each.starts_on for each in wanted), max(each.starts_on for each in wanted)
    rows = Closure.objects.filter(organization=organization, ends_on__gte=since, starts_on__range=(since, until))
    return {Days(row.name, row.starts_on, row.ends_on) for row in rows} & wanted


def _cleaned(closure: Days) -> Days:
    checked = rules.all_of(
        {
            "name": lambda: clean_name(re.sub(r"\s+", " ", closure.name), field="name", limit=NAME_LIMIT),
            "starts_on": lambda: rules.in_range("starts_on", closure.starts_on),
            "ends_on": lambda: _last_day(closure),
        }
    )
    return Days(**checked)


def _last_day(closure: Days) -> date:
    if closure.ends_on < closure.starts_on:
        raise field_error("ends_on", _("The last day is before the first."), "ends_before_start")
    if closure.ends_on - closure.starts_on >= LONGEST:
        raise field_error("ends_on", _("A closure is at most two years long."), "too_long")
    return rules.in_range("ends_on", closure.ends_on)


def _noted(row: Closure) -> dict[str, str]:
    return {"name": row.name, "starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
