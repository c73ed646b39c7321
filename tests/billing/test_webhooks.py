"""What happens at Stripe comes in by events: read from the server's own list, signed as Stripe does, delivered to the view."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import logging
import time
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from django_org_members.billing import claims, shapes, webhooks
from django_org_members.billing.sync import sync
from django_org_members.models import SeatChange, StripeEvent, Subscription
from tests.racing import at_once

pytestmark = pytest.mark.django_db

SECRET, NEWER = "whsec_first", "whsec_second"
URL = "/account/stripe/webhook/"


def header(body, *, secret=SECRET, at=None, scheme="v1"):
    """Sign a body as Stripe documents: HMAC-SHA256 over the time, a point and the raw body."""
    at = int(time.time()) if at is None else at
    signed = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={signed}"


def written(event):
    return event if isinstance(event, bytes) else json.dumps(event).encode()


@pytest.fixture
def account(account, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_WEBHOOK_SECRETS": [SECRET]}
    return account


@pytest.fixture
def deliver(django_capture_on_commit_callbacks):
    """Send an event, or bytes, to the view, as Stripe does: `deliver(event, signature=None, **how it is signed)`."""

    def send(event, *, signature=None, client=None, **how):
        body = written(event)
        signature = header(body, **how) if signature is None else signature
        client = client or Client(enforce_csrf_checks=True)
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(URL, body, content_type="application/json", headers={"Stripe-Signature": signature})
        assert response.content == b"", "an attacker is told nothing"
        return response.status_code

    return send


@pytest.fixture
def reads(monkeypatch):
    """The ids of the subscriptions that were read, as they are."""
    from django_org_members.billing.stripe import StripeGateway

    seen, fetch = [], StripeGateway.fetch

    def counted(self, subscription_id):
        seen.append(subscription_id)
        return fetch(self, subscription_id)

    monkeypatch.setattr(StripeGateway, "fetch", counted)
    return seen


def changes():
    return [(each.before, each.after, each.reason) for each in SeatChange.objects.order_by("pk")]


def use(settings, **values):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, **values}


# What happens at Stripe


def test_a_quantity_that_was_changed_by_hand_is_put_right(linked, account, deliver):
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 7)
    for event in account.events("customer.subscription.updated"):
        assert deliver(event) == 200
    assert account.quantity(subscription.subscription_id) == 1
    assert changes() == [(1, 7, "seen"), (7, 1, "repaired")]
    assert Subscription.objects.get().billed == 1


def test_or_is_only_reported(linked, account, deliver, settings, acme, make_member):
    use(settings, SEAT_DRIFT="report")
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 7)
    (event,) = account.events("customer.subscription.updated")
    assert deliver(event) == 200
    assert account.quantity(subscription.subscription_id) == 7
    assert changes() == [(1, 7, "seen")]
    subscription.refresh_from_db()
    assert (subscription.billed, subscription.settled) == (7, 1)

    make_member(acme)
    sync(subscription.pk)
    assert account.quantity(subscription.subscription_id) == 2, "the members decide again when they change"
    assert changes() == [(1, 7, "seen"), (7, 2, "members")]


def test_what_is_cancelled_is_parked_as_such(linked, account, deliver):
    subscription = linked(quantity=1)
    account.cancel(subscription.subscription_id)
    (event,) = account.events("customer.subscription.deleted")
    assert deliver(event) == 200
    subscription.refresh_from_db()
    assert (subscription.status, subscription.error_code) == ("canceled", "canceled")
    assert subscription.parked_at is not None


def test_of_what_stays_cancelled_people_are_not_told_again(linked, account, deliver):
    """Invoices come after the end, too: each event has it be read, and parked again for the same reason."""
    subscription = linked(quantity=1)
    account.cancel(subscription.subscription_id)
    (event,) = account.events("customer.subscription.deleted")
    deliver(event)
    told = timezone.now()
    Subscription.objects.update(alerted_at=told)
    (paid,) = account.events("invoice.paid")
    deliver(paid)
    subscription.refresh_from_db()
    assert subscription.parked_at > told, "it was read again"
    assert subscription.alerted_at == told

    Subscription.objects.update(error_code="no_item")
    claims.notice(subscription.pk)
    sync(subscription.pk)
    assert Subscription.objects.get().alerted_at != told, "of another reason they are"


def test_a_payment_that_fails_shows_and_one_that_comes_in_ends_it(linked, account, deliver):
    subscription = linked(quantity=1)
    item = account.subscription(subscription.subscription_id)["items"]["data"][0]["id"]
    good = account.subscription(subscription.subscription_id)["default_payment_method"]
    bad = account.card(subscription.customer_id, number="4000000000000341")
    account.ask("POST", f"subscriptions/{subscription.subscription_id}", default_payment_method=bad)
    account.ask("POST", f"subscription_items/{item}", quantity=2, proration_behavior="always_invoice")
    (failed,) = account.events("invoice.payment_failed")
    assert deliver(failed) == 200
    assert Subscription.objects.get().status == "past_due"

    account.ask("POST", f"subscriptions/{subscription.subscription_id}", default_payment_method=good)
    account.ask("POST", f"invoices/{failed['data']['object']['id']}/pay")
    paid = account.events("invoice.paid")[-1]
    assert paid["data"]["object"]["id"] == failed["data"]["object"]["id"]
    assert deliver(paid) == 200
    assert Subscription.objects.get().status == "active"
    assert Subscription.objects.get().billed == 1


@pytest.mark.parametrize("kind", ["resumed", "pending_update_applied"])
def test_one_that_pauses_and_goes_on(linked, account, deliver, kind):
    """A trial that ends without a card."""
    subscription = linked(made=account.trial(1))
    assert subscription.status == "trialing"
    account.ask("POST", f"subscriptions/{subscription.subscription_id}", trial_end="now")
    (paused,) = account.events("customer.subscription.paused")
    assert deliver(paused) == 200
    assert Subscription.objects.get().status == "paused"

    card = account.card(subscription.customer_id)
    account.ask("POST", f"subscriptions/{subscription.subscription_id}", default_payment_method=card)
    account.ask("POST", f"subscriptions/{subscription.subscription_id}/resume")
    intent = account.subscription(subscription.subscription_id)["pending_setup_intent"]
    account.ask("POST", f"setup_intents/{intent}/confirm", payment_method=card)
    (event,) = account.events(f"customer.subscription.{kind}")
    assert deliver(event) == 200
    assert Subscription.objects.get().status == "active"


def test_an_event_resumes_what_is_parked(linked, account, deliver, acme, make_member):
    subscription = linked(quantity=1)
    make_member(acme)
    Subscription.objects.update(parked_at=timezone.now(), error="x", error_code="x")
    (event,) = account.events("customer.subscription.created")
    assert deliver(event) == 200
    assert account.quantity(subscription.subscription_id) == 2
    assert Subscription.objects.get().parked_at is None


def test_many_organizations_have_one_endpoint(linked, account, deliver, make_organization, acme, reads):
    globex = make_organization(name="Globex")
    first, second = linked(acme, quantity=1), linked(globex, quantity=1)
    account.set_quantity(second.subscription_id, 4)
    del reads[:]
    (event,) = account.events("customer.subscription.updated")
    deliver(event)
    assert reads == [second.subscription_id]
    assert account.quantity(second.subscription_id) == 1
    first.refresh_from_db()
    assert first.notices == first.noticed == 2


# Order, and how often


def test_each_event_is_taken_in_once(linked, account, deliver, reads):
    subscription = linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    del reads[:]
    assert [deliver(event) for _ in range(3)] == [200, 200, 200]
    assert reads == [subscription.subscription_id]
    assert StripeEvent.objects.get().event_id == event["id"]


def test_events_in_any_order_end_at_what_stripe_has(linked, account, deliver, settings):
    use(settings, SEAT_DRIFT="report")
    subscription = linked(quantity=1)
    for quantity in (5, 3, 8):
        account.set_quantity(subscription.subscription_id, quantity)
    for event in reversed(account.events()):
        assert deliver(event) == 200
    subscription.refresh_from_db()
    assert (subscription.billed, subscription.status) == (8, "active")
    assert changes() == [(1, 8, "seen")], "the older events say 5 and 3, and nobody believes them"


def test_an_event_from_before_the_end_does_not_revive_it(linked, account, deliver):
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 5)
    account.cancel(subscription.subscription_id)
    for kind in ("customer.subscription.deleted", "customer.subscription.updated", "customer.subscription.created"):
        assert deliver(account.events(kind)[0]) == 200
    assert Subscription.objects.get().status == "canceled"


def test_what_an_event_says_is_not_believed(linked, account, deliver):
    """Signed, and yet wrong: it is read what is there."""
    subscription = linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    about = event["data"]["object"]
    about |= {"status": "canceled", "quantity": 99}
    about["items"]["data"][0]["quantity"] = 99
    deliver(event)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.billed, subscription.parked_at) == ("active", 1, None)
    assert account.quantity(subscription.subscription_id) == 1


def test_our_own_change_makes_no_loop(linked, account, deliver, acme, make_member, reads):
    subscription = linked(quantity=1)
    make_member(acme)
    sync(subscription.pk)
    del reads[:]
    told = [each for each in account.events() if (each["request"]["idempotency_key"] or "").startswith("org-members-")]
    assert "customer.subscription.updated" in {each["type"] for each in told}
    before = account.changes()
    for event in told:
        assert deliver(event) == 200
    assert reads == [], "its answer said it all"
    assert account.changes() == before

    stranger = told[-1] | {"id": "evt_of_a_copy", "type": "customer.subscription.updated"}
    stranger["data"]["object"] = account.subscription(subscription.subscription_id)
    stranger["request"] = {"id": "req_1", "idempotency_key": "org-members-1-of-another-database"}
    deliver(stranger)
    assert len(reads) == 1, "the key of another installation is nothing of ours"
    assert account.changes() == before


def test_while_our_own_change_is_under_way_its_event_waits_for_it(linked, account, deliver, reads):
    subscription = linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    Subscription.objects.update(attempt_key="org-members-9-abc", attempt_quantity=1, attempted_at=timezone.now())
    event |= {"type": "customer.subscription.updated", "request": {"idempotency_key": "org-members-9-abc-si_new"}}
    del reads[:]
    deliver(event)
    subscription.refresh_from_db()
    assert subscription.notices == subscription.noticed
    assert reads == []

    Subscription.objects.update(parked_at=timezone.now())
    deliver(event | {"id": "evt_other"})
    assert reads, "what is parked has no answer to come"


def test_our_own_change_whose_payment_fails_is_read(linked, account, deliver, acme, make_member, settings):
    use(settings, SEAT_PRORATION="always_invoice")
    subscription = linked(quantity=1)
    bad = account.card(subscription.customer_id, number="4000000000000341")
    account.ask("POST", f"subscriptions/{subscription.subscription_id}", default_payment_method=bad)
    make_member(acme)
    sync(subscription.pk)
    Subscription.objects.update(status="active")
    (failed,) = account.events("invoice.payment_failed")
    assert failed["request"]["idempotency_key"].startswith("org-members-")
    deliver(failed)
    assert Subscription.objects.get().status == "past_due"


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_two_deliveries_at_once_are_one(linked, account, reads):
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 6)
    (event,) = account.events("customer.subscription.updated")
    body = written(event)
    sent = {"content_type": "application/json", "headers": {"Stripe-Signature": header(body)}}
    del reads[:]
    answers = at_once([lambda: Client().post(URL, body, **sent)] * 8)
    assert [each.status_code for each in answers] == [200] * 8
    assert len(reads) == 1
    assert StripeEvent.objects.count() == 1
    assert changes() == [(1, 6, "seen"), (6, 1, "repaired")]
    subscription.refresh_from_db()
    assert subscription.notices == subscription.noticed == 3


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_many_events_at_once_end_at_what_stripe_has(linked, account):
    subscription = linked(quantity=1)
    for quantity in (5, 3, 8):
        account.set_quantity(subscription.subscription_id, quantity)
    old = timezone.now() - webhooks.KEPT - timedelta(days=1)
    StripeEvent.objects.bulk_create(StripeEvent(event_id=f"evt_{n}", type="x", received_at=old) for n in range(50))

    def delivery(event):
        body = written(event)
        headers = {"Stripe-Signature": header(body)}
        return lambda: Client().post(URL, body, content_type="application/json", headers=headers)

    answers = at_once([delivery(event) for event in account.events("customer.subscription.updated") * 3])
    assert {each.status_code for each in answers} == {200}
    sync(subscription.pk)
    subscription.refresh_from_db()
    assert (subscription.billed, account.quantity(subscription.subscription_id)) == (1, 1)
    assert set(StripeEvent.objects.values_list("subscription_id", flat=True)) == {subscription.subscription_id}
    assert StripeEvent.objects.count() == 3


# What is nothing of ours


@pytest.mark.parametrize("kind", ["customer.created", "invoice.finalized", "charge.succeeded"])
def test_an_event_that_was_not_asked_for_is_answered_and_not_kept(linked, account, deliver, reads, kind):
    linked(quantity=1)
    del reads[:]
    assert deliver(account.events(kind)[0]) == 200
    assert reads == []
    assert not StripeEvent.objects.exists()


def test_nor_is_one_of_a_subscription_that_is_not_linked(account, deliver, reads):
    account.subscribe(3)
    for event in account.events():
        assert deliver(event) == 200
    assert reads == []
    assert not StripeEvent.objects.exists()


def test_nor_is_a_kind_that_nobody_knows(linked, account, deliver, reads):
    linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    del reads[:]
    assert deliver(event | {"type": "customer.subscription.turned_upside_down"}) == 200
    assert deliver(event | {"type": "x" * 10_000}) == 200
    assert reads == []


def test_an_invoice_of_no_subscription_is_answered(linked, account, deliver):
    linked(quantity=1)
    event = account.events("invoice.paid")[0]
    event["data"]["object"] |= {"parent": None}
    assert deliver(event) == 200
    assert not StripeEvent.objects.exists()


def test_old_events_are_forgotten(linked, account, deliver):
    linked(quantity=1)
    now = timezone.now()
    for name, age in (
        ("evt_old", webhooks.KEPT + timedelta(hours=1)),
        ("evt_young", webhooks.KEPT - timedelta(hours=1)),
    ):
        StripeEvent.objects.create(event_id=name, type="x", received_at=now - age)
    (event,) = account.events("customer.subscription.created")
    deliver(event)
    assert set(StripeEvent.objects.values_list("event_id", flat=True)) == {"evt_young", event["id"]}


SHAPES = {
    "a subscription": {"object": "subscription", "id": "sub_1"},
    "an invoice since 2025-03": {"object": "invoice", "parent": {"subscription_details": {"subscription": "sub_1"}}},
    "an invoice before": {"object": "invoice", "subscription": "sub_1"},
    "an expanded one": {"object": "invoice", "subscription": {"id": "sub_1", "object": "subscription"}},
    "a newer, expanded one": {
        "object": "invoice",
        "parent": {"subscription_details": {"subscription": {"id": "sub_1"}}},
    },
}
NO_SHAPES = [
    {},
    {"object": "invoice"},
    {"object": "invoice", "subscription": None, "parent": None},
    {"object": "invoice", "parent": {"quote_details": {"quote": "qt_1"}, "subscription_details": None}},
    {"object": "invoice", "parent": {"subscription_details": {"subscription": None}}},
    {"object": "invoice", "parent": ["subscription_details"]},
    {"object": "subscription"},
    {"object": "subscription", "id": None},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_subscription_is_found_in_every_shape(shape):
    assert shapes.subscription_id(SHAPES[shape]) == "sub_1"


@pytest.mark.parametrize("about", NO_SHAPES)
def test_and_in_no_other(about):
    assert shapes.subscription_id(about) == ""


def test_an_invoice_of_an_older_version_is_taken_in(linked, account, deliver, reads):
    subscription = linked(quantity=1)
    event = account.events("invoice.paid")[0]
    del event["data"]["object"]["parent"]
    event["data"]["object"]["subscription"] = subscription.subscription_id
    event["request"] = "req_as_until_2017"
    del reads[:]
    assert deliver(event) == 200
    assert len(reads) == 1


# Signatures


def event_of(account):
    account.subscribe(1)
    return written(account.events("customer.subscription.created")[0])


MOMENTS = {"now": (0, 200), "a while ago": (-290, 200), "too long ago": (-310, 400), "a clock ahead": (290, 200)}
MOMENTS |= {"of the future": (310, 400), "of a far future": (10**10, 400), "of long ago": (-(10**9), 400)}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signature_holds_for_five_minutes_either_way(account, deliver, moment):
    offset, status = MOMENTS[moment]
    assert deliver(event_of(account), at=int(time.time()) + offset) == status


def test_while_a_secret_is_rotated_both_hold(account, deliver, settings):
    body = event_of(account)
    assert (deliver(body), deliver(body, secret=NEWER)) == (200, 400)
    use(settings, STRIPE_WEBHOOK_SECRETS=[NEWER, SECRET])
    assert (deliver(body), deliver(body, secret=NEWER)) == (200, 200)
    both = header(body, secret="whsec_unknown") + "," + header(body).partition(",")[2]
    assert deliver(body, signature=both) == 200, "Stripe signs with each of its own secrets then"
    use(settings, STRIPE_WEBHOOK_SECRETS=[NEWER])
    assert (deliver(body), deliver(body, secret=NEWER)) == (400, 200)


def test_a_body_that_was_changed_is_refused(linked, account, deliver, reads):
    linked(quantity=1)
    body = written(account.events("customer.subscription.created")[0])
    signature = header(body)
    del reads[:]
    for other in (body.replace(b"active", b"paused"), body + b" ", b" " + body, b"\xef\xbb\xbf" + body, b""):
        assert deliver(other, signature=signature) == 400
    assert deliver(json.dumps(json.loads(body), indent=2).encode(), signature=signature) == 400, "the raw bytes count"
    assert reads == []
    assert not StripeEvent.objects.exists()


def test_the_older_scheme_does_not_count(account, deliver):
    assert deliver(event_of(account), scheme="v0") == 400


SIGNATURES = ["", "x", "t=", "t=1", "t=x,v1=y", "v1=abc", "t=1,v1=", ",,,", "=", "t=1=2,v1", "t=²,v1=é", "t=1,v1=\xff"]
SIGNATURES += ["t=" + "9" * 5000 + ",v1=a", "t=-1,v1=a", "t=nan,v1=a", "a" * 50_000]


@pytest.mark.parametrize("number", range(len(SIGNATURES)))
def test_odd_signatures_are_refused(account, deliver, number):
    assert deliver(b"{}", signature=SIGNATURES[number]) == 400


def test_a_signature_with_odd_signs_beside_a_right_time_is_refused(account, deliver):
    assert deliver(b"{}", signature=f"t={int(time.time())},v1=é") == 400


def test_two_times_are_refused_if_one_is_of_the_future(account, deliver):
    body = event_of(account)
    assert deliver(body, signature=header(body) + f",t={int(time.time()) + 1000}") == 400


def test_without_a_signature_nothing_is_asked_of_the_database(account, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().post(URL, b"{}", content_type="application/json").status_code == 400


UNSET = {"no secrets": [], "none": None, "an empty one": [""], "a blank one": [" "], "one that is no text": [b"x", 5]}


@pytest.mark.parametrize("unset", UNSET)
def test_without_secrets_nobody_can_sign(account, deliver, settings, unset):
    body = event_of(account)
    use(settings, STRIPE_WEBHOOK_SECRETS=UNSET[unset])
    for secret in (SECRET, "", " ", "x", "5"):
        assert deliver(body, secret=secret) == 400


def test_a_secret_without_its_list_is_one_and_not_its_letters(account, deliver, settings):
    use(settings, STRIPE_WEBHOOK_SECRETS=SECRET)
    body = event_of(account)
    assert [deliver(body, secret=secret) for secret in (SECRET, "w", "_")] == [200, 400, 400]


def test_without_a_key_it_is_refused(account, deliver, settings):
    """So Stripe sends it again, until the project is set up."""
    body = event_of(account)
    use(settings, STRIPE_API_KEY="")
    assert deliver(body) == 400


def test_without_the_library_it_is_refused(account, deliver, monkeypatch):
    body = event_of(account)
    monkeypatch.setattr("django_org_members.billing.stripe.stripe", None)
    assert deliver(body) == 400


# Odd bodies, all of them signed

EVENT = {"id": "evt_1", "type": "customer.subscription.updated", "data": {"object": {"object": "subscription"}}}
BODIES = {
    "nothing": b"",
    "no JSON": b"hello",
    "half of it": b'{"id": "evt_1", "type": ',
    "no text": b"\xff\xfe\x00",
    "another encoding": json.dumps(EVENT).encode("utf-16"),
    "a mark of the encoding": b"\xef\xbb\xbf" + json.dumps(EVENT).encode(),
    "a null": b"null",
    "a number": b"5",
    "a huge number": b"9" * 10_000,
    "not a number": b"NaN",
    "a text": b'"event"',
    "a list": b"[]",
    "an empty object": b"{}",
    "a deep list": b"[" * 200_000,
    "a deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a form": b"id=evt_1&type=customer.subscription.updated",
    "no id": written({**EVENT, "id": None}),
    "an empty id": written({**EVENT, "id": ""}),
    "an id that is a number": written({**EVENT, "id": 5}),
    "an id that is a list": written({**EVENT, "id": ["evt_1"]}),
    "an id with a zero": written({**EVENT, "id": "evt_\0"}),
    "an id that is no text": b'{"id": "\\ud800", "type": "x", "data": {"object": {}}}',
    "a long id": written({**EVENT, "id": "e" * 256}),
    "no type": written({**EVENT, "type": None}),
    "a type that is a list": written({**EVENT, "type": []}),
    "no data": written({**EVENT, "data": None}),
    "data that is a list": written({**EVENT, "data": []}),
    "no object": written({**EVENT, "data": {}}),
    "an object that is a text": written({**EVENT, "data": {"object": "sub_1"}}),
    "an object that is a list": written({**EVENT, "data": {"object": []}}),
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_event_is_refused(account, deliver, name):
    assert deliver(BODIES[name]) == 400
    assert not StripeEvent.objects.exists()


ODD_IDS = ["", None, 5, [], {}, True, "sub_\0", "\ud800", "s" * 5000, {"id": ["sub_1"]}, "sub_é", "x\ny"]


@pytest.mark.parametrize("number", range(len(ODD_IDS)))
@pytest.mark.parametrize("place", ["subscription", "invoice", "new invoice"])
def test_an_odd_subscription_is_none_of_ours(account, deliver, number, place):
    odd = ODD_IDS[number]
    about = {
        "subscription": {"object": "subscription", "id": odd},
        "invoice": {"object": "invoice", "subscription": odd},
        "new invoice": {"object": "invoice", "parent": {"subscription_details": {"subscription": odd}}},
    }[place]
    assert deliver({**EVENT, "data": {"object": about}}) == 200
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize("request_", [None, "req_1", 5, [], {}, {"idempotency_key": 5}, {"idempotency_key": []}])
def test_an_odd_request_is_nobody_s(linked, account, deliver, request_, reads):
    linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    del reads[:]
    assert deliver(event | {"type": webhooks.UPDATED, "request": request_}) == 200
    assert len(reads) == 1


@pytest.mark.parametrize("limit", [2_500_000, 1000, None])
def test_a_huge_body_is_refused_and_a_large_one_is_not(linked, account, deliver, settings, limit):
    """Whatever limit the project has for its forms."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = limit
    linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    body = written(event)
    assert deliver(body + b" " * (1024 * 1024 - len(body))) == 200
    assert StripeEvent.objects.count() == 1
    assert deliver(body + b" " * (1024 * 1024 - len(body) + 1)) == 400
    assert deliver(b"x" * 5_000_000) == 400


def test_a_body_that_does_not_come_to_its_end_is_refused(account, rf):
    from django_org_members.billing.views import stripe_webhook

    class Cut(io.BytesIO):
        def read(self, *args):
            raise OSError("gone")

    request = rf.post(URL, b"{}", content_type="application/json")
    request._stream = Cut()
    assert stripe_webhook(request).status_code == 400


# The view among others


def test_it_stands_under_its_name():
    assert reverse("org_members:stripe_webhook") == URL


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_it_takes_nothing_but_post(client, method):
    assert getattr(client, method)(URL).status_code == 405


def test_its_answer_holds_no_cookie_and_no_person(linked, account, sign_in, acme, django_capture_on_commit_callbacks):
    linked(quantity=1)
    body = written(account.events("customer.subscription.created")[0])
    response = Client().post(URL, body, content_type="application/json", headers={"Stripe-Signature": header(body)})
    assert (response.status_code, response.content) == (200, b"")
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


PLACES = {
    "LoginRequiredMiddleware": (
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ),
    "a policy of content": (
        "django.middleware.security.SecurityMiddleware",
        "tests.browser.policy.StrictPolicyMiddleware",
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_it_works_behind_the_middleware_of_others(linked, account, deliver, settings, name):
    after, added = PLACES[name]
    place = django_settings.MIDDLEWARE.index(after) + 1
    settings.MIDDLEWARE = [*django_settings.MIDDLEWARE[:place], added, *django_settings.MIDDLEWARE[place:]]
    linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    assert deliver(event) == 200
    assert deliver(event, signature="t=1,v1=x") == 400
    assert StripeEvent.objects.count() == 1


def read_first(get_response):
    """Middleware that looks into bodies before the view does: `how` is what it looks at."""

    def middleware(request):
        getattr(request, read_first.how)
        return get_response(request)

    return middleware


@pytest.mark.parametrize("how", ["body", "POST", "FILES"])
def test_it_works_where_somebody_has_read_the_body(linked, account, deliver, settings, how):
    read_first.how = how
    settings.MIDDLEWARE = [*django_settings.MIDDLEWARE, f"{__name__}.read_first"]
    linked(quantity=1)
    (event,) = account.events("customer.subscription.created")
    assert deliver(event) == 200
    assert StripeEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("is_atomic", [False, True])
def test_it_asks_stripe_outside_of_every_transaction(linked, account, kind, is_atomic, monkeypatch, caplog):
    """Under WSGI and ASGI, and where the project puts each request in a transaction: the view begins in none."""
    from django_org_members.billing.stripe import StripeGateway

    begun, event_of_body = [], StripeGateway.event

    def event(self, body, signature):
        begun.append(connection.in_atomic_block)
        return event_of_body(self, body, signature)

    monkeypatch.setattr(StripeGateway, "event", event)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", is_atomic)
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 6)
    (event,) = account.events("customer.subscription.updated")
    body = written(event)
    client = kind()
    post = async_to_sync(client.post) if kind is AsyncClient else client.post
    sent = {"content_type": "application/json", "headers": {"Stripe-Signature": header(body)}}
    assert post(URL, body, **sent).status_code == 200
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert account.quantity(subscription.subscription_id) == 1
    assert changes() == [(1, 6, "seen"), (6, 1, "repaired")]
    assert post(URL, body[:-1], **sent).status_code == 400
    assert begun == [False, False]


def test_stripe_that_is_down_meanwhile_is_asked_later(linked, account, deliver, settings):
    """The event is taken in all the same: what it asks for is owed, and outlives the request."""
    subscription = linked(quantity=1)
    account.set_quantity(subscription.subscription_id, 6)
    (event,) = account.events("customer.subscription.updated")
    use(settings, STRIPE_API_BASE="http://127.0.0.1:9")
    assert deliver(event) == 200
    subscription.refresh_from_db()
    assert subscription.notices != subscription.noticed
    assert subscription.retry_at is not None
    use(settings, STRIPE_API_BASE=account.url)
    Subscription.objects.update(retry_at=None)
    sync(subscription.pk)
    assert account.quantity(subscription.subscription_id) == 1


# What to set up


def printed(*arguments):
    output = io.StringIO()
    call_command("stripe_webhooks", *arguments, stdout=output)
    return output.getvalue()


def test_the_command_prints_what_to_set_up():
    assert printed().splitlines()[:2] == ["Endpoint: http://testserver/account/stripe/webhook/", "Events:"]
    assert [line.strip() for line in printed().splitlines()[2:]] == list(webhooks.EVENTS)
    assert printed("--events").splitlines() == list(webhooks.EVENTS)


@pytest.mark.parametrize("wrong", [{"ROOT_URLCONF": "tests.no_urls"}, {"ORG_MEMBERS": {}}])
def test_without_an_address_it_says_what_is_missing(settings, wrong):
    for name, value in wrong.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError):
        printed()
    assert printed("--events")
