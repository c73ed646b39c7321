"""The sync as the work of real workers, in processes of their own, several at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection, transaction

from django_org_members.billing.linking import Link, link
from django_org_members.models import SeatChange, Subscription

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.heavy]


@pytest.fixture(autouse=True)
def _a_project_with_workers():
    if not hasattr(settings, "WORKER"):
        pytest.skip("Workers: --ds=tests.settings.with_db_workers, or with_rq_workers.")
    if connection.vendor == "sqlite":
        pytest.skip("Workers need a database that processes share: set DATABASE_URL.")


@pytest.fixture
def work(account):
    """Let so many workers do what waits, and end: `work(2)`."""
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "STRIPE_API_BASE": account.url,
    }
    command = [sys.executable, "-m", "django", *settings.WORKER]

    def run(number):
        workers = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(number)
        ]
        for worker in workers:
            output, _ = worker.communicate(timeout=120)
            assert worker.returncode == 0, output

    return run


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_settle_what_members_owe(acme, account, make_member, work, workers):
    made = account.subscribe(1)
    subscription = link(actor=acme.owner, organization=acme, wanted=Link(made["customer"], made["id"]))
    for _ in range(5):
        with transaction.atomic():
            make_member(acme)
    acme.memberships.order_by("pk").last().delete()
    assert subscription.settled is None, "nothing is done where the change is made"
    work(workers)
    subscription = Subscription.objects.get()
    assert account.quantity(made["id"]) == subscription.billed == 5
    assert (subscription.error, subscription.attempt_key) == ("", "")
    changes = SeatChange.objects.order_by("pk")
    assert [each.before for each in changes] == [1, *[each.after for each in changes][:-1]]
    assert account.changes() == changes.count() <= 2, "seven changes of members, and not as many calls"
