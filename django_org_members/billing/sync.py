"""The sync: what a subscription owes is claimed, settled with Stripe outside of every transaction, and written down."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..commits import require_no_transaction
from ..conf import settings
from ..tasks import task
from . import choosing, claims, telling
from .claims import Attempt, Outcome
from .gateway import Broken, Gateway, GatewayError, Item, ItemGone, Permanent, Remote, Unavailable, get_gateway

logger = logging.getLogger("django_org_members")

ROUNDS = 20
"""How often one call goes on with what was owed meanwhile; the rest is for a task of its own."""


class Result(Enum):
    """What came of a sync."""

    NOTHING = "nothing"
    """Nothing was owed, or it was not the time for it."""
    SETTLED = "settled"
    FAILED = "failed"
    """It is tried again, or parked: the subscription says which."""


@task
def sync_subscription(pk: int) -> None:
    """Sync one `Subscription`, by its pk, as a task. Raises nothing for what Stripe answers."""
    sync(pk)


def sync(pk: int) -> Result:
    """Settle what a `Subscription`, by its pk, owes, and what it owes by then; Owner and Admins are told.

    Must not be called in a transaction: that raises `RuntimeError`. Whatever Stripe answers is written down, not raised.
    """
    require_no_transaction()
    result = Result.NOTHING
    for _round in range(ROUNDS):
        attempt = claims.claim(pk)
        if attempt is None:
            break
        result = _settle(attempt)
        if result is Result.FAILED:
            break
    else:  # whoever changed members meanwhile left it to us
        sync_subscription.enqueue(pk)
    telling.tell(pk)
    return result


def sync_all(pks: Iterable[int], *, read_first: bool = False) -> Counter[Result]:
    """Sync these, by their pks; returns how many came to what. What fails with one is no matter to the others.

    `read_first`: look what Stripe has, whatever is owed. Like `sync`, not to be called in a transaction.
    """
    done: Counter[Result] = Counter()
    for pk in pks:
        try:
            if read_first:
                claims.notice(pk)
            result = sync(pk)
        except Exception:
            logger.exception("The seats of the subscription %s could not be synced.", pk)
            result = Result.FAILED
        done[result] += 1
    return done


def _settle(attempt: Attempt) -> Result:
    at_stripe = _Reading(attempt)
    try:
        outcome = _perform(attempt, get_gateway(), at_stripe)
    except GatewayError as error:
        logger.warning("Seats of %s: %s (%s)", attempt.subscription_id, error, error.code)
        return _written(attempt, Result.FAILED, claims.fail(attempt, error, at_stripe.remote))
    except Exception as error:  # of a project's own gateway: what is not written down would be tried without a pause
        logger.exception("Seats of %s", attempt.subscription_id)
        failed = Unavailable(_("Something failed here: the log of the server says more."), code=type(error).__name__)
        return _written(attempt, Result.FAILED, claims.fail(attempt, failed, at_stripe.remote))
    return _written(attempt, Result.SETTLED, claims.settle(attempt, outcome))


def _written(attempt: Attempt, result: Result, is_ours: bool) -> Result:
    if is_ours:
        return result
    claims.come_late(attempt)
    return Result.NOTHING


@dataclass
class _Reading:
    """Reads the subscription, and keeps what it read for the case that the attempt fails."""

    attempt: Attempt
    remote: Remote | None = None

    def read(self, gateway: Gateway) -> Remote:
        """Return the subscription. Raises `GatewayError`: `Permanent` where it is over."""
        try:
            self.remote = gateway.fetch(self.attempt.subscription_id)
        except Broken as error:  # nothing was changed by it: the attempt stays the same
            raise Unavailable(error.words, code=error.code, request_id=error.request_id) from error
        if self.remote.has_ended:
            raise Permanent(_("The subscription is canceled."), code="canceled", request_id=self.remote.request_id)
        return self.remote

    def item(self, gateway: Gateway) -> Item:
        """Return the item for the seats, which may be another one by now."""
        remote = self.remote or self.read(gateway)
        return choosing.seat_item(remote, self.attempt.item_id, self.attempt.price_id)


def _perform(attempt: Attempt, gateway: Gateway, at_stripe: _Reading) -> Outcome:
    """Make the attempt: without reading first where it is known what Stripe has."""
    if not attempt.must_read:
        try:
            return _set(attempt, gateway, at_stripe, attempt.item_id)
        except (ItemGone, Permanent):  # look why: it may be canceled, or have another price by now
            if at_stripe.item(gateway).id == attempt.item_id:
                raise
            if not claims.count_call(attempt):
                raise _too_late() from None
    remote, item = at_stripe.remote or at_stripe.read(gateway), at_stripe.item(gateway)
    is_reported = attempt.is_settled and settings.SEAT_DRIFT == "report"
    # One that was sent before is sent again all the same: then it cannot arrive any more, after a newer one.
    if is_reported or (item.quantity == attempt.quantity and not attempt.is_again):
        return Outcome(remote, item, seen=item.quantity)
    return replace(_set(attempt, gateway, at_stripe, item.id), seen=item.quantity)


def _set(attempt: Attempt, gateway: Gateway, at_stripe: _Reading, item_id: str) -> Outcome:
    if timezone.now() >= attempt.until:
        raise _too_late()
    key = _key(attempt, item_id)
    remote = gateway.set_quantity(attempt.subscription_id, item_id, attempt.quantity, key=key)
    if attempt.is_again:  # what it answers may be how things were then
        remote = replace(at_stripe.read(gateway), request_id=remote.request_id)
    item = remote.item(item_id)
    if item is None:
        raise ItemGone(_("The subscription has no such item any more."), request_id=remote.request_id)
    if item.quantity != attempt.quantity:
        raise Broken(
            _("The number of seats was changed in Stripe meanwhile."), code="changed", request_id=remote.request_id
        )
    return Outcome(remote, item, key=key)


def _key(attempt: Attempt, item_id: str) -> str:
    """Return the key for an item: another one than the attempt was made for is another request."""
    if item_id == attempt.item_id:
        return attempt.key
    return f"{attempt.key}-{hashlib.sha256(item_id.encode()).hexdigest()[:8]}"


def _too_late() -> Unavailable:
    return Unavailable(_("It took too long: the next attempt goes on."), code="lease_expired")
