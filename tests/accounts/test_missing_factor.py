"""A password that was right and a token that never came: on record, until it comes."""

from __future__ import annotations

import time
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members.accounts import activity
from django_org_members.models import LoginEvent
from tests.otp import TOTPDevice, totp

pytestmark = pytest.mark.django_db
TOKEN = "/org/login/token/"


@pytest.fixture
def user(acme, make_member):
    return make_member(acme, role="admin").user


@pytest.fixture
def device(user):
    return TOTPDevice.objects.create(user=user, name="Phone", confirmed=True)


@pytest.fixture
def give(device):
    """Send the token, or another one: `give(client, token=None)`."""

    def make(client, token=None):
        TOTPDevice.objects.update(throttling_failure_count=0)
        return client.post(TOKEN, {"token": token or f"{totp(device.bin_key, t0=0):06}"})

    return make


def recorded(user):
    events = LoginEvent.objects.filter(user=user.pk).order_by("pk")
    return [event.reason or event.action for event in events]


def test_it_is_seen_even_if_the_person_never_comes_back(user, device, sign_in_by_form):
    sign_in_by_form(user.get_username(), headers={"User-Agent": "Thief/1"})
    event = LoginEvent.objects.get()
    assert (event.user, event.succeeded, event.reason) == (user, False, "mfa_code_missing")
    assert (event.ip_address, event.user_agent) == ("127.0.0.1", "Thief/1")


def test_it_goes_when_the_token_comes(user, sign_in_by_form, client, give):
    sign_in_by_form(user.get_username())
    give(client)
    assert recorded(user) == ["signed_in"]


def test_a_wrong_token_takes_its_place(user, sign_in_by_form, client, give):
    sign_in_by_form(user.get_username())
    give(client, "000000")
    give(client, "000001")
    assert recorded(user) == ["mfa_code_wrong", "mfa_code_wrong"]
    give(client)
    assert recorded(user) == ["mfa_code_wrong", "mfa_code_wrong", "signed_in"]


def test_a_token_that_is_not_read_any_more_is_recorded_as_locked(user, sign_in_by_form, client, give):
    sign_in_by_form(user.get_username())
    for _ in range(activity.FAILURES):
        give(client, "000000")
    give(client)
    assert recorded(user)[activity.FAILURES :] == ["locked"]


def test_one_session_has_one_and_another_session_another(user, device, sign_in_by_form, client):
    for _ in range(3):
        sign_in_by_form(user.get_username())
    assert recorded(user) == ["mfa_code_missing"]
    sign_in_by_form(user.get_username(), client=Client())
    assert recorded(user) == ["mfa_code_missing"] * 2
    with patch("time.time", return_value=time.time() + 601):
        sign_in_by_form(user.get_username())
    assert recorded(user) == ["mfa_code_missing"] * 3, "long after: another attempt"


def test_only_the_one_of_this_sign_in_goes(user, sign_in_by_form, client, give):
    sign_in_by_form(user.get_username(), client=Client())
    sign_in_by_form(user.get_username())
    give(client)
    assert recorded(user) == ["mfa_code_missing", "signed_in"], "whoever that was has the password"


def test_somebody_else_s_stays_who_signs_in_next_at_the_same_browser(
    user, device, make_member, acme, sign_in_by_form, client
):
    sign_in_by_form(user.get_username())
    other = make_member(acme).user
    sign_in_by_form(other.get_username())
    assert recorded(user) == ["mfa_code_missing"]
    assert recorded(other) == ["signed_in"]


def test_who_was_signed_in_elsewhere_without_a_token_is_stopped_and_that_is_seen_once(user, device, client, give):
    """The sign-in there succeeded; the one here did not, unless the token comes."""
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    for _ in range(3):
        client.get(reverse("org:login"))
    assert recorded(user) == ["signed_in", "mfa_code_missing"]
    give(client)
    assert recorded(user) == ["signed_in", "signed_in"]


def test_it_costs_one_insert_more_and_one_delete(user, sign_in_by_form, client, give):
    def writes(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        table = LoginEvent._meta.db_table
        return [query["sql"].split()[0] for query in captured if table in query["sql"] and "SELECT" not in query["sql"]]

    assert writes(lambda: sign_in_by_form(user.get_username())) == ["INSERT"]
    assert writes(lambda: give(client)) == ["DELETE", "INSERT"]


def test_what_cannot_be_recorded_stops_nobody(user, sign_in_by_form, client, is_signed_in, give, caplog):
    with patch.object(LoginEvent, "save", side_effect=DatabaseError("full")):
        sign_in_by_form(user.get_username())
        give(client, "000000")
        give(client)
    assert is_signed_in(client)
    assert "could not be stored" in caplog.text


def test_what_cannot_be_withdrawn_stops_nobody(user, sign_in_by_form, client, is_signed_in, give, caplog):
    sign_in_by_form(user.get_username())
    with patch("django.db.models.query.QuerySet.delete", side_effect=DatabaseError("read only")):
        give(client)
    assert is_signed_in(client)
    assert "could not be withdrawn" in caplog.text
