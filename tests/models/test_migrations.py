"""Migrations run forward and back over real data, and say all that the models say."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from django_org_members.models import Membership, Organization, Role, triggers


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
    call_command("migrate", "org_members", verbosity=0)
    assert set(Role.objects.values_list("key", flat=True)) == {"owner", "admin", "member"}
    assert not MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())


@pytest.mark.django_db(transaction=True)
def test_after_a_flush_the_built_in_roles_are_there():
    call_command("flush", interactive=False, verbosity=0)
    assert Role.objects.count() == 3
