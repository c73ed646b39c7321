"""Whatever fails between us and Stripe: what is written down, and that in the end one change was made, and charged, once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.utils import timezone

from django_org_members.billing import claims, linking
from django_org_members.billing.sync import Result, _settle, sync
from django_org_members.models import Membership, SeatChange, Subscription

from .account import free_port
from .proxy import after, before, body, error, page, reset, silence, slow, truncated
from .waiting import let_time_pass, sync_until_quiet

pytestmark = pytest.mark.django_db
BUSY = {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests"}


@pytest.fixture
def owing(acme, linked, proxy, make_member, impatient):
    """Acme's subscription of one seat, and three more members; the faults are to come."""
    subscription = linked(quantity=1)
    for _ in range(3):
        make_member(acme)
    proxy.seen.clear()
    return subscription


def assert_settled_by_one_change(subscription, account, *, before=1, after=4):
    """The server's quantity is the members', and its prorations tell of one change only."""
    found = sync_until_quiet(subscription.pk, rounds=15)
    assert account.quantity(found.subscription_id) == Membership.objects.count() == after
    assert account.steps(found.customer_id) == [(before, after)]
    assert account.charged(found.customer_id) == 20 * (after - before)
    assert (found.billed, found.settled, found.failures, found.error, found.error_code) == (after, after, 0, "", "")
    assert (found.attempt_key, found.lease, found.parked_at) == ("", "", None)
    assert not found.must_read
    change = SeatChange.objects.get()
    assert (change.before, change.after, change.reason) == (before, after, "members")


@dataclass
class Fault:
    happens: object
    code: str
    words: str
    is_same: bool = True
    """Whether the same request is made again, with the same key."""
    is_made: bool = False


NO_ANSWER, AWAY = "Stripe did not answer.", "Stripe is not available."
WAIT, GARBAGE = "Stripe asks to wait: there were too many requests.", "Stripe's answer was no subscription."
FAILED, CONFLICT = "Stripe failed at the request.", "Another request was changing the subscription."
IN_USE = {"type": "idempotency_error", "code": "idempotency_key_in_use"}
FAULTS = {
    "429": Fault(error(429, **BUSY), "rate_limit", WAIT),
    "429 of a proxy": Fault(page(429), "APIError", WAIT),
    "400 for too many": Fault(error(400, **BUSY), "rate_limit", WAIT),
    "lock timeout": Fault(error(429, code="lock_timeout"), "lock_timeout", WAIT),
    "500": Fault(error(500), "APIError", FAILED, is_same=False),
    "500 kept": Fault(error(500, kept=True), "APIError", FAILED, is_same=False),
    "500 kept, made": Fault(error(500, kept=True, made=True), "APIError", FAILED, is_same=False, is_made=True),
    "500 of a proxy": Fault(page(500), "APIError", AWAY),
    "500 of a proxy, made": Fault(page(500, made=True), "APIError", AWAY, is_made=True),
    "502": Fault(page(502), "APIError", AWAY),
    "502 made": Fault(page(502, made=True), "APIError", AWAY, is_made=True),
    "503": Fault(error(503), "APIError", AWAY),
    "504 made": Fault(page(504, made=True), "APIError", AWAY, is_made=True),
    "400 of a proxy": Fault(page(400), "APIError", AWAY),
    "403 of a proxy": Fault(page(403), "APIError", AWAY),
    "404 of a proxy": Fault(page(404), "APIError", AWAY),
    "409": Fault(error(409), "APIError", CONFLICT),
    "409 for the key": Fault(error(409, **IN_USE), "idempotency_key_in_use", CONFLICT),
    "408": Fault(error(408), "APIError", "Stripe did not answer in time."),
    "timeout": Fault(silence(), "APIConnectionError", NO_ANSWER),
    "timeout, made": Fault(silence(made=True), "APIConnectionError", NO_ANSWER, is_made=True),
    "reset": Fault(reset(), "APIConnectionError", NO_ANSWER),
    "reset, made": Fault(reset(made=True), "APIConnectionError", NO_ANSWER, is_made=True),
    "truncated, made": Fault(truncated, "APIConnectionError", NO_ANSWER, is_made=True),
    "too slow, made": Fault(slow(2.5), "APIConnectionError", NO_ANSWER, is_made=True),
    "no JSON": Fault(body(b"{'quantity': 4"), "APIError", AWAY),
    "no text, made": Fault(body(b"\xff\x00", made=True), "garbage", GARBAGE, is_made=True),
    "a page": Fault(page(200), "APIError", AWAY),
    "nothing": Fault(body(b""), "APIError", AWAY),
    "a list": Fault(body(b"[]"), "garbage", GARBAGE),
    "null": Fault(body(b"null"), "garbage", GARBAGE),
    "a number": Fault(body(b"17"), "garbage", GARBAGE),
    "an empty object": Fault(body(b"{}", made=True), "garbage", GARBAGE, is_made=True),
    "another object": Fault(body(b'{"object": "customer", "id": "cus_1"}'), "garbage", GARBAGE),
    "without items": Fault(body(b'{"object": "subscription", "id": "sub_1", "status": "active"}'), "garbage", GARBAGE),
    "another subscription": Fault(
        body(
            json.dumps(
                {"object": "subscription", "id": "sub_1", "status": "active", "items": {"data": [{"id": "si_1"}]}}
            ).encode()
        ),
        "garbage",
        GARBAGE,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_written_down_and_the_change_is_made_once(owing, account, proxy, name):
    fault = FAULTS[name]
    proxy.writes(fault.happens)
    now = timezone.now()
    assert sync(owing.pk) is Result.FAILED
    assert account.quantity(owing.subscription_id) == (4 if fault.is_made else 1)
    found = Subscription.objects.get()
    assert (found.error_code, found.error, found.failures) == (fault.code, fault.words, 1)
    assert (found.parked_at, found.lease, found.settled == 4) == (None, "", False)
    assert now + timedelta(seconds=2) < found.retry_at < timezone.now() + timedelta(seconds=6)

    assert sync(owing.pk) is Result.NOTHING, "it is not the time yet"
    assert len(proxy.sent) == 1
    assert_settled_by_one_change(owing, account)
    first, *others = proxy.sent
    assert {each.key == first.key for each in others} <= {fault.is_same}
    assert fault.is_same or others or fault.is_made
    assert all(each.params == first.params for each in others)
    assert not proxy.kept or len({each.key for each in proxy.sent}) == len(proxy.sent)


def test_stripe_says_how_long_to_wait(owing, account, proxy):
    proxy.writes(error(429, headers={"Retry-After": "120"}, **BUSY))
    now = timezone.now()
    sync(owing.pk)
    assert Subscription.objects.get().retry_at >= now + timedelta(seconds=120)
    assert_settled_by_one_change(owing, account)


@pytest.mark.parametrize("header", ["soon", "-5", "nan", "Wed, 21 Oct 2026 07:28:00 GMT", "inf", "99999999999"])
def test_it_says_so_in_odd_words(owing, account, proxy, header):
    proxy.writes(error(503, headers={"Retry-After": header}))
    sync(owing.pk)
    assert timezone.now() < Subscription.objects.get().retry_at <= timezone.now() + timedelta(hours=1)
    assert_settled_by_one_change(owing, account)


def test_a_503_that_is_kept_for_the_key_needs_a_new_one(owing, account, proxy):
    proxy.writes(error(503, kept=True))
    assert_settled_by_one_change(owing, account)
    assert [each.attempt for each in proxy.sent] == [2, 2, 3]


def test_one_fault_after_another(owing, account, proxy, make_member, acme):
    faults = [silence(made=True), error(503), reset(), error(500, kept=True), page(502, made=True), truncated]
    proxy.writes(*faults)
    proxy.reads(error(500), page(502))
    assert_settled_by_one_change(owing, account)
    numbers = [each.attempt for each in proxy.sent]
    assert numbers == sorted(numbers)


def test_it_waits_the_longer_the_more_often_it_fails(owing, proxy):
    proxy.choose = lambda: error(503)
    waits = []
    for _ in range(12):
        sync(owing.pk)
        waits.append(Subscription.objects.get().retry_at - timezone.now())
        let_time_pass(owing.pk)
    assert waits[0] < timedelta(seconds=6) < timedelta(minutes=1) < waits[5] < waits[9]
    assert timedelta(minutes=29) < waits[-1] <= timedelta(hours=1)


def test_a_slow_answer_is_waited_for(owing, account, proxy):
    proxy.writes(slow(0.1))
    assert sync(owing.pk) is Result.SETTLED
    assert_settled_by_one_change(owing, account)


def test_nobody_is_there(owing, account, proxy, settings):
    there = settings.ORG_MEMBERS
    settings.ORG_MEMBERS = {**there, "STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}"}
    assert sync(owing.pk) is Result.FAILED
    assert Subscription.objects.get().error == NO_ANSWER
    settings.ORG_MEMBERS = there
    assert_settled_by_one_change(owing, account)


REFUSED = {
    "a wrong key": (
        error(401, type="invalid_request_error"),
        "AuthenticationError",
        "Stripe does not take the API key.",
    ),
    "a restricted key": (
        error(403, type="invalid_request_error"),
        "PermissionError",
        "The API key may not change subscriptions at Stripe.",
    ),
    "a card": (
        error(402, type="card_error", code="card_declined", message="Your card was declined."),
        "card_declined",
        "Stripe refused: Your card was declined.",
    ),
    "a status": (
        error(400, type="invalid_request_error", message="It is incomplete."),
        "InvalidRequestError",
        "Stripe refused: It is incomplete.",
    ),
    "a quantity": (
        error(400, type="invalid_request_error", param="items[0][quantity]", message="Too many."),
        "InvalidRequestError",
        "Stripe refused: Too many.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("resume", ["sync_now", "notice", "link"])
def test_what_will_not_heal_is_parked_and_resumed(owing, acme, account, proxy, name, resume):
    happens, code, words = REFUSED[name]
    proxy.writes(happens)
    assert sync(owing.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.error_code, found.error, found.retry_at) == (code, words, None)
    assert found.parked_at is not None
    assert found.alerted_at is not None
    count = len(proxy.seen)
    let_time_pass(owing.pk)
    assert sync(owing.pk) is Result.NOTHING
    assert len(proxy.seen) == count, "nothing is asked while it is parked"
    if resume == "sync_now":
        linking.sync_now(actor=acme.owner, organization=acme)
    elif resume == "notice":
        claims.notice(owing.pk)
    else:
        wanted = linking.Link(owing.customer_id, owing.subscription_id)
        linking.link(actor=acme.owner, organization=acme, wanted=wanted)
    assert_settled_by_one_change(owing, account)


def test_the_same_reason_is_alerted_once(owing, proxy):
    proxy.writes(*[error(401, type="invalid_request_error")] * 2, error(403, type="invalid_request_error"))
    told = timezone.now()
    for is_alerted in (True, False, True):
        claims.notice(owing.pk)
        Subscription.objects.update(notices=1, noticed=1)
        sync(owing.pk)
        found = Subscription.objects.get()
        assert found.parked_at is not None
        assert (found.alerted_at != told) is is_alerted
        Subscription.objects.update(alerted_at=told)


def test_a_wrong_key_for_reading(owing, account, proxy):
    claims.notice(owing.pk)
    proxy.reads(error(401, type="invalid_request_error"))
    assert sync(owing.pk) is Result.FAILED
    assert Subscription.objects.get().parked_at is not None
    claims.notice(owing.pk)
    assert_settled_by_one_change(owing, account)


def test_no_key_at_all(owing, account, settings):
    there = settings.ORG_MEMBERS
    settings.ORG_MEMBERS = {**there, "STRIPE_API_KEY": ""}
    assert sync(owing.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.error_code, found.parked_at is None) == ("not_configured", False)
    settings.ORG_MEMBERS = there
    claims.notice(owing.pk)
    assert_settled_by_one_change(owing, account)


@pytest.mark.parametrize("when", ["before", "during"])
def test_a_subscription_that_is_canceled_meanwhile(owing, account, proxy, when):
    def cancel():
        account.cancel(owing.subscription_id)

    if when == "before":
        cancel()
    else:
        proxy.writes(before(cancel))
    assert sync(owing.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.error_code, found.error, found.status) == ("canceled", "The subscription is canceled.", "canceled")
    assert found.parked_at is not None
    assert account.steps(found.customer_id) == []
    assert not SeatChange.objects.exists()


def test_a_subscription_that_is_canceled_after_the_change(owing, account, proxy):
    proxy.writes(after(lambda: account.cancel(owing.subscription_id)))
    assert sync(owing.pk) is Result.SETTLED
    claims.notice(owing.pk)
    assert sync(owing.pk) is Result.FAILED
    assert Subscription.objects.get().error_code == "canceled"


@pytest.mark.parametrize("when", ["before", "during", "unanswered"])
def test_a_price_that_is_swapped_meanwhile(owing, account, proxy, when):
    new = account.price("Seat, new", amount=3000)

    def swap():
        account.swap_price(owing.subscription_id, new, quantity=1)

    if when == "before":
        swap()
    elif when == "during":
        proxy.writes(before(swap))
    else:
        swap()
        proxy.writes(None, silence(made=True))
    found = sync_until_quiet(owing.pk)
    item = account.subscription(owing.subscription_id)["items"]["data"][0]
    assert (item["quantity"], item["price"]["id"]) == (4, new)
    assert (found.item_id, found.price_id, found.billed) == (item["id"], new, 4)
    of_seats = [amount for amount, _ in account.prorations(owing.customer_id)]
    assert round(sum(of_seats) / 100) == 4 * 30 - 20
    change = SeatChange.objects.get()
    assert (change.before, change.after, change.reason) == (1, 4, "members")
    assert change.key == proxy.sent[-1].key, "by which what it was prorated at is found"


def test_a_swapped_price_costs_two_calls_of_the_budget(owing, account, proxy):
    account.swap_price(owing.subscription_id, account.price("Seat, new"), quantity=1)
    left = Subscription.objects.get().calls_left
    sync(owing.pk)
    assert len(proxy.sent) == 2
    assert left - Subscription.objects.get().calls_left == pytest.approx(2, abs=0.5)


def test_a_change_by_hand_that_follows_a_missed_answer_is_put_right(owing, account, proxy):
    proxy.writes(silence(made=True))
    sync(owing.pk)
    account.set_quantity(owing.subscription_id, 9)
    claims.notice(owing.pk)
    found = sync_until_quiet(owing.pk)
    assert account.quantity(owing.subscription_id) == found.billed == 4
    assert account.steps(found.customer_id) == [(1, 4), (4, 9), (9, 4)]
    assert [(each.before, each.after, each.reason) for each in SeatChange.objects.order_by("pk")] == [
        (1, 9, "seen"),
        (9, 4, "members"),
    ]


def test_a_change_by_hand_without_a_notice_that_follows_a_missed_answer(owing, account, proxy):
    proxy.writes(silence(made=True))
    sync(owing.pk)
    account.set_quantity(owing.subscription_id, 9)
    found = sync_until_quiet(owing.pk)
    assert account.quantity(owing.subscription_id) == found.billed == 4


def test_what_was_sent_before_is_sent_again_even_where_it_seems_done(owing, account, proxy, acme, make_member):
    """Only then it cannot arrive any more, after a newer one."""
    proxy.writes(silence(made=True))
    sync(owing.pk)
    claims.notice(owing.pk)
    make_member(acme)
    sync_until_quiet(owing.pk)
    assert [(each.quantity, each.attempt) for each in proxy.sent] == [(4, 2), (4, 2), (5, 3)]
    assert account.steps(owing.customer_id) == [(1, 4), (4, 5)]


def test_a_key_that_stripe_has_forgotten_is_not_used_again(owing, account, proxy):
    proxy.writes(silence(made=True))
    sync(owing.pk)
    Subscription.objects.update(attempted_at=timezone.now() - timedelta(hours=23, minutes=1))
    assert_settled_by_one_change(owing, account)
    assert len(proxy.sent) == 1, "it was read that all was done"


def test_other_members_meanwhile_wait_for_the_attempt_before_them(owing, account, proxy, acme, make_member):
    proxy.writes(silence(made=True), error(503))
    sync(owing.pk)
    make_member(acme)
    found = sync_until_quiet(owing.pk)
    assert [(each.quantity, each.attempt) for each in proxy.sent] == [(4, 2), (4, 2), (4, 2), (5, 3)]
    assert account.steps(found.customer_id) == [(1, 4), (4, 5)]


def test_a_setting_that_changed_meanwhile_makes_another_request_of_it(owing, account, proxy, settings):
    proxy.writes(silence(made=True))
    sync(owing.pk)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_PRORATION": "none"}
    assert sync_until_quiet(owing.pk).billed == 4
    assert account.steps(owing.customer_id) == [(1, 4)]


@pytest.mark.parametrize("fault", ["500", "401", "timeout"])
def test_a_look_that_fails_does_not_undo_what_is_only_reported(
    acme, linked, account, proxy, settings, fault, impatient
):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_DRIFT": "report"}
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 7)
    claims.notice(subscription.pk)
    faults = {"500": error(500), "401": error(401, type="invalid_request_error"), "timeout": silence()}
    proxy.reads(faults[fault])
    assert sync(subscription.pk) is Result.FAILED
    claims.notice(subscription.pk, at_once=True)
    found = sync_until_quiet(subscription.pk)
    assert account.quantity(subscription.subscription_id) == found.billed == 7
    change = SeatChange.objects.get()
    assert (change.before, change.after, change.reason, change.key) == (1, 7, "seen", "")


def test_a_quantity_changed_by_hand_is_put_right(acme, linked, account, proxy):
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 7)
    claims.notice(subscription.pk)
    sync_until_quiet(subscription.pk)
    assert account.quantity(subscription.subscription_id) == 1
    changes = SeatChange.objects.order_by("pk")
    assert [(each.before, each.after, each.reason) for each in changes] == [(1, 7, "seen"), (7, 1, "repaired")]
    assert [bool(each.request_id) for each in changes] == [False, True], "the request of theirs is not known"


def test_a_notice_during_an_attempt_is_looked_into_afterwards(owing, account, monkeypatch):
    settle = claims.settle

    def settle_later(*args):
        monkeypatch.setattr(claims, "settle", settle)
        account.set_quantity(owing.subscription_id, 9)
        claims.notice(owing.pk)
        return settle(*args)

    monkeypatch.setattr(claims, "settle", settle_later)
    sync_until_quiet(owing.pk)
    assert account.quantity(owing.subscription_id) == 4
    assert account.steps(owing.customer_id) == [(1, 4), (4, 9), (9, 4)]


def test_a_notice_during_an_attempt_that_is_refused_keeps_it_from_being_parked(owing, account, proxy, monkeypatch):
    """The key was put right while it was still refused: nobody would resume it any more."""
    fail = claims.fail

    def fail_later(attempt, *args):
        monkeypatch.setattr(claims, "fail", fail)
        claims.notice(attempt.pk, at_once=True)
        return fail(attempt, *args)

    monkeypatch.setattr(claims, "fail", fail_later)
    proxy.writes(error(401, type="invalid_request_error"))
    assert sync(owing.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.parked_at, found.retry_at is None) == (None, False)
    assert_settled_by_one_change(owing, account)


def test_a_worker_that_comes_too_late_sends_nothing(owing, account, proxy):
    attempt = claims.claim(owing.pk)
    let_time_pass(owing.pk)
    assert_settled_by_one_change(owing, account)
    assert _settle(replace(attempt, until=timezone.now())) is Result.NOTHING
    assert len(proxy.sent) == 1


def test_a_worker_that_wakes_up_late_and_sends_changes_nothing(owing, account, proxy, acme, make_member):
    attempt = claims.claim(owing.pk)
    let_time_pass(owing.pk)
    sync_until_quiet(owing.pk)
    make_member(acme)
    sync_until_quiet(owing.pk)
    assert _settle(attempt) is Result.NOTHING
    assert account.quantity(owing.subscription_id) == 5
    assert proxy.sent[-1].is_replayed
    assert sync_until_quiet(owing.pk).billed == 5
    assert account.steps(owing.customer_id) == [(1, 4), (4, 5)]


def test_what_arrives_late_with_a_key_that_was_given_up_is_put_right(owing, account, proxy, acme, make_member):
    attempt = claims.claim(owing.pk)
    let_time_pass(owing.pk)
    proxy.writes(error(401, type="invalid_request_error"))
    sync(owing.pk)
    claims.notice(owing.pk)
    make_member(acme)
    sync_until_quiet(owing.pk)
    assert _settle(attempt) is Result.NOTHING
    assert account.quantity(owing.subscription_id) == 4, "the older count came after the newer one"
    sync_until_quiet(owing.pk)
    assert account.quantity(owing.subscription_id) == 5


@pytest.mark.parametrize("when", ["call", "fault"])
def test_an_organization_that_is_deleted_during_the_call(owing, acme, account, proxy, monkeypatch, when):
    name = "settle" if when == "call" else "fail"
    original = getattr(claims, name)

    def delete_first(*args):
        acme.delete()
        return original(*args)

    monkeypatch.setattr(claims, name, delete_first)
    if when == "fault":
        proxy.writes(error(503))
    assert sync(owing.pk) is Result.NOTHING
    assert not Subscription.objects.exists()


def test_a_subscription_that_is_not_there_any_more(db):
    assert sync(17) is Result.NOTHING


@pytest.mark.parametrize("status", ["past_due", "unpaid", "paused", "trialing", "incomplete"])
def test_a_subscription_that_is_not_over_is_synced_whatever_its_status(owing, account, proxy, status):
    proxy.reads(_with_status(status))
    claims.notice(owing.pk)
    assert sync(owing.pk) is Result.SETTLED
    assert_settled_by_one_change(owing, account)


def _with_status(status):
    def fault(handler, seen, forward):
        whole = forward()
        whole.body = json.dumps({**json.loads(whole.body), "status": status}).encode()
        handler.answer(whole)

    return fault


def test_a_subscription_that_never_began_is_parked(owing, proxy):
    proxy.reads(_with_status("incomplete_expired"))
    claims.notice(owing.pk)
    assert sync(owing.pk) is Result.FAILED
    found = Subscription.objects.get()
    assert (found.error_code, found.status, found.parked_at is None) == ("canceled", "incomplete_expired", False)
