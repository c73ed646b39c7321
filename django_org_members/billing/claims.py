"""Attempts as the database knows them: claimed by one worker at a time, and settled, or failed, by whoever holds them.

An attempt is stored with its idempotency key before it is sent. Where its outcome is not known, because no answer came or
the process died, the same attempt is sent again, with the same key and quantity, before a newer one: so an older
quantity never arrives after a newer one, even from a process that was stopped for a while.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..availability.loading import stored
from ..commits import in_one_transaction, is_deadlock
from ..models import Organization, SeatChange, Subscription
from . import backoff, seats
from .gateway import GatewayError, Item, Permanent, Remote, Unavailable

logger = logging.getLogger("django_org_members")

LEASE = timedelta(seconds=60)
"""Longer than the requests of one attempt may take."""
KEY_LIFETIME = timedelta(hours=23)
"""Stripe forgets an idempotency key after 24 hours."""


@dataclass(frozen=True)
class Attempt:
    """What one worker is to do at Stripe."""

    pk: int
    """Of the `Subscription`."""
    lease: str
    subscription_id: str
    item_id: str
    price_id: str
    quantity: int
    """The seats wanted, as of when the attempt was made."""
    key: str
    is_again: bool
    """Whether it may have been sent before, so that its answer may be the one of then."""
    must_read: bool
    is_settled: bool
    """Whether this quantity was settled before: another one that Stripe has was set by somebody else."""
    notices: int
    until: datetime
    """When the lease ends: nothing may be sent after it."""


@in_one_transaction
def claim(pk: int) -> Attempt | None:
    """Take what a subscription owes; None where it owes nothing, or it is not the time for it.

    Not the time: somebody else is at it, it is parked, it waits after a failure, or for its number of calls.
    """
    # First of all: the members are counted after it.
    found = Subscription.objects.select_for_update().filter(pk=pk).first()
    now = timezone.now()
    if found is None or not _is_ready(found, now):
        return None
    if found.attempt_key and (found.attempted_at is None or found.attempted_at < now - KEY_LIFETIME):
        _forget(found)
    wanted = _wanted(found, now)
    if wanted is None:
        return None
    if not (found.attempt_key or found.must_read or wanted != found.settled):
        _rest(found)
        return None
    found.retry_at = backoff.take_call(found, now)
    if found.retry_at is not None:
        found.save(update_fields=["retry_at"])
        return None
    is_again = bool(found.attempt_key)
    if not is_again:
        _begin(found, wanted, now)
    found.lease, found.leased_until = str(uuid.uuid4()), now + LEASE
    found.save()
    return _attempt(found, wanted, is_again=is_again)


def _is_ready(found: Subscription, now: datetime) -> bool:
    if found.parked_at is not None or (found.leased_until is not None and found.leased_until > now):
        return False
    return found.retry_at is None or found.retry_at <= now


def _wanted(found: Subscription, now: datetime) -> int | None:
    """Count the seats; None where a project's own function failed at it, which is written down and tried again later."""
    try:
        with transaction.atomic():  # what its queries broke is undone
            return seats.wanted(Organization(pk=found.organization_id))
    except Exception as error:
        if isinstance(error, OperationalError) and is_deadlock(error):
            raise
        logger.exception("The seats of organization %s could not be counted.", found.organization_id)
        found.failures += 1
        found.retry_at = now + backoff.delay(found.failures)
        found.error, found.error_code = _("The seats could not be counted."), type(error).__name__[:60]
        found.save(update_fields=["failures", "retry_at", "error", "error_code"])
        return None


def _rest(found: Subscription) -> None:
    """Wait for nothing any more: what was owed is gone by itself, as when a member who was added left again."""
    if found.retry_at is not None:
        found.failures, found.retry_at, found.error, found.error_code = 0, None, "", ""
        found.save(update_fields=["failures", "retry_at", "error", "error_code"])


def _begin(found: Subscription, wanted: int, now: datetime) -> None:
    found.attempt += 1
    # Random, too: a database that was restored counts on from an older number.
    found.attempt_key = f"org-members-{found.attempt}-{uuid.uuid4().hex}"
    found.attempt_quantity, found.attempted_at = wanted, now


def _attempt(found: Subscription, wanted: int, *, is_again: bool) -> Attempt:
    quantity = wanted if found.attempt_quantity is None else found.attempt_quantity
    return Attempt(
        pk=found.pk,
        lease=found.lease,
        subscription_id=found.subscription_id,
        item_id=found.item_id,
        price_id=found.price_id,
        quantity=quantity,
        key=found.attempt_key,
        is_again=is_again,
        must_read=found.must_read,
        is_settled=found.settled == quantity,
        notices=found.notices,
        until=found.leased_until or timezone.now(),
    )


@dataclass(frozen=True)
class Outcome:
    """What an attempt found and did."""

    remote: Remote
    """The subscription as it is now."""
    item: Item
    """The one for the seats, as it is now."""
    seen: int | None = None
    """How many seats Stripe had before, where that was read."""
    key: str = ""
    """The idempotency key with which it was changed, if it was."""


@in_one_transaction
def count_call(attempt: Attempt) -> bool:
    """Count one more change in, which an attempt makes after its first; returns whether the lease is still ours."""
    found = _held(attempt)
    if found is None or timezone.now() >= attempt.until:
        return False
    found.calls_left -= 1  # what is less than none is waited for by the next
    found.save(update_fields=["calls_left"])
    return True


@in_one_transaction
def settle(attempt: Attempt, outcome: Outcome) -> bool:
    """Write what came of an attempt, and the changes of the quantity; returns whether the lease was still ours."""
    found = _held(attempt)
    if found is None:
        return False
    now, reason = timezone.now(), _reason(found, attempt, outcome.seen)
    if outcome.seen is not None and found.billed is None:
        found.billed = outcome.seen
    elif _is_foreign(found, attempt, outcome.seen):
        _record(found, outcome.seen, SeatChange.Reason.SEEN, outcome, now)
    if outcome.item.quantity != found.billed:
        _record(found, outcome.item.quantity, reason, outcome, now)
    if not outcome.key:
        backoff.give_call_back(found)
    know(found, outcome.remote, now)
    found.item_id, found.price_id = outcome.item.id, outcome.item.price_id
    found.settled, found.noticed, found.synced_at = attempt.quantity, attempt.notices, now
    found.failures, found.retry_at = 0, None
    found.error = found.error_code = found.error_request_id = ""
    _end(found)
    found.save()
    return True


def _is_foreign(found: Subscription, attempt: Attempt, seen: int | None) -> bool:
    """Whether somebody else changed the quantity: not if it is what an attempt of ours, whose end we missed, would set."""
    is_ours = seen == attempt.quantity and found.settled != attempt.quantity
    return seen is not None and seen != found.billed and not is_ours


def _reason(found: Subscription, attempt: Attempt, seen: int | None) -> SeatChange.Reason:
    if found.synced_at is None:
        return SeatChange.Reason.LINKED
    is_repaired = _is_foreign(found, attempt, seen) and found.settled == attempt.quantity
    return SeatChange.Reason.REPAIRED if is_repaired else SeatChange.Reason.MEMBERS


def _record(found: Subscription, after: int | None, reason: SeatChange.Reason, outcome: Outcome, now: datetime) -> None:
    if after is None:
        return
    last = SeatChange.objects.filter(subscription=found).first()
    SeatChange.objects.create(
        subscription=found,
        before=found.billed,
        after=after,
        reason=reason,
        # Somebody else's change was made by a request of theirs, which is not known.
        request_id="" if reason == SeatChange.Reason.SEEN else outcome.remote.request_id,
        key="" if reason == SeatChange.Reason.SEEN else outcome.key,
        since=last.until or last.created_at if last is not None else found.linked_at,
        until=found.attempted_at,
        created_at=now,
    )
    found.billed = after


def know(found: Subscription, remote: Remote, now: datetime) -> None:
    """Put what Stripe says of the subscription into its fields; saves nothing."""
    found.status, found.is_live, found.read_at = remote.status, remote.is_live, now
    found.period_ends_at = None if remote.period_ends_at is None else stored(remote.period_ends_at)
    found.ends_at_period_end = remote.ends_at_period_end


@in_one_transaction
def fail(attempt: Attempt, error: GatewayError, remote: Remote | None = None) -> bool:
    """Write why an attempt failed, and when it is made again; returns whether the lease was still ours.

    One that does not heal by itself parks the subscription, unless there came a new reason to look meanwhile.
    """
    found = _held(attempt)
    if found is None:
        return False
    now = timezone.now()
    if remote is not None:
        know(found, remote, now)
    found.failures += 1
    is_new = found.error_code != error.code[:60]
    found.error, found.error_code = str(error.words)[:300], error.code[:60]
    found.error_request_id = error.request_id[:255]
    found.lease, found.leased_until = "", None
    wait = error.wait if isinstance(error, Unavailable) else None
    found.retry_at = now + backoff.delay(found.failures, wait)
    if isinstance(error, Permanent) and found.notices == attempt.notices:
        found.parked_at, found.retry_at = now, None
        found.alerted_at = None if is_new else found.alerted_at  # one alert for one reason
    if not isinstance(error, Unavailable):
        _forget(found)
    found.save()
    return True


def _forget(found: Subscription) -> None:
    """Give an attempt up whose outcome cannot be found out by its key: look what Stripe has, then begin a new one."""
    found.notices += 1
    if found.attempt_quantity != found.settled:  # else it was there to look only, and changed nothing
        found.settled = None
    _end(found)


def give_up(found: Subscription) -> None:
    """Leave an attempt alone that somebody may be at: it was for another item. Saves nothing."""
    _end(found)


def _end(found: Subscription) -> None:
    found.lease, found.leased_until = "", None
    found.attempt_key, found.attempt_quantity = "", None


def _held(attempt: Attempt) -> Subscription | None:
    return Subscription.objects.select_for_update().filter(pk=attempt.pk, lease=attempt.lease).first()


@in_one_transaction
def notice(pk: int, *, at_once: bool = False) -> None:
    """Let what Stripe has be looked at. Resumes what is parked; what waits after a failure goes on waiting, unless `at_once`."""
    found = Subscription.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        return
    found.notices += 1
    if at_once or found.parked_at is not None:
        found.failures, found.retry_at, found.parked_at = 0, None, None
    found.save(update_fields=["notices", "failures", "retry_at", "parked_at"])


@in_one_transaction
def come_late(attempt: Attempt) -> None:
    """Let what Stripe has be looked at by whoever has the lease now: what was sent may have arrived after theirs."""
    found = Subscription.objects.select_for_update().filter(subscription_id=attempt.subscription_id).first()
    if found is not None:
        found.notices += 1
        found.save(update_fields=["notices"])
