"""Members who come and go in many threads, while workers sync, and events arrive out of order and more than once.

Some seconds long; as long as STORM_SECONDS says.
"""

from __future__ import annotations

import os
import random
import time
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.utils import timezone

from django_org_members.billing import claims
from django_org_members.billing.backoff import AN_HOUR, BURST
from django_org_members.billing.sync import sync
from django_org_members.commits import in_one_transaction
from django_org_members.models import Membership, Organization, Role, SeatChange, Subscription
from tests.racing import at_once

from .proxy import error, page, reset, silence, truncated
from .test_webhooks import SECRET, URL, header, written
from .waiting import sync_until_quiet

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions"),
]
SECONDS = float(os.environ.get("STORM_SECONDS", "6"))
THREADS, WORKERS = 8, 2
CHANCE = random.Random()


@pytest.fixture
def people(db):
    """For each of the threads, some of whom it makes members."""
    model = get_user_model()
    names = [f"storm{number}@example.com" for number in range(THREADS * 5)]
    users = model._default_manager.bulk_create([model(**{model.USERNAME_FIELD: name, "email": name}) for name in names])
    return [users[number::THREADS] for number in range(THREADS)]


class Storm:
    def __init__(self, organization, subscription):
        self.organization, self.pk = organization, subscription.pk
        self.role, self.changes, self.delivered = Role.objects.member(), [], []

    def lasts(self):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            yield

    def change_members(self, users):
        """Add and remove them, one at a time and in bulk, as fast as it goes."""

        def run():
            inside = {}
            for _ in self.lasts():
                user = CHANCE.choice(users)
                if user.pk in inside:
                    _remove(self.organization, inside.pop(user.pk))
                else:
                    inside[user.pk] = _add(self.organization, self.role, user)
                self.changes.append(user.pk)

        return run

    def work(self):
        for _ in self.lasts():
            sync(self.pk)
            time.sleep(CHANCE.uniform(0, 0.02))

    def notice(self):
        for _ in self.lasts():
            claims.notice(self.pk)
            time.sleep(CHANCE.uniform(0, 0.2))

    def deliver(self, account):
        """Stripe tells of what happened so far: signed, at the view, in any order, and again and again."""
        for _ in self.lasts():
            events = account.events()
            for event in CHANCE.sample(events, min(len(events), 5)):
                body = written(event)
                signed = {"Stripe-Signature": header(body)}
                answer = Client().post(URL, body, content_type="application/json", headers=signed)
                assert answer.status_code == 200
                self.delivered.append(event["id"])
            time.sleep(CHANCE.uniform(0, 0.2))

    def let_time_pass(self):
        """What waits after a fault waits no longer; the number of calls is left as it is."""
        for _ in self.lasts():
            now = timezone.now()
            Subscription.objects.filter(pk=self.pk, retry_at__gt=now, failures__gt=0).update(retry_at=now)
            time.sleep(0.3)


@in_one_transaction
def _add(organization, role, user):
    Organization.objects.locked(organization.pk)  # first of all, as all services do
    return Membership.objects.create(organization=organization, user=user, role=role).pk


@in_one_transaction
def _remove(organization, pk):
    Organization.objects.locked(organization.pk)
    Membership.objects.get(pk=pk).delete()


def faults():
    return CHANCE.choice(
        [None] * 6
        + [error(429), error(503), page(502, made=True), reset(), reset(made=True)]
        + [silence(made=True), truncated, error(500, made=True, kept=True)]
    )


@pytest.mark.parametrize("weather", ["fair", "foul", "repeatable read"])
def test_after_the_storm_the_quantity_is_the_members(
    acme, linked, account, proxy, people, impatient, settings, weather, capsys
):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_WEBHOOK_SECRETS": [SECRET]}
    subscription = linked(quantity=1)
    storm = Storm(acme, subscription)
    proxy.choose = faults if weather == "foul" else None
    begin = timezone.now()
    threads = (
        [storm.change_members(users) for users in people]
        + [storm.work] * WORKERS
        + [storm.notice, partial(storm.deliver, account)]
    )
    if weather == "foul":
        threads.append(storm.let_time_pass)
    if weather == "repeatable read":
        if connection.vendor != "mysql":
            pytest.skip("The snapshots of MariaDB.")
        threads = [_repeatable(thread) for thread in threads]
    results = at_once(threads)
    assert results == [None] * len(threads), results
    calls = len(proxy.sent)
    proxy.heal()
    _assert_no_older_count(proxy.sent)
    assert calls <= 2 + BURST + AN_HOUR * ((timezone.now() - begin) / timedelta(hours=1))

    Subscription.objects.update(calls_left=BURST, calls_counted_at=timezone.now(), leased_until=None)
    found = sync_until_quiet(subscription.pk)
    count = Membership.objects.filter(organization=acme).count()
    assert Organization.objects.get(pk=acme.pk).member_count == count
    assert account.quantity(subscription.subscription_id) == found.billed == found.settled == count
    _assert_no_older_count(proxy.sent)
    _assert_charged_once(account, found, count)
    with capsys.disabled():
        print(
            f"\n{connection.vendor}, {weather}: {len(storm.changes)} changes of members, {calls} calls that change Stripe, "
            f"{len(proxy.seen) - len(proxy.sent)} that read, {SeatChange.objects.count()} changes of seats, "
            f"{len(storm.delivered)} deliveries of {len(set(storm.delivered))} events"
        )
    assert len(storm.changes) > 2 * calls
    assert len(storm.delivered) > len(set(storm.delivered)) > 1


def _assert_no_older_count(sent):
    """In the order in which Stripe got them, the attempts ascend; one that comes again is the same."""
    numbers = [each.attempt for each in sent]
    assert numbers == sorted(numbers)
    for number in set(numbers):
        assert len({(each.key, each.quantity) for each in sent if each.attempt == number}) == 1


def _assert_charged_once(account, found, count):
    """The prorations are a chain of changes: each begins where the one before it ended."""
    steps = account.steps(found.customer_id)
    assert [before for before, _ in steps] == [1, *(after for _, after in steps)][: len(steps)]
    assert steps[-1][1] == count if steps else count == 1
    assert abs(account.charged(found.customer_id) - 20 * (count - 1)) <= 1
    history = list(SeatChange.objects.order_by("pk").values_list("before", "after"))
    assert [before for before, _ in history] == [1, *(after for _, after in history)][: len(history)]


def _repeatable(function):
    """Run a thread with snapshots, as a project may choose to."""

    def run():
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        return function()

    return run
