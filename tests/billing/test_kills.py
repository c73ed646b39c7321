"""A process is killed at each step of a change: the next run makes it, or leaves it, once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection

from django_org_members.billing.sync import Result, sync
from django_org_members.models import Membership, SeatChange, Subscription

from .proxy import silence
from .waiting import let_time_pass, sync_until_quiet

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions"),
]
ROOT = Path(__file__).parents[2]


def database_url():
    """The address of the test's database, which a process of its own uses as its only one."""
    address, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    return f"{address}/{connection.settings_dict['NAME']}"


@pytest.fixture
def child(proxy):
    """Start a process that adds a member and syncs: `child(step, subscription)` returns when it has come to the step."""
    started = []

    def start(step, subscription, *, until=None):
        names = ("STRIPE_API_KEY", "STRIPE_API_BASE")
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "CHILD_SETTINGS": json.dumps({name: django_settings.ORG_MEMBERS[name] for name in names}),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.billing.child", step, str(subscription.pk)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        if until is None:
            assert process.stdout.readline() == "HERE\n", process.poll()
        else:
            wait_until(until, process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(happened, process):
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until, "it does not come so far"
        assert process.poll() is None, "it ended before"
        time.sleep(0.02)


def kill(process):
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL


def assert_one_change(subscription, account, mailoutbox):
    found = Subscription.objects.get(pk=subscription.pk)
    assert account.quantity(found.subscription_id) == Membership.objects.count() == found.billed == found.settled == 2
    assert account.steps(found.customer_id) == [(1, 2)]
    assert account.charged(found.customer_id) == 20
    change = SeatChange.objects.get()
    assert (change.before, change.after, change.reason) == (1, 2, "members")
    assert change.told_at is not None
    assert [mail.to for mail in mailoutbox] == [[found.organization.owner.email]], "the processes died before they told"


def test_killed_before_the_commit_nothing_happened(linked, account, child, proxy):
    subscription = linked(quantity=1)
    kill(child("before the commit", subscription))
    assert sync(subscription.pk) is Result.NOTHING
    assert Membership.objects.count() == account.quantity(subscription.subscription_id) == 1
    assert not SeatChange.objects.exists()
    assert account.steps(subscription.customer_id) == []


@pytest.mark.parametrize("step", ["after the commit", "after the claim", "before the call", "after the call"])
def test_killed_before_it_was_written_down_the_next_run_makes_it_once(linked, account, child, proxy, mailoutbox, step):
    subscription = linked(quantity=1)
    kill(child(step, subscription))
    made = step == "after the call"
    assert account.quantity(subscription.subscription_id) == (2 if made else 1)
    assert not SeatChange.objects.exists()
    if step != "after the commit":
        assert sync(subscription.pk) is Result.NOTHING, "the lease of the dead one"
        let_time_pass(subscription.pk)
    assert sync(subscription.pk) is Result.SETTLED
    assert_one_change(subscription, account, mailoutbox)
    assert [each.is_replayed for each in proxy.sent] == ([False, True] if made else [False])
    assert len({each.key for each in proxy.sent}) == 1


@pytest.mark.parametrize("made", [False, True])
def test_killed_during_the_call_the_next_run_makes_it_once(linked, account, child, proxy, mailoutbox, made):
    subscription = linked(quantity=1)
    proxy.writes(silence(made=made))
    kill(child("during the call", subscription, until=lambda: proxy.sent and (proxy.sent[0].status == 200) >= made))
    assert account.quantity(subscription.subscription_id) == (2 if made else 1)
    let_time_pass(subscription.pk)
    assert sync(subscription.pk) is Result.SETTLED
    assert_one_change(subscription, account, mailoutbox)
    first, second = proxy.sent
    assert (first.key, first.params) == (second.key, second.params)


def test_killed_after_settling_there_is_nothing_left_to_do(linked, account, child, proxy, mailoutbox):
    subscription = linked(quantity=1)
    kill(child("after settling", subscription))
    assert sync(subscription.pk) is Result.NOTHING
    assert_one_change(subscription, account, mailoutbox)
    assert len(proxy.sent) == 1


def test_killed_again_and_again(linked, account, child, proxy, mailoutbox):
    subscription = linked(quantity=1)
    kill(child("after the claim", subscription))
    proxy.writes(silence(made=True), silence())
    for number in (1, 2):
        let_time_pass(subscription.pk)
        process = child("only sync", subscription, until=lambda: len(proxy.sent) == number)  # noqa: B023
        kill(process)
    let_time_pass(subscription.pk)
    sync_until_quiet(subscription.pk)
    assert_one_change(subscription, account, mailoutbox)


@pytest.mark.parametrize("stopped", [True, False])
def test_a_process_that_was_paused_cannot_set_an_older_count(linked, account, child, proxy, make_member, acme, stopped):
    subscription = linked(quantity=1)
    process = child("paused before the call", subscription)
    if stopped:
        process.send_signal(signal.SIGSTOP)
    let_time_pass(subscription.pk)
    sync_until_quiet(subscription.pk)
    make_member(acme)
    sync_until_quiet(subscription.pk)
    assert account.quantity(subscription.subscription_id) == 3
    if stopped:
        process.send_signal(signal.SIGCONT)
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "DONE\n"
    assert proxy.sent[-1].is_replayed, "its lease had been over, but it did not know"
    assert account.quantity(subscription.subscription_id) == 3
    found = sync_until_quiet(subscription.pk)
    assert (found.billed, found.settled, found.must_read) == (3, 3, False)
    assert account.steps(subscription.customer_id) == [(1, 2), (2, 3)]
    assert SeatChange.objects.count() == 2
