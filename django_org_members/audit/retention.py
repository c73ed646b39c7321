"""The one way in which events leave the trail: when they are older than somebody decided to keep them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from ..commits import in_one_transaction
from ..models import AuditEvent, Organization, triggers
from .recording import event, write

BATCH = 1000


def organizations() -> Iterator[int]:
    """Yield the pk of every organization that has events: one query for each.

    Those that were deleted too, and the number under which stands what concerns all of them.
    """
    ids = AuditEvent.objects.order_by("organization_id").values_list("organization_id", flat=True)
    found = ids.first()
    while found is not None:
        yield found
        found = ids.filter(organization_id__gt=found).first()


def count(organization_id: int, before: datetime) -> int:
    """Return how many events `prune` would delete.

    None where only notes of earlier deletions are that old: they would be deleted to be replaced by another one.
    """
    old = _old(organization_id, before)
    return old.count() if old.exclude(verb=AuditEvent.Verb.LOG_PRUNED).exists() else 0


def prune(organization_id: int, before: datetime, *, batch: int = BATCH) -> int:
    """Delete an organization's events from before a moment (aware); returns how many.

    In batches, each a transaction of its own with the trigger lifted for it. An event that tells from when and how many
    is written with the first of them: whatever stops the rest, nothing is gone without a word.
    """
    found = count(organization_id, before)
    if not found:
        return 0
    deleted = done = _prune(organization_id, before, batch, noting=found)
    while done == batch:
        done = _prune(organization_id, before, batch)
        deleted += done
    return deleted


@in_one_transaction
def _prune(organization_id: int, before: datetime, batch: int, *, noting: int = 0) -> int:
    with triggers.lifted(connection):
        if noting:
            write(_note(organization_id, before, noting))
        ids = list(_old(organization_id, before).order_by("created_at", "id").values_list("pk", flat=True)[:batch])
        if ids:
            QuerySet(AuditEvent).filter(pk__in=ids).delete()  # the model's own refuses
    return len(ids)


def _old(organization_id: int, before: datetime) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(organization=organization_id, created_at__lt=before)


def _note(organization_id: int, before: datetime, deleted: int) -> AuditEvent:
    name = Organization.objects.filter(pk=organization_id).values_list("name", flat=True).first() or ""
    details = {"before": before.isoformat(timespec="seconds"), "deleted": deleted}
    return event(organization_id, AuditEvent.Verb.LOG_PRUNED, actor=None, name=name, details=details)
