"""Old sign-in activity leaves by one command."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.accounts import retention
from django_org_members.models import LoginEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def aged(make_user):
    """Store an event of somebody, or of nobody, for each of these ages in days."""

    def make(*days, user=None):
        now = timezone.now()
        LoginEvent.objects.bulk_create(
            LoginEvent(user=user, action="signed_in", succeeded=bool(each % 2), created_at=now - timedelta(days=each))
            for each in days
        )

    return make


def prune(*arguments):
    output = io.StringIO()
    call_command("prune_login_activity", *arguments, stdout=output)
    return output.getvalue()


def ages():
    now = timezone.now()
    return sorted((now - event.created_at).days for event in LoginEvent.objects.all())


def test_older_events_go_whoever_they_are_of(aged, make_user):
    aged(0, 29, 31, user=make_user())
    aged(10, 400)
    assert prune("--older-than", "30").startswith("2 events from before ")
    assert ages() == [0, 10, 29]
    assert prune("--older-than", "30").startswith("0 events ")


def test_a_dry_run_tells_and_deletes_nothing(aged):
    aged(31, 32, 1)
    assert "2 events" in prune("--older-than", "30", "--dry-run")
    assert ages() == [1, 31, 32]


@pytest.mark.parametrize("days", ["0", "-1", "99999999999"])
def test_no_age_that_makes_no_sense(aged, days):
    aged(500)
    with pytest.raises(CommandError, match="--older-than"):
        prune("--older-than", days)
    assert ages() == [500]


def test_the_age_has_to_be_given():
    with pytest.raises(CommandError, match="--older-than"):
        prune()


def test_it_goes_in_batches_the_oldest_first(aged):
    aged(*range(31, 36))
    with CaptureQueriesContext(connection) as captured:
        assert retention.prune(timezone.now() - timedelta(days=30), batch=2) == 5
    deletes = [query["sql"] for query in captured if query["sql"].startswith("DELETE")]
    assert len(deletes) == 3, "those that succeeded in two, those that failed in one"
    aged(31, 33, 35)
    stopped = retention._prune(timezone.now() - timedelta(days=30), 2, succeeded=True)
    assert (stopped, ages()) == (2, [31]), "what is stopped half-way has deleted the oldest"


def test_who_guesses_still_waits_afterwards(aged, make_user):
    """The shortest age is longer than what counts as lately."""
    from django_org_members.accounts import activity

    user = make_user()
    for _ in range(activity.FAILURES):
        activity.record(user, "sign_in_failed", request=None, reason=LoginEvent.Reason.MFA_CODE_WRONG)
    prune("--older-than", "1")
    assert activity.has_to_wait(user, LoginEvent.Reason.MFA_CODE_WRONG)
