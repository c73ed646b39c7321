"""Any sequence of changes, faults, deaths, notices and workers ends, once it is quiet, with the quantity that was counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from django_org_members.billing import claims
from django_org_members.billing.sync import _settle, sync
from django_org_members.models import Membership, Role, SeatChange, Subscription

from .memory import Killed, MemoryGateway, Stripe
from .proxy import error, page, reset, silence, truncated
from .waiting import sync_until_quiet

pytestmark = pytest.mark.django_db
MOST = 8

FAULTS = ["busy", "timeout", "timeout, made", "late", "kept", "kept, made", "killed", "killed, made"]
HARMLESS = st.one_of(
    st.tuples(st.just("attempt"), st.tuples(st.integers(1, MOST), st.sampled_from(FAULTS))),
    st.tuples(st.just("members"), st.integers(1, MOST)),
    st.tuples(st.just("work"), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([1, 61, 3700, 23 * 3600 + 1, 25 * 3600])),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS)),
    st.tuples(st.just("arrive"), st.just(0)),
    st.tuples(st.just("claim"), st.just(0)),
    st.tuples(st.just("go on"), st.just(0)),
    st.tuples(st.just("notice"), st.just(0)),
)
FROM_OUTSIDE = st.one_of(
    st.tuples(st.just("by hand"), st.integers(0, MOST)),
    st.tuples(st.just("by hand, told"), st.integers(0, MOST)),
    st.tuples(st.just("swap"), st.just(0)),
    st.tuples(st.just("fault"), st.just("refused")),
    st.tuples(st.just("link"), st.just(0)),
    st.tuples(st.just("delivered"), st.just(0)),
)


class Case:
    """One organization, its subscription, and the clock."""

    def __init__(self, organization, users):
        self.now = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
        self.organization, self.users, self.role = organization, users, Role.objects.member()
        self.stripe = MemoryGateway.stripe = Stripe(quantity=1)
        Subscription.objects.filter(organization=organization).delete()
        Membership.objects.filter(organization=organization).exclude(user=organization.owner).delete()
        self.pk = Subscription.objects.create(
            organization=organization,
            customer_id="cus_memory",
            subscription_id="sub_memory",
            item_id="si_1",
            price_id="price_1",
            linked_at=self.now,
        ).pk
        self.claimed = []
        """Workers that were stopped after they claimed."""
        self.undelivered = 0
        """What Stripe will tell of, some time."""

    def found(self):
        return Subscription.objects.get(pk=self.pk)

    def members(self, count):
        """Make it so many, the Owner included."""
        members = Membership.objects.filter(organization=self.organization)
        for user in self.users[: count - 1]:
            members.get_or_create(user=user, defaults={"organization": self.organization, "role": self.role})
        for member in members.filter(user__in=self.users[count - 1 :]):
            member.delete()

    def attempt(self, how):
        count, fault = how
        self.members(count)
        self.stripe.faults[:] = [fault]
        self.wait(100)
        self.work(0)

    def work(self, _):
        with suppress(Killed):
            sync(self.pk)

    def wait(self, seconds):
        if seconds > 3600:  # nothing is on its way for so long
            while self.stripe.on_the_way:
                self.arrive(0)
        self.now += timedelta(seconds=seconds)

    def fault(self, kind):
        self.stripe.faults.append(kind)

    def arrive(self, _):
        before = len(self.stripe.executed)
        self.stripe.arrive()
        self.undelivered += len(self.stripe.executed) > before

    def claim(self, _):
        attempt = claims.claim(self.pk)
        if attempt is not None:
            self.claimed.append(attempt)

    def go_on(self, _):
        if self.claimed:
            with suppress(Killed):
                _settle(self.claimed.pop(0))

    def notice(self, _):
        claims.notice(self.pk)

    def by_hand(self, quantity):
        self.stripe.quantity = quantity
        self.undelivered += 1

    def by_hand_told(self, quantity):
        self.by_hand(quantity)
        self.delivered(0)

    def swap(self, _):
        self.stripe.item += 1
        self.undelivered += 1

    def delivered(self, _):
        if self.undelivered:
            self.undelivered = 0
            claims.notice(self.pk)

    def link(self, _):
        claims.notice(self.pk, at_once=True)

    def run(self, steps):
        for name, value in steps:
            getattr(self, name.replace(",", "").replace(" ", "_"))(value)

    def quieten(self):
        """No more faults: what is on its way arrives, and the workers come by again and again."""
        self.stripe.faults.clear()
        while self.claimed:
            self.go_on(0)
        while self.stripe.on_the_way:
            self.arrive(0)
        self.delivered(0)
        for _ in range(6):
            if self.found().parked_at is not None:
                claims.notice(self.pk)
            sync(self.pk)
            self.now += timedelta(hours=2)

    def check(self):
        found, count = self.found(), Membership.objects.filter(organization=self.organization).count()
        assert self.stripe.quantity == count
        assert (found.billed, found.settled, found.item_id) == (count, count, self.stripe.item_id)
        assert (found.attempt_key, found.lease, found.retry_at, found.parked_at) == ("", "", None, None)
        assert (found.error, found.must_read) == ("", False)
        self.check_history()

    def check_history(self):
        """Each change begins where the one before it ended."""
        changes = list(SeatChange.objects.filter(subscription=self.pk).order_by("pk"))
        quantities = [1, *(change.after for change in changes)] if changes else [self.found().billed]
        assert [change.before for change in changes] in (
            quantities[:-1],
            [changes[0].before, *quantities[1:-1]] if changes else [],
        )
        assert quantities[-1] == self.found().billed
        assert all(change.before != change.after for change in changes)


@pytest.fixture
def make_case(acme, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BILLING_GATEWAY": "tests.billing.memory.MemoryGateway"}
    model = get_user_model()
    rows = [
        model(**{model.USERNAME_FIELD: f"seat{n}@example.com", "email": f"seat{n}@example.com"}) for n in range(MOST)
    ]
    users = list(model._default_manager.bulk_create(rows))
    return lambda: Case(acme, users)


def clocked(case):
    return patch("django.utils.timezone.now", lambda: case.now)


ANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@ANY
@given(steps=st.lists(HARMLESS, max_size=25))
def test_our_own_changes_are_settled_in_their_order_without_any_notice(make_case, steps):
    case = make_case()
    with clocked(case):
        case.run([step for step in steps if step[0] != "notice"])
        case.undelivered = 0
        case.quieten()
        case.check()
    numbers = [number for number, _ in case.stripe.executed]
    assert numbers == sorted(set(numbers)), "each once, and none after a newer one"
    assert not SeatChange.objects.filter(subscription=case.pk, reason="repaired").exists()


MISSED_AND_UNDONE = [("work", 0), ("attempt", (5, "timeout, made")), ("by hand", 2), ("delivered", 0)]
LATE_AND_DONE = [
    ("work", 0),
    ("attempt", (5, "late")),
    ("by hand", 5),
    ("delivered", 0),
    ("wait", 61),
    ("attempt", (7, "")),
]


@ANY
@example(steps=MISSED_AND_UNDONE)
@example(steps=[*LATE_AND_DONE, ("work", 0)])
@given(steps=st.lists(st.one_of(HARMLESS, FROM_OUTSIDE), max_size=30))
def test_whatever_happens_ends_with_the_members_counted(make_case, steps):
    case = make_case()
    with clocked(case):
        case.run(steps)
        case.quieten()
        case.check()
    if not any(step == ("fault", "refused") or (step[0] == "wait" and step[1] > 3700) for step in steps):
        # No key was given up that a request was on its way with.
        numbers = [number for number, _ in case.stripe.executed]
        assert numbers == sorted(numbers)


@ANY
@given(steps=st.lists(st.one_of(HARMLESS, FROM_OUTSIDE), max_size=30))
def test_where_changes_by_hand_are_only_reported_it_ends_with_what_stripe_has(make_case, settings, steps):
    case = make_case()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_DRIFT": "report"}
    with clocked(case):
        case.run(steps)
        case.quieten()
        found = case.found()
        count = Membership.objects.filter(organization=case.organization).count()
        assert found.settled == count
        assert found.billed == case.stripe.quantity
        assert (found.attempt_key, found.lease, found.retry_at, found.must_read) == ("", "", None, False)
        case.by_hand(MOST + 3)
        case.quieten()
        assert case.stripe.quantity == case.found().billed == MOST + 3
        case.members(count % MOST + 1)
        case.quieten()
        case.check()


REAL = {
    "faults of many kinds": [error(429), silence(made=True), error(500, kept=True), page(502, made=True)],
    "nothing gets through": [silence(), reset(), page(504), error(503)],
    "all is made and nothing is heard": [reset(made=True), truncated, silence(made=True), page(502, made=True)],
}


@pytest.mark.parametrize("name", REAL)
def test_the_same_against_a_real_server(acme, linked, account, proxy, make_member, impatient, name):
    subscription = linked(quantity=1)
    members = []
    for number, fault in enumerate(REAL[name]):
        proxy.writes(fault)
        members.append(make_member(acme))
        if number == 2:
            members.pop(0).delete()
        sync(subscription.pk)
        if number == 1:
            account.set_quantity(subscription.subscription_id, 8)
            claims.notice(subscription.pk, at_once=True)
    found = sync_until_quiet(subscription.pk, rounds=15)
    assert account.quantity(subscription.subscription_id) == found.billed == found.settled == 4
    steps = account.steps(subscription.customer_id)
    assert [before for before, _ in steps] == [1, *(after for _, after in steps[:-1])]
    assert account.charged(subscription.customer_id) == 20 * 3
    numbers = [each.attempt for each in proxy.sent]
    assert numbers == sorted(numbers)
