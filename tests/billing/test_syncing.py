"""The quantity at a real server of Stripe's API follows the members."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from django_org_members.billing.sync import Result, sync
from django_org_members.models import Membership, SeatChange, Subscription

pytestmark = pytest.mark.django_db


def test_linking_sets_the_seats_to_the_members(acme, linked, account, make_member):
    for _ in range(4):
        make_member(acme)
    subscription = linked(quantity=2)
    assert account.quantity(subscription.subscription_id) == 5
    assert (subscription.billed, subscription.settled, subscription.error) == (5, 5, "")
    change = SeatChange.objects.get()
    assert (change.before, change.after, change.reason) == (2, 5, "linked")
    assert change.request_id.startswith("req_")


def test_linking_with_the_right_number_changes_nothing(acme, linked, account):
    subscription = linked(quantity=1)
    assert account.changes() == 0
    assert (subscription.settled, subscription.status) == (1, "active")
    assert not SeatChange.objects.exists()


def test_members_who_come_and_go_change_the_seats(
    acme, linked, account, make_member, django_capture_on_commit_callbacks
):
    subscription = linked(quantity=1)
    with django_capture_on_commit_callbacks(execute=True):
        members = [make_member(acme) for _ in range(3)]
    assert account.quantity(subscription.subscription_id) == 4
    with django_capture_on_commit_callbacks(execute=True):
        members[0].delete()
    assert account.quantity(subscription.subscription_id) == 3
    assert account.steps(subscription.customer_id) == [(1, 4), (4, 3)]
    assert account.charged(subscription.customer_id) == 40


def test_nothing_is_sent_where_nothing_changed(acme, linked, account, make_member):
    subscription = linked(quantity=1)
    member = make_member(acme)
    member.delete()
    assert sync(subscription.pk) is Result.NOTHING
    assert account.changes() == 0


def test_two_hundred_at_once_are_one_change(acme, linked, account, crowd, django_capture_on_commit_callbacks):
    subscription = linked(quantity=1)
    crowd(acme, 200)
    assert sync(subscription.pk) is Result.SETTLED
    assert account.quantity(subscription.subscription_id) == Membership.objects.filter(organization=acme).count() == 201
    assert account.changes() == 1


def test_the_quantity_the_prorations_and_the_invoice_of_a_month_of_changes(
    acme, linked, account, make_member, crowd, django_capture_on_commit_callbacks
):
    """5 seats; 3 come, 1 goes, 200 come in bulk: a change each, and lines at Stripe that add up."""
    for _ in range(4):
        make_member(acme)
    subscription = linked(quantity=5)
    assert account.changes() == 0

    with django_capture_on_commit_callbacks(execute=True):
        members = [make_member(acme) for _ in range(3)]
    assert account.quantity(subscription.subscription_id) == 8
    with django_capture_on_commit_callbacks(execute=True):
        members[0].delete()
    assert account.quantity(subscription.subscription_id) == 7
    crowd(acme, 200)
    call_command("sync_seats", verbosity=0)
    assert account.quantity(subscription.subscription_id) == 207

    expected = [(5, 8), (8, 7), (7, 207)]
    assert account.steps(subscription.customer_id) == expected
    assert list(SeatChange.objects.order_by("pk").values_list("before", "after")) == expected
    assert account.changes() == 3

    waiting = account.prorations(subscription.customer_id)
    invoice = account.invoice(subscription.customer_id)
    assert sorted((line["amount"], line["quantity"]) for line in invoice["lines"]["data"]) == sorted(waiting)
    assert invoice["total"] == sum(amount for amount, _ in waiting)
    assert round(invoice["total"] / 100) == (207 - 5) * 20, "a seat costs 20, and the month has only begun"
    assert account.prorations(subscription.customer_id) == waiting, "they are on an invoice now, and no more were made"


@pytest.mark.parametrize(
    ("proration", "waiting", "invoiced"), [("create_prorations", 60, 0), ("always_invoice", 60, 60), ("none", 0, 0)]
)
def test_it_is_prorated_as_it_is_set(acme, linked, account, crowd, settings, proration, waiting, invoiced):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_PRORATION": proration}
    subscription = linked(quantity=1)
    crowd(acme, 3)
    assert sync(subscription.pk) is Result.SETTLED
    assert account.quantity(subscription.subscription_id) == 4
    assert account.charged(subscription.customer_id) == waiting
    _first, *more = account.invoices(subscription.customer_id)
    assert sum(round(invoice["total"] / 100) for invoice in more) == invoiced


def test_a_cancelled_subscription_is_parked(acme, linked, account, make_member):
    subscription = linked(quantity=1)
    account.cancel(subscription.subscription_id)
    make_member(acme)
    assert sync(subscription.pk) is Result.FAILED
    subscription = Subscription.objects.get()
    assert subscription.parked_at is not None
    assert (subscription.error_code, subscription.status) == ("canceled", "canceled")
