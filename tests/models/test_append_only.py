"""Audit events are appended; nothing but the retention, and emptying the database, takes one away."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import post_migrate

from django_org_members import audit
from django_org_members.accounts.clients import Client, serving
from django_org_members.models import AuditEvent, triggers
from django_org_members.models.audit import AppendOnly

pytestmark = pytest.mark.django_db
TABLE = AuditEvent._meta.db_table


@pytest.fixture
def event(make_organization):
    organization = make_organization()
    audit.write(audit.event(organization.pk, "greeted", actor=organization.owner, name="Grace Hopper"))
    return AuditEvent.objects.get()


@pytest.mark.parametrize(
    "change",
    [
        lambda event: event.save(),
        lambda event: event.delete(),
        lambda event: AuditEvent.objects.update(verb="other"),
        lambda event: AuditEvent.objects.all().delete(),
        lambda event: AuditEvent.objects.bulk_update([event], ["verb"]),
    ],
)
def test_the_orm_refuses(event, change):
    with pytest.raises(AppendOnly):
        change(event)
    assert AuditEvent.objects.get().verb == "greeted"


@pytest.mark.parametrize("statement", [f"UPDATE {TABLE} SET verb = 'other'", f"DELETE FROM {TABLE}"])
def test_the_database_refuses(event, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEvent.objects.get().verb == "greeted"


@pytest.mark.skipif(connection.vendor == "postgresql", reason="has no REPLACE")
def test_an_event_is_not_written_in_the_place_of_another_one(event):
    columns = [field.column for field in AuditEvent._meta.concrete_fields]
    forged = ["'other'" if column == "verb" else column for column in columns]
    statement = f"REPLACE INTO {TABLE} ({', '.join(columns)}) SELECT {', '.join(forged)} FROM {TABLE}"
    test_the_database_refuses(event, statement)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="no other vendor has triggers for it, or knows it")
def test_the_database_refuses_to_empty_the_log(event):
    test_the_database_refuses(event, f"TRUNCATE {TABLE}")


def test_the_unguarded_ways_of_the_orm_are_refused_by_the_database(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all()._raw_delete("default")
    assert AuditEvent.objects.count() == 1


def test_lifted_for_deletions_only_and_only_while_it_lasts(event):
    with triggers.lifted(connection), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE {TABLE} SET verb = 'other'")
        cursor.execute(f"DELETE FROM {TABLE} WHERE verb = 'nothing'")
    assert triggers.are_current(connection)
    test_the_database_refuses(event, f"DELETE FROM {TABLE}")


def test_in_force_again_after_an_error(event):
    with pytest.raises(ZeroDivisionError), transaction.atomic(), triggers.lifted(connection):
        _ = 1 / 0
    assert triggers.are_current(connection)
    test_the_database_refuses(event, f"DELETE FROM {TABLE}")


@pytest.mark.django_db(transaction=True)
def test_flush_empties_the_log_as_well(event):
    call_command("flush", interactive=False, verbosity=0)
    assert not AuditEvent.objects.exists()
    assert triggers.are_current(connection)


@pytest.mark.django_db(transaction=True)
def test_flush_makes_missing_triggers_and_leaves_the_rest_of_the_project_out_of_its_transaction(event):
    triggers.drop(connection)
    in_transaction = []
    post_migrate.connect(
        lambda **kwargs: in_transaction.append(connection.in_atomic_block), dispatch_uid="tests.then", weak=False
    )
    try:
        call_command("flush", interactive=False, verbosity=0)
    finally:
        post_migrate.disconnect(dispatch_uid="tests.then")
    assert set(in_transaction) == {False}
    assert triggers.are_current(connection)


@pytest.mark.django_db(transaction=True)
def test_flush_as_test_cases_run_it_deletes_rather_than_truncates(event):
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
    assert not AuditEvent.objects.exists()
    assert triggers.are_current(connection)


@pytest.mark.django_db(transaction=True)
def test_an_error_is_told_also_where_the_connection_was_lost():
    def lose_it():
        with triggers.lifted(connection):
            connection.close()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lose_it()


def test_an_event_tells_from_where(make_organization):
    organization = make_organization()
    with serving(Client(ip_address="192.0.2.7", user_agent="manage.py greet")):
        audit.write(audit.event(organization.pk, "greeted", actor=None))
    event = AuditEvent.objects.get()
    assert (event.ip_address, event.client) == ("192.0.2.7", "manage.py greet")
    audit.write(audit.event(organization.pk, "waved", actor=None))
    assert AuditEvent.objects.get(verb="waved").ip_address is None
