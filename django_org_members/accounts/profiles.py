"""The copies of name and e-mail on memberships: kept by signals, found and mended where something went past them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from ..models import Membership, Organization
from .adapter import UserAdapter, get_adapter

COPIES = ("display_name", "email", "sort_name", "search_text")
_BATCH = 1000


@dataclass(frozen=True)
class Drift:
    """Something that is not as it should be: a membership's copy, or an organization's counter."""

    kind: str
    """The column."""
    pk: int
    """Of the membership or the organization."""
    stored: object
    expected: object


def copy_to(membership: Membership, user: Any) -> bool:
    """Copy the user's name and e-mail to an unsaved or loaded membership; returns whether anything changed."""
    return _copy(membership, user, get_adapter())


def refresh(user: Any) -> None:
    """Copy a saved user's name and e-mail to all memberships: one query, and one more if anything changed."""
    adapter = get_adapter()
    stale = [row for row in Membership.objects.filter(user=user.pk) if _copy(row, user, adapter)]
    if stale:
        Membership.objects.bulk_update(stale, COPIES)


def drifted_copies() -> Iterator[list[tuple[Membership, list[Drift]]]]:
    """Walk over all memberships in batches and yield those whose copies are not their user's."""
    adapter, last = get_adapter(), 0
    while True:
        rows = list(Membership.objects.filter(pk__gt=last).select_related("user").order_by("pk")[:_BATCH])
        if not rows:
            return
        last = rows[-1].pk
        yield [(row, drifts) for row in rows if (drifts := _drifts(row, adapter))]


def drifted_counters(*only: int) -> list[tuple[Organization, list[Drift]]]:
    """Return the organizations (all, or only these) whose counters are not the number of their rows."""
    members = Membership.objects.filter(organization=OuterRef("pk")).order_by().values("organization")
    zero = {"output_field": IntegerField()}
    organizations = Organization.objects.filter(pk__in=only) if only else Organization.objects.all()
    counted = organizations.annotate(
        _members=Coalesce(Subquery(members.annotate(n=Count("pk")).values("n")), 0, **zero),
        _active=Coalesce(Subquery(members.annotate(n=Count("pk", filter=Q(is_active=True))).values("n")), 0, **zero),
    )
    return [(row, drifts) for row in counted.iterator(_BATCH) if (drifts := _counter_drifts(row))]


def repair() -> Iterator[Drift]:
    """Mend every drift, yielding what was found. Each batch is written on its own."""
    for batch in drifted_copies():
        Membership.objects.bulk_update([row for row, _ in batch], COPIES)
        for _, drifts in batch:
            yield from drifts
    for organization, _ in drifted_counters():
        yield from _recount(organization.pk)


def find_drift() -> Iterator[Drift]:
    """Yield every drift and change nothing."""
    for batch in drifted_copies():
        for _, drifts in batch:
            yield from drifts
    for _, drifts in drifted_counters():
        yield from drifts


@transaction.atomic
def _recount(organization_id: int) -> list[Drift]:
    """Count again under the lock, without which members come and go between counting and writing."""
    Organization.objects.locked(organization_id)
    drifts = [drift for _, found in drifted_counters(organization_id) for drift in found]
    if drifts:
        Organization.objects.filter(pk=organization_id).update(**{drift.kind: drift.expected for drift in drifts})
    return drifts


def _copy(membership: Membership, user: Any, adapter: UserAdapter) -> bool:
    return membership.copy_profile(display_name=adapter.full_name(user), email=adapter.email(user))


def _drifts(membership: Membership, adapter: UserAdapter) -> list[Drift]:
    before = {column: getattr(membership, column) for column in COPIES}
    if not _copy(membership, membership.user, adapter):
        return []
    after = {column: getattr(membership, column) for column in COPIES}
    return [Drift(name, membership.pk, before[name], after[name]) for name in COPIES if before[name] != after[name]]


def _counter_drifts(organization: Any) -> list[Drift]:
    counted = {"member_count": organization._members, "active_member_count": organization._active}
    return [
        Drift(column, organization.pk, getattr(organization, column), expected)
        for column, expected in counted.items()
        if getattr(organization, column) != expected
    ]
