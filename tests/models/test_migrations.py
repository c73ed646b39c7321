"""Migrations run forward and back over real data, and say all that the models say."""

# Fixtures are named by the tests' arguments.
# ruff: noqa: F811

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.signals import pre_migrate
from django.utils import timezone

from django_org_members import checks
from django_org_members.models import (
    Closure,
    ImportedCalendar,
    ImportedShift,
    Invitation,
    Membership,
    Organization,
    Role,
    Rotation,
    Schedule,
    TimeOff,
    triggers,
)
from tests.availability.conftest import acme, away, make_override, make_rotation, make_schedule  # noqa: F401


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "org_members", check=True, dry_run=True, stdout=io.StringIO())


@pytest.mark.django_db(transaction=True)
def test_back_and_forward_over_real_data(make_organization, make_user):
    make_organization(members=5)
    call_command("migrate", "org_members", "0001", verbosity=0)
    assert Membership.objects.count() == 6
    call_command("migrate", "org_members", verbosity=0)
    organization = Organization.objects.get()
    assert organization.member_count == 6
    Membership.objects.create(organization=organization, user=make_user(), role=Role.objects.member())
    organization.refresh_from_db()
    assert organization.member_count == 7, "the triggers are there again"

    call_command("migrate", "org_members", "zero", verbosity=0)
    assert not triggers.tables_exist(connection)
    call_command("migrate", verbosity=0)  # the project's models that refer to organizations, too
    assert set(Role.objects.values_list("key", flat=True)) == {"owner", "admin", "member"}
    assert not MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_back_over_an_answered_invitation_whose_role_is_gone(make_organization):
    organization = make_organization()
    at = timezone.now()
    Invitation.objects.create(
        organization=organization, email="ada@example.com", role=None, is_pending=None, revoked_at=at, expires_at=at
    )
    call_command("migrate", "org_members", "0004", verbosity=0)
    assert list(Invitation.objects.values_list("email", "role__key")) == [("ada@example.com", "member")]
    call_command("migrate", "org_members", verbosity=0)
    assert Invitation.objects.get().organization == organization


@pytest.mark.django_db(transaction=True)
def test_back_over_everything_that_is_planned(acme, make_schedule, make_rotation, make_override, away, make_user):
    people = list(acme.memberships.order_by("pk"))
    make_schedule(acme, default=True, members=people[:1])
    rotation, now = make_rotation(acme, people), timezone.now()
    make_override(rotation, people[0], now, now + timedelta(hours=1))
    away(people[1], now, timedelta(days=1))
    Closure.objects.create(organization=acme, name="Holiday", starts_on=now.date(), ends_on=now.date())
    calendar = ImportedCalendar.objects.create(organization=acme, name="PagerDuty")
    ImportedShift.objects.create(calendar=calendar, starts_at=now, ends_at=now + timedelta(1), membership=people[0])

    call_command("migrate", "org_members", "0006", verbosity=0)
    assert Membership.objects.values("pk").count() == len(people)
    call_command("migrate", "org_members", verbosity=0)

    acme.refresh_from_db()
    assert acme.default_schedule is None
    assert not any(model.objects.exists() for model in (Schedule, Rotation, TimeOff, Closure, ImportedCalendar))
    assert list(acme.memberships.order_by("pk").values_list("pk", "schedule")) == [(each.pk, None) for each in people]
    add_member(acme, make_user)
    acme.refresh_from_db()
    assert acme.member_count == len(people) + 1, "the triggers are there"


@pytest.mark.django_db(transaction=True)
def test_after_a_flush_the_built_in_roles_are_there():
    call_command("flush", interactive=False, verbosity=0)
    assert Role.objects.count() == 3


def add_member(organization, make_user):
    Membership.objects.create(organization=organization, user=make_user(), role=Role.objects.member())


@pytest.mark.django_db(transaction=True)
def test_a_migrate_with_nothing_to_do_leaves_the_triggers_in_force(make_organization, make_user, monkeypatch):
    organization = make_organization()
    installed = []
    monkeypatch.setattr(triggers, "_run", lambda connection, statements: installed.append(statements))
    pre_migrate.connect(
        lambda **kwargs: add_member(organization, make_user), dispatch_uid="tests.meanwhile", weak=False
    )
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(dispatch_uid="tests.meanwhile")
    assert installed == []
    organization.refresh_from_db()
    assert organization.member_count == Membership.objects.filter(organization=organization).count() > 1


@pytest.mark.django_db(transaction=True)
def test_triggers_that_are_missing_are_reported_and_made_again_with_a_new_count(make_organization, make_user):
    organization = make_organization()
    triggers.drop(connection)
    add_member(organization, make_user)
    assert [message.id for message in checks.check_database(None, databases=["default"])] == ["org_members.W004"]

    call_command("migrate", verbosity=0)

    assert checks.check_database(None, databases=["default"]) == []
    organization.refresh_from_db()
    assert (organization.member_count, organization.active_member_count) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_triggers_of_another_version_are_made_anew(monkeypatch):
    sql = triggers._sql_of(connection)
    monkeypatch.setattr(sql, "FINGERPRINT", "om_another")
    assert not triggers.are_current(connection)
    monkeypatch.undo()
    assert triggers.are_current(connection)


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["org_members.organization", "org_members.membership"])
def test_a_fixture_counts_once_in_any_order(make_organization, tmp_path, first):
    organization = make_organization(members=2)
    rows = json.loads(serializers.serialize("json", [organization, *organization.memberships.all()]))
    rows.sort(key=lambda row: row["model"] != first)
    fixture = tmp_path / "people.json"
    fixture.write_text(json.dumps(rows), encoding="utf-8")
    organization.delete()

    call_command("loaddata", str(fixture), verbosity=0)

    organization = Organization.objects.get()
    assert organization.memberships.count() == 3
    assert (organization.member_count, organization.active_member_count) == (3, 3)
