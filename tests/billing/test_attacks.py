"""What somebody tries who wants another's subscription, to be billed less, or to break the sync."""

from __future__ import annotations

import logging
import time
import traceback

import pytest
from django.test import RequestFactory
from django.utils import timezone
from django.views.debug import ExceptionReporter

from django_org_members.billing import stripe as ours
from django_org_members.billing.gateway import GatewayError, NotConfigured, NotSigned
from django_org_members.billing.linking import Link, link, sync_now, unlink
from django_org_members.billing.sync import sync
from django_org_members.models import Subscription

from .proxy import error, reset
from .waiting import let_time_pass

pytestmark = pytest.mark.django_db

ODD = "No\x00 such\r\nERROR forged \ud83d\u2028\u202e"


@pytest.mark.parametrize("status", [400, 402, 404])
def test_odd_words_of_an_error_forge_no_line_and_are_stored(acme, linked, proxy, make_member, caplog, status):
    found = linked()
    make_member(acme)
    about = {"type": "invalid_request_error", "message": ODD, "code": "odd\x00\ncode\ud83d"}
    proxy.choose = lambda: error(status, headers={"Request-Id": "r" * 400}, **about)
    with caplog.at_level(logging.WARNING):
        sync(found.pk)
    found = Subscription.objects.get()
    assert found.parked_at is not None
    for stored in (found.error, found.error_code, found.error_request_id):
        assert stored.isprintable()
    assert len(found.error_request_id) <= 255
    assert all(each.getMessage().isprintable() for each in caplog.records if each.name == "django_org_members")
    assert "forged" in found.error


def test_a_request_id_that_is_too_long_is_no_reason_to_fail(acme, linked, proxy, make_member):
    found = linked()
    make_member(acme)

    def long(handler, seen, forward):
        whole = forward()
        whole.headers["Request-Id"] = "r" * 400
        handler.answer(whole)

    proxy.writes(long)
    sync(found.pk)
    assert len(Subscription.objects.get().changes.first().request_id) <= 255


KEY, SECRET = "sk_test_very_secret", "whsec_very_secret"


@pytest.mark.parametrize("where", ["fetch", "set_quantity", "event"])
def test_no_report_of_an_error_shows_a_secret(settings, proxy, monkeypatch, where):
    """Not even of an error that nobody thought of, with the locals of each frame, as error reports have them."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": [SECRET]}

    def fails(*args, **kwargs):
        raise OSError("Nobody thought of it.")

    library = ours.stripe
    monkeypatch.setattr(library.WebhookSignature, "verify_header", fails)
    monkeypatch.setattr("requests.Session.request", fails)
    gateway = ours.StripeGateway()
    asked = {
        "fetch": lambda: gateway.fetch("sub_1"),
        "set_quantity": lambda: gateway.set_quantity("sub_1", "si_1", 2, key="k"),
        "event": lambda: gateway.event(b"{}", f"t={int(time.time())},v1=0"),
    }
    request = RequestFactory().get("/")
    with pytest.raises((GatewayError, NotSigned)) as raised:
        asked[where]()
    failed = raised.value
    reporter = ExceptionReporter(request, type(failed), failed, failed.__traceback__)
    shown = reporter.get_traceback_html() + reporter.get_traceback_text() + "".join(traceback.format_exception(failed))
    assert "billing/stripe.py" in shown
    assert KEY not in shown
    assert SECRET not in shown
    assert "secret" not in repr(gateway)


def test_whoever_comes_and_goes_all_day_makes_the_last_count_late_and_not_wrong(acme, account, linked, make_member):
    found = linked()
    Subscription.objects.update(calls_left=2, calls_counted_at=timezone.now())
    for _ in range(5):
        member = make_member(acme)
        sync(found.pk)
        member.delete()
        sync(found.pk)
    make_member(acme)
    sync(found.pk)
    found.refresh_from_db()
    assert found.retry_at is not None
    assert (found.error, found.parked_at) == ("", None), "to wait is no failure"
    sent = account.changes()
    sync_now(actor=acme.owner, organization=acme)
    assert account.changes() == sent, "nor does Sync Now find a way round"
    let_time_pass(found.pk)
    sync(found.pk)
    assert account.quantity(found.subscription_id) == 2


def test_clicks_in_any_order_charge_once(acme, account, linked, make_member, proxy):
    """Sync Now twice, unlinked, linked again and twice, with a change whose answer got lost."""
    found = linked()
    wanted = Link(found.customer_id, found.subscription_id)
    make_member(acme)
    proxy.writes(reset(made=True))
    sync(found.pk)
    sync_now(actor=acme.owner, organization=acme)
    unlink(actor=acme.owner, organization=acme)
    for _ in range(2):
        link(actor=acme.owner, organization=acme, wanted=wanted)
        sync_now(actor=acme.owner, organization=acme)
    assert account.steps(found.customer_id) == [(1, 2)]
    assert account.quantity(found.subscription_id) == 2


@pytest.mark.parametrize("key", ["sk_test_1\n", " sk_test_1\r\n"])
def test_a_key_with_the_end_of_its_line_is_the_key(acme, account, linked, settings, key):
    """As a file or a secret store gives it: else each request fails before it is sent, as if Stripe were away."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": key}
    assert linked(quantity=3).billed == 1


def test_a_key_of_white_space_is_none(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": " \n"}
    with pytest.raises(NotConfigured):
        ours.StripeGateway()
