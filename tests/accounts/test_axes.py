"""Lockouts of django-axes are on record as what they are. Run with --ds=tests.settings.with_axes."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings as project
from django.contrib.auth.signals import user_login_failed
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from django_org_members.models import LoginEvent

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("not apps.is_installed('axes')", reason="axes: run with --ds=tests.settings.with_axes."),
]
assert apps  # skipif evaluates it


@pytest.fixture
def fail(sign_in_by_form):
    """Sign in with a wrong password, several times; returns the last response."""

    def make(name, times=1, **how):
        return [sign_in_by_form(name, password="wrong", **how) for _ in range(times)][-1]

    return make


def recorded():
    return list(LoginEvent.objects.order_by("pk").values_list("user", "action", "reason"))


def wrong(user):
    return (user.pk, "sign_in_failed", "wrong_password")


def locked(user):
    return (user and user.pk, "sign_in_failed", "locked")


def test_the_attempt_that_locks_had_a_wrong_password_and_those_after_it_are_locked(make_user, fail, sign_in_by_form):
    user, limit = make_user(), project.AXES_FAILURE_LIMIT
    assert fail(user.get_username(), limit).status_code == 429
    assert recorded() == [wrong(user)] * limit
    assert sign_in_by_form(user.get_username()).status_code == 429, "the right password"
    assert recorded() == [*[wrong(user)] * limit, locked(user)], "one row for one attempt"


def test_so_it_is_when_each_failure_starts_the_time_again(make_user, fail, sign_in_by_form, settings):
    settings.AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = True
    user = make_user()
    fail(user.get_username(), project.AXES_FAILURE_LIMIT)
    sign_in_by_form(user.get_username())
    assert recorded() == [*[wrong(user)] * project.AXES_FAILURE_LIMIT, locked(user)]


def test_a_locked_address_is_no_word_on_somebody_else_s_account(make_user, fail):
    """The lock is for the address, too: the next name typed from there is locked, and nobody's if it is nobody's."""
    victim, other = make_user(), make_user()
    fail(victim.get_username(), project.AXES_FAILURE_LIMIT)
    fail(other.get_username())
    fail("nobody@example.com")
    assert recorded()[-2:] == [locked(other), locked(None)]


def test_the_locks_go_by_the_address_that_is_recorded(make_user, fail, settings):
    """AXES_CLIENT_IP_CALLABLE is ours: a forged header neither escapes a lock nor locks somebody else out."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": ["10.0.0.1"]}
    user, other = make_user(), make_user()
    for number in range(project.AXES_FAILURE_LIMIT):
        fail(user.get_username(), headers={"X-Forwarded-For": f"198.51.100.{number}"})
    fail(other.get_username(), headers={"X-Forwarded-For": "198.51.100.77"})
    assert recorded()[-1] == locked(other)
    elsewhere = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.77")
    fail(other.get_username(), client=elsewhere)
    assert recorded()[-1] == wrong(other)


def test_a_lock_costs_one_insert_of_ours(make_user, fail, sign_in_by_form):
    user = make_user()
    fail(user.get_username(), project.AXES_FAILURE_LIMIT)
    with CaptureQueriesContext(connection) as captured:
        sign_in_by_form(user.get_username())
    ours = [query["sql"] for query in captured if "org_members" in query["sql"]]
    assert len([sql for sql in ours if sql.startswith("INSERT")]) == 1


def test_signing_in_goes_on_with_axes(make_user, sign_in_by_form, client, is_signed_in):
    user = make_user()
    sign_in_by_form(user.get_username())
    assert is_signed_in(client)
    assert recorded() == [(user.pk, "signed_in", "")]


def test_the_checks_have_nothing_against_it():
    assert [found for found in run_checks() if found.id.startswith(("org_members.E", "axes."))] == []


def test_another_failure_is_no_lock(make_user, rf):
    """What our own backend was not asked about: a passkey, or a form of the project's own."""
    user = make_user()
    user_login_failed.send(__name__, credentials={"email": user.email}, request=rf.post("/"))
    assert LoginEvent.objects.get().reason == LoginEvent.Reason.WRONG_PASSWORD
