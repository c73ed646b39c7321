"""Whatever changes the members, by whichever path, is settled: begun by itself, or found by `sync_seats`."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.management import call_command
from django.db import connection

from django_org_members import actions
from django_org_members.billing import debts
from django_org_members.models import Membership, Organization, Role, Subscription

from .test_commands_of_seats import run

pytestmark = pytest.mark.django_db


def _save(acme, people, tmp_path):
    Membership.objects.create(organization=acme, user=people["stranger"], role=Role.objects.member())


def _delete(acme, people, tmp_path):
    people["member"].delete()


def _delete_several(acme, people, tmp_path):
    acme.memberships.filter(pk=people["member"].pk).delete()


def _delete_account(acme, people, tmp_path):
    get_user_model()._default_manager.filter(pk=people["member"].user_id).delete()


def _load(acme, people, tmp_path):
    row = Membership(organization=acme, user=people["stranger"], role=Role.objects.member())
    row.copy_profile(display_name="Stranger", email=people["stranger"].email)
    fixture = tmp_path / "members.json"
    fixture.write_text(serializers.serialize("json", [row]))
    call_command("loaddata", str(fixture), verbosity=0)


def _bulk_create(acme, people, tmp_path):
    Membership.objects.bulk_create([Membership(organization=acme, user=people["stranger"], role=Role.objects.member())])


def _raw_sql(acme, people, tmp_path):
    table = connection.ops.quote_name(Membership._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [people["member"].pk])


BY_ITSELF = {
    "saved": (_save, 4),
    "deleted": (_delete, 2),
    "deleted by a query": (_delete_several, 2),
    "deleted with the account": (_delete_account, 2),
    "a fixture": (_load, 4),
}
FOUND = {"bulk_create": (_bulk_create, 4), "raw SQL": (_raw_sql, 2)}


@pytest.fixture
def people(acme, make_member, make_user):
    make_member(acme)
    return {"member": make_member(acme), "stranger": make_user()}


@pytest.mark.parametrize("name", BY_ITSELF)
def test_what_signals_tell_of_is_settled_with_the_commit(
    acme, people, linked, account, tmp_path, django_capture_on_commit_callbacks, name
):
    subscription = linked(quantity=3)
    change, expected = BY_ITSELF[name]
    with django_capture_on_commit_callbacks(execute=True):
        change(acme, people, tmp_path)
        assert account.quantity(subscription.subscription_id) == 3, "not before the commit"
    assert account.quantity(subscription.subscription_id) == expected
    assert account.steps(subscription.customer_id) == [(3, expected)]
    assert run("sync_seats", "--dry-run")[2] == 0


@pytest.mark.parametrize("name", FOUND)
def test_what_no_signal_tells_of_is_owed_and_found(
    acme, people, linked, account, tmp_path, django_capture_on_commit_callbacks, name
):
    subscription = linked(quantity=3)
    change, expected = FOUND[name]
    with django_capture_on_commit_callbacks(execute=True):
        change(acme, people, tmp_path)
    output, _errors, code = run("sync_seats", "--dry-run", "--format", "json")
    (row,) = json.loads(output)
    assert (row["wanted"], row["billed"], code) == (expected, 3, 1)
    assert run("sync_seats")[2] == 0
    assert account.quantity(subscription.subscription_id) == expected
    assert run("sync_seats", "--dry-run")[2] == 0
    assert run("sync_seats")[0].startswith("0 subscriptions settled")


def test_the_account_of_an_owner_of_nothing_here_changes_nothing(acme, people, linked, account):
    linked(quantity=3)
    people["stranger"].delete()
    assert account.changes() == 0


# What is counted


def count_twice(organization):
    """A project's own function: each active member has two seats."""
    return 2 * organization.memberships.active().count()


@pytest.mark.parametrize(
    ("seats", "disabled", "enabled"), [("members", 3, 3), ("active", 2, 3), (f"{__name__}.count_twice", 4, 6)]
)
def test_disabling_and_enabling_count_as_it_is_set(
    acme, people, linked, account, settings, django_capture_on_commit_callbacks, seats, disabled, enabled
):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEATS": seats}
    subscription = linked(quantity=1)
    assert account.quantity(subscription.subscription_id) == enabled
    found = Membership.objects.filter(pk=people["member"].pk)
    for name, expected in (("disable", disabled), ("enable", enabled)):
        with django_capture_on_commit_callbacks(execute=True):
            actions.perform(name, actor=acme.owner, members=found)
        assert account.quantity(subscription.subscription_id) == expected
    assert account.changes() == (1 if seats == "members" else 3)


def test_members_are_counted_by_default(settings):
    from django_org_members.conf import settings as ours

    assert "SEATS" not in settings.ORG_MEMBERS
    assert (ours.SEATS, ours.SEAT_PRORATION) == ("members", "create_prorations")


@pytest.mark.parametrize("seats", ["members", "active"])
@pytest.mark.parametrize("name", ["AnonymousUser", "nobody@example.com"])
def test_the_anonymous_user_of_guardian_takes_no_seat(
    acme, people, linked, account, make_user, settings, django_capture_on_commit_callbacks, seats, name
):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEATS": seats}
    settings.ANONYMOUS_USER_NAME = name
    subscription = linked(quantity=3)
    anonymous = make_user(email=name)
    with django_capture_on_commit_callbacks(execute=True):
        row = Membership.objects.create(organization=acme, user=anonymous, role=Role.objects.member())
    assert Organization.objects.get(pk=acme.pk).member_count == 4
    assert debts.owing(Subscription.objects.all()).count() == 0
    assert run("sync_seats", "--all")[2] == 0
    with django_capture_on_commit_callbacks(execute=True):
        row.delete()
    assert account.changes() == 0
    assert account.quantity(subscription.subscription_id) == 3
