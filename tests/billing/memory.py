"""A biller in memory that behaves like Stripe: idempotency keys for a day, failures that are kept, items that are swapped."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from django_org_members.billing.gateway import Broken, Item, ItemGone, Permanent, Remote, Unavailable

DAY = timedelta(hours=24)


class Killed(BaseException):
    """The process ended there."""


@dataclass
class Stripe:
    """One subscription of one account."""

    quantity: int
    item: int = 1
    faults: list = field(default_factory=list)
    """What happens to the next requests, of either kind."""
    keys: dict = field(default_factory=dict)
    """Of each key, when it came, and what is answered to it again: a quantity and item, or an error."""
    on_the_way: list = field(default_factory=list)
    """Requests that nobody waits for any more, and that may still arrive."""
    executed: list = field(default_factory=list)
    """(number of the attempt, quantity) of each request that changed something, or could have."""

    @property
    def item_id(self):
        return f"si_{self.item}"

    def remote(self, item=None, quantity=None):
        item, quantity = item or self.item_id, self.quantity if quantity is None else quantity
        return Remote("sub_memory", "cus_memory", "active", (Item(item, "price_1", quantity),), request_id="req_1")

    def fetch(self):
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "killed":
            raise Killed
        if fault:
            raise _error(fault)
        return self.remote()

    def set_quantity(self, item, quantity, key):
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "killed":
            raise Killed
        if fault in ("refused", "busy", "timeout"):
            raise _error(fault)
        if fault == "late":
            self.on_the_way.append((item, quantity, key))
            raise _error("timeout")
        if fault == "kept" and key not in self.keys:
            self._keep(key, _error("kept"))
        answer = self.receive(item, quantity, key)
        if fault == "killed, made":
            raise Killed
        if fault == "timeout, made":
            raise _error("timeout")
        if fault == "kept, made":
            self._keep(key, _error("kept"))
            raise _error("kept")
        return answer

    def receive(self, item, quantity, key):
        at, answer = self.keys.get(key, (None, None))
        if at is not None and timezone.now() - at < DAY:
            if isinstance(answer, Exception):
                raise answer
            return self.remote(*answer)
        if item != self.item_id:  # checked before anything is done, so it is not kept
            raise ItemGone("gone", code="resource_missing")
        self.executed.append((int(key.split("-")[2]), quantity))
        self.quantity = quantity
        self._keep(key, (item, quantity))
        return self.remote()

    def arrive(self):
        """Let the oldest request that is on the way arrive."""
        if self.on_the_way:
            with suppress(ItemGone, Broken):
                self.receive(*self.on_the_way.pop(0))

    def _keep(self, key, answer):
        self.keys[key] = (timezone.now(), answer)


def _error(fault):
    if fault == "refused":
        return Permanent("refused", code="refused")
    if fault.startswith("kept"):
        return Broken("kept", code="kept")
    return Unavailable("not there", code="unavailable")


class MemoryGateway:
    """The biller of the setting BILLING_GATEWAY."""

    stripe: Stripe

    def fetch(self, subscription_id):
        return self.stripe.fetch()

    def set_quantity(self, subscription_id, item_id, quantity, *, key):
        return self.stripe.set_quantity(item_id, quantity, key)
