"""Old events leave by one command, which says so in the log."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.models.signals import pre_delete
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import access
from django_org_members.audit import retention
from django_org_members.models import AuditEvent, triggers
from django_org_members.models.audit import ALL_ORGANIZATIONS

pytestmark = pytest.mark.django_db
VIEW = "org_members.view_members"


def prune(*arguments):
    output = io.StringIO()
    call_command("prune_audit_log", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def aged(happened):
    """Write one event for each of these ages in days: `aged(organization, 1, 40, …)`."""

    def make(organization, *days, verb="role_changed"):
        now = timezone.now()
        happened(organization, *({"verb": verb, "at": now - timedelta(days=each)} for each in days))

    return make


def ages(organization):
    """The ages in days of what is left, the notes of the command left out."""
    now = timezone.now()
    events = AuditEvent.objects.filter(organization=organization.pk).exclude(verb="log_pruned")
    return sorted((now - event.created_at).days for event in events)


def notes(organization):
    return list(AuditEvent.objects.filter(organization=organization.pk, verb="log_pruned").order_by("pk"))


def test_older_events_go_and_a_note_stays(acme, aged):
    aged(acme, 0, 10, 29, 31, 400)
    assert prune("--older-than", "30").startswith("2 events from before ")
    assert ages(acme) == [0, 10, 29]
    (note,) = notes(acme)
    assert note.details["deleted"] == 2
    assert note.details["before"].startswith(str((timezone.now() - timedelta(days=30)).date()))
    assert (note.actor, note.client, note.name) == (None, "manage.py prune_audit_log", "Acme")


def test_each_organization_gets_its_note_and_those_without_old_events_none(acme, aged, make_organization):
    globex, initech = make_organization(), make_organization()
    aged(acme, 40)
    aged(globex, 50, 60, 1)
    aged(initech, 3)
    prune("--older-than", "30")
    assert [len(notes(each)) for each in (acme, globex, initech)] == [1, 1, 0]
    assert notes(globex)[0].details["deleted"] == 2
    assert (ages(acme), ages(globex), ages(initech)) == ([], [1], [3])


def test_one_organization_only(acme, aged, make_organization):
    globex = make_organization(slug="globex")
    aged(acme, 40)
    aged(globex, 40)
    prune("--older-than", "30", "--organization", "globex")
    assert (ages(acme), ages(globex)) == ([40], [])


def test_the_events_of_a_deleted_organization_go_too(acme, aged):
    aged(acme, 40, 1)
    pk = acme.pk
    acme.delete()
    prune("--older-than", "30")
    assert AuditEvent.objects.filter(organization=pk).exclude(verb="log_pruned").count() == 1
    assert AuditEvent.objects.filter(organization=pk, verb="log_pruned").count() == 1


def test_what_concerns_all_organizations_goes_too(acme, aged, make_user):
    access.grant(
        actor=make_user(is_superuser=True, is_staff=True), to=make_user(), permissions=[VIEW], organization=None
    )
    assert list(retention.organizations()) == [ALL_ORGANIZATIONS]
    aged(acme, 40)
    assert list(retention.organizations()) == [ALL_ORGANIZATIONS, acme.pk]


def test_a_dry_run_tells_and_changes_nothing(acme, aged):
    aged(acme, 40, 50, 1)
    assert "2 events" in prune("--older-than", "30", "--dry-run")
    assert "would be deleted" in prune("--older-than", "30", "--dry-run")
    assert (ages(acme), notes(acme)) == ([1, 40, 50], [])


def test_doing_it_again_does_nothing(acme, aged):
    aged(acme, 40)
    prune("--older-than", "30")
    assert prune("--older-than", "30").startswith("0 events")
    assert len(notes(acme)) == 1


def test_old_notes_go_with_other_events_but_alone_are_no_reason(acme, aged):
    aged(acme, 40, 50, verb="log_pruned")
    prune("--older-than", "30")
    assert len(notes(acme)) == 2, "a note would replace a note, for ever"
    aged(acme, 40)
    prune("--older-than", "30")
    assert [note.details.get("deleted") for note in notes(acme)] == [3]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--older-than", "0"],
        ["--older-than=-1"],
        ["--older-than", "99999999999"],
        ["--older-than", "999999"],
        ["--older-than", "many"],
        [],
        ["--older-than", "30", "--organization", "nobody"],
    ],
)
def test_nonsense_is_refused(acme, aged, arguments):
    aged(acme, 40, 4000)
    with pytest.raises(CommandError):
        prune(*arguments)
    assert ages(acme) == [40, 4000]


def test_batches_are_short_and_the_note_is_written_with_the_first(acme, aged, monkeypatch):
    aged(acme, *range(40, 65))
    seen = []
    original = retention._prune

    def watched(*args, **kwargs):
        done = original(*args, **kwargs)
        seen.append((done, len(notes(acme))))
        return done

    monkeypatch.setattr(retention, "_prune", watched)
    deleted = retention.prune(acme.pk, timezone.now() - timedelta(days=30), batch=10)
    assert deleted == 25
    assert seen == [(10, 1), (10, 1), (5, 1)]
    assert notes(acme)[0].details["deleted"] == 25


def test_what_is_interrupted_is_in_the_log_and_can_be_finished(acme, aged, monkeypatch):
    aged(acme, *range(40, 65))
    original, calls = retention._prune, []

    def interrupted(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(*args, **kwargs)

    before = timezone.now() - timedelta(days=30)
    monkeypatch.setattr(retention, "_prune", interrupted)
    with pytest.raises(KeyboardInterrupt):
        retention.prune(acme.pk, before, batch=10)
    assert (len(ages(acme)), len(notes(acme))) == (15, 1)
    retention.prune(acme.pk, before, batch=10)
    assert ages(acme) == []
    assert [note.details["deleted"] for note in notes(acme)] == [25, 15]


def test_a_batch_needs_a_constant_number_of_queries(acme, aged):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            retention.prune(acme.pk, timezone.now() - timedelta(days=30))
        return len(captured)

    aged(acme, 40)
    few = queries()
    aged(acme, *range(40, 400))
    assert queries() == few


def test_the_trigger_is_back_afterwards(acme, aged):
    aged(acme, 40, 1)
    prune("--older-than", "30")
    assert triggers.are_current(connection)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM org_members_auditevent")


def test_a_project_that_listens_to_every_deletion_is_no_obstacle(acme, aged):
    def listener(sender, **kwargs):
        """Somebody's audit package."""

    pre_delete.connect(listener)
    try:
        aged(acme, 40)
        prune("--older-than", "30")
    finally:
        pre_delete.disconnect(listener)
    assert ages(acme) == []
