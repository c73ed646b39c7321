"""What asks the biller: one module with Stripe's library, one version of its API, and nothing repeated by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import django_org_members
from django_org_members.billing import stripe as ours
from django_org_members.billing.sync import Result, sync
from django_org_members.models import Subscription

from .proxy import error

PACKAGE = Path(django_org_members.__file__).parent


def imported(path):
    """Yield the names of all modules that a file imports from elsewhere, inside of functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def test_one_module_imports_the_library():
    found = [path for path in PACKAGE.rglob("*.py") if "stripe" in imported(path)]
    assert [path.relative_to(PACKAGE).as_posix() for path in found] == ["billing/stripe.py"]


@pytest.mark.django_db
def test_each_request_is_of_the_pinned_version(acme, linked, account, proxy, make_member):
    subscription = linked(quantity=1)
    make_member(acme)
    assert sync(subscription.pk) is Result.SETTLED
    assert {each.method for each in proxy.seen} == {"GET", "POST"}
    assert {each.version for each in proxy.seen if "subscriptions" in each.path} == {ours.API_VERSION}


@pytest.mark.django_db
def test_the_library_repeats_nothing_by_itself(acme, linked, account, proxy, make_member):
    """It would not know of the lease, nor count its calls."""
    subscription = linked(quantity=1)
    make_member(acme)
    proxy.writes(*[error(500)] * 5)
    before = len(proxy.sent)
    assert sync(subscription.pk) is Result.FAILED
    assert len(proxy.sent) == before + 1
    assert Subscription.objects.get().retry_at is not None
