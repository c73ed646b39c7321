"""What is owed stays owed, whatever fails on our own side: the count, the workers, the gateway."""

from __future__ import annotations

import json
from datetime import timedelta
from datetime import timezone as zones

import pytest
from django.utils import timezone

from django_org_members.billing import claims, debts, receivers
from django_org_members.billing.linking import Link, link
from django_org_members.billing.sync import ROUNDS, Result, sync, sync_subscription
from django_org_members.models import Membership, SeatChange, Subscription

from .memory import MemoryGateway, Stripe
from .waiting import let_time_pass, sync_until_quiet

pytestmark = pytest.mark.django_db
COUNT = {"seats": 0}


def count_seats(organization):
    """A project's own function."""
    if isinstance(COUNT["seats"], Exception):
        raise COUNT["seats"]
    return COUNT["seats"]


@pytest.fixture
def counted(settings):
    """Count by the project's own function: `counted(5)`."""

    def answer(seats):
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEATS": f"{__name__}.count_seats"}
        COUNT.update(seats=seats)

    return answer


def owed(*organizations):
    return debts.due(timezone.now(), *organizations)


@pytest.mark.parametrize("answer", [RuntimeError("no"), -1, "five", None, True])
def test_a_count_that_fails_is_written_down_and_tried_again(acme, linked, account, counted, answer):
    counted(3)
    subscription = linked(quantity=1)
    assert account.quantity(subscription.subscription_id) == 3
    counted(answer)
    assert sync(subscription.pk) is Result.NOTHING
    found = Subscription.objects.get()
    assert found.error == "The seats could not be counted."
    assert (found.failures, found.lease) == (1, "")
    assert found.retry_at > timezone.now()
    assert owed() == []
    counted(0)
    let_time_pass(subscription.pk)
    assert owed() == [subscription.pk]
    found = sync_until_quiet(subscription.pk)
    assert (found.billed, found.settled, found.error) == (0, 0, "")
    assert account.quantity(subscription.subscription_id) == 0


def test_a_count_that_fails_does_not_keep_from_linking(acme, account, counted):
    counted(RuntimeError("no"))
    made = account.subscribe(1)
    found = link(actor=acme.owner, organization=acme, wanted=Link(made["customer"], made["id"]))
    assert found.error == "The seats could not be counted."
    counted(2)
    let_time_pass(found.pk)
    assert sync_until_quiet(found.pk).billed == 2


def test_no_seats_at_all_and_back(acme, linked, account, counted):
    counted(0)
    subscription = linked(quantity=4)
    counted(4)
    sync_until_quiet(subscription.pk)
    changes = SeatChange.objects.order_by("pk")
    assert [(each.before, each.after) for each in changes] == [(4, 0), (0, 4)]
    assert account.charged(subscription.customer_id) == 0


def test_workers_that_cannot_be_reached_leave_it_owed(acme, linked, account, make_member, monkeypatch, caplog):
    subscription = linked(quantity=1)
    make_member(acme)
    monkeypatch.setattr(receivers, "sync_subscription", _Unreachable)
    receivers.begin([acme.pk])
    assert "it stays owed" in caplog.text
    assert owed([acme.pk]) == [subscription.pk]
    monkeypatch.undo()
    receivers.begin([acme.pk])
    assert owed() == []


class _Unreachable:
    @staticmethod
    def enqueue(pk):
        raise ConnectionError("no broker")


def test_a_gateway_that_breaks_is_written_down(acme, linked, account, make_member, monkeypatch):
    subscription = linked(quantity=1)
    make_member(acme)
    with monkeypatch.context() as patched:
        patched.setattr("django_org_members.billing.shapes.remote", _broken)
        assert sync(subscription.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.error_code, found.parked_at) == ("ZeroDivisionError", None)
    assert found.error == "Something failed here: the log of the server says more."
    assert sync_until_quiet(subscription.pk).billed == 2
    assert account.steps(subscription.customer_id) == [(1, 2)]


def _broken(*args):
    raise ZeroDivisionError


def test_a_worker_that_is_kept_busy_hands_the_rest_on(acme, linked, account, make_member, monkeypatch):
    """Those who changed members meanwhile saw that somebody was at it, and left it to them."""
    subscription = linked(quantity=1)
    handed_on, settle = [], claims.settle

    def settle_and_change(*args):
        Subscription.objects.update(notices=Subscription.objects.get().notices + 1)
        return settle(*args)

    monkeypatch.setattr(claims, "settle", settle_and_change)
    monkeypatch.setattr("django_org_members.billing.sync.sync_subscription", _Worker(handed_on))
    make_member(acme)
    assert sync(subscription.pk) is Result.SETTLED
    assert handed_on == [subscription.pk]
    assert Subscription.objects.get().noticed >= ROUNDS


class _Worker:
    def __init__(self, handed_on):
        self.enqueue = handed_on.append


def test_the_calls_of_an_hour_are_used_up_and_come_again(acme, linked, account, make_member):
    subscription = linked(quantity=1)
    now = timezone.now()
    Subscription.objects.update(calls_left=0, calls_counted_at=now)
    make_member(acme)
    assert sync(subscription.pk) is Result.NOTHING
    found = Subscription.objects.get()
    assert (found.error, found.failures, found.attempt_key) == ("", 0, "")
    assert now + timedelta(seconds=29) < found.retry_at < timezone.now() + timedelta(seconds=31)
    assert owed() == []
    let_time_pass(subscription.pk)
    assert sync_until_quiet(subscription.pk).billed == 2


def test_what_waits_for_a_debt_that_is_gone_waits_no_longer(acme, linked, account, make_member, counted):
    subscription = linked(quantity=1)
    Subscription.objects.update(calls_left=0, calls_counted_at=timezone.now())
    member = make_member(acme)
    sync(subscription.pk)
    member.delete()
    let_time_pass(subscription.pk)
    assert sync(subscription.pk) is Result.NOTHING
    assert Subscription.objects.get().retry_at is None
    counted(RuntimeError("no"))
    sync(subscription.pk)
    counted(1)
    let_time_pass(subscription.pk)
    sync(subscription.pk)
    found = Subscription.objects.get()
    assert (found.retry_at, found.error, found.error_code, found.failures) == (None, "", "", 0)
    assert account.changes() == 0


def test_of_more_items_than_stripe_lists_at_once_the_right_one_is_found(acme, account, proxy):
    """A list inside of an object holds ten."""
    made = account.subscribe(1, prices=[account.price(f"Price {number}") for number in range(3)])
    item = made["items"]["data"][2]

    def first_only(handler, seen, forward):
        whole = forward()
        found = json.loads(whole.body)
        found["items"]["data"], found["items"]["has_more"] = found["items"]["data"][:1], True
        whole.body = json.dumps(found).encode()
        handler.answer(whole)

    proxy.reads(first_only)
    proxy.writes(first_only)
    found = link(actor=acme.owner, organization=acme, wanted=Link(made["customer"], made["id"], item["id"]))
    assert (found.item_id, found.billed) == (item["id"], 1)
    assert "/v1/subscription_items?" in proxy.seen[1].path


@pytest.mark.parametrize("use_tz", [True, False])
def test_the_period_is_stored_with_and_without_time_zones(acme, linked, account, settings, use_tz):
    settings.USE_TZ = use_tz
    found = linked(quantity=2)
    ends = account.subscription(found.subscription_id)["items"]["data"][0]["current_period_end"]
    stored = found.period_ends_at if use_tz else found.period_ends_at.replace(tzinfo=zones.utc)
    assert stored.timestamp() == ends
    assert found.billed == 1


def test_a_project_may_bill_elsewhere(acme, settings, make_member):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BILLING_GATEWAY": "tests.billing.memory.MemoryGateway"}
    MemoryGateway.stripe = Stripe(quantity=9)
    make_member(acme)
    found = link(actor=acme.owner, organization=acme, wanted=Link("cus_memory", "sub_memory"))
    assert found.billed == MemoryGateway.stripe.quantity == Membership.objects.count() == 2
    assert [(each.before, each.after) for each in SeatChange.objects.all()] == [(9, 2)]
    sync_subscription.enqueue(found.pk)
    assert len(MemoryGateway.stripe.executed) == 1


def test_a_look_that_changes_nothing_costs_no_call(linked, account):
    """Stripe counts changes, and somebody who edits the subscription all day must not use ours up."""
    subscription = linked(quantity=1)
    left = Subscription.objects.get().calls_left
    for _ in range(3):
        claims.notice(subscription.pk)
        assert sync(subscription.pk) is Result.SETTLED
    assert Subscription.objects.get().calls_left == pytest.approx(left, abs=0.5)
    assert account.changes() == 0
