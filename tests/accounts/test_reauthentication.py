"""The password, or a token, asked again: when it is, by which page, and what that page takes."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import activity, reauthentication
from django_org_members.models import LoginEvent
from tests.otp import StaticDevice, TOTPDevice, needs_otp, totp

pytestmark = pytest.mark.django_db
CONFIRM = "/account/confirm/"
KEY = reauthentication.SESSION_KEY


@pytest.fixture
def user(provisioned):
    return provisioned(role="admin").user


@pytest.fixture
def device(user):
    return TOTPDevice.objects.create(user=user, name="Phone", confirmed=True)


@pytest.fixture
def stale(sign_in, client):
    """Sign the client in, a quarter of an hour ago: `stale(user)` returns the client."""

    def make(user, client=client):
        sign_in(client, user)
        session = client.session
        session[KEY] = {**session[KEY], "at": session[KEY]["at"] - 900}
        session.save()
        return client

    return make


def code(device):
    return f"{totp(device.bin_key):06}"


def is_recent(client):
    request = client.get(CONFIRM).wsgi_request
    return reauthentication.is_recent(request)


def session_of(user, kept):
    request = RequestFactory().get("/")
    request.user, request.session = user, {} if kept is None else {KEY: kept}
    return request


# When


def test_a_sign_in_by_the_form_is_fresh_and_grows_old(user, sign_in_by_form, client, settings):
    sign_in_by_form(user.get_username())
    assert is_recent(client)
    at = client.session[KEY]["at"]
    with patch("time.time", return_value=at + 600):
        assert is_recent(client)
    with patch("time.time", return_value=at + 601):
        assert not is_recent(client)
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "AUTHENTICATION_AGE": timedelta(hours=1)}
        assert is_recent(client)


def test_a_sign_in_by_other_means_is_fresh(user, client):
    """Single sign-on, or whatever calls Django's `login`."""
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    assert is_recent(client)


def test_half_way_nobody_is_signed_in_and_nothing_is_stamped(user, device, sign_in_by_form, client):
    sign_in_by_form(user.get_username())
    assert KEY not in client.session
    assert client.get(CONFIRM).status_code == 302
    client.post(reverse("org:login_token"), {"token": code(device)})
    assert is_recent(client)


def test_signing_out_takes_it_along(user, stale):
    client = stale(user)
    client.post(reverse("org_members:logout"))
    assert KEY not in client.session


@pytest.mark.parametrize(
    "kept",
    [
        None,
        {},
        {"user": "{pk}"},
        {"at": "now", "user": "{pk}"},
        {"at": None, "user": "{pk}"},
        {"at": 0, "user": "{pk}"},
        {"at": 10**12, "user": "{pk}"},
        {"at": -(10**12), "user": "{pk}"},
        {"at": "{now}", "user": "somebody else"},
        ["{now}"],
        17,
        "yes",
    ],
)
def test_what_is_odd_in_the_session_is_not_believed(user, kept):
    kept = json.loads(json.dumps(kept).replace("{pk}", str(user.pk)).replace('"{now}"', str(int(time.time()))))
    assert not reauthentication.is_recent(session_of(user, kept))


def test_a_stamp_of_the_future_is_not_believed(user):
    now = int(time.time())
    assert reauthentication.is_recent(session_of(user, {"user": str(user.pk), "at": now}))
    assert not reauthentication.is_recent(session_of(user, {"user": str(user.pk), "at": now + 60}))


# The page


def test_the_password_confirms_and_leads_on(user, stale, password):
    client = stale(user)
    before = client.session.session_key
    page = client.get(CONFIRM, {"next": "/org/"})
    assert list(page.context["form"].fields) == ["password"]
    assert 'name="next" value="/org/"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not is_recent(client)
    response = client.post(CONFIRM, {"password": password, "next": "/org/"})
    assert (response.status_code, response["Location"]) == (302, "/org/")
    assert is_recent(client)
    assert client.session.session_key != before, "a session that may do more has a new key"
    assert client.get("/org/").status_code == 302, "and is still let in"


@pytest.mark.parametrize("wrong", ["wrong", "", "x" * 5000])
def test_a_wrong_password_does_not(user, stale, wrong):
    client = stale(user)
    response = client.post(CONFIRM, {"password": wrong})
    assert list(response.context["form"].errors) == ["password"]
    assert response.content.decode().count("Error:") == 1
    assert not is_recent(client)
    failures = LoginEvent.objects.filter(user=user, succeeded=False)
    assert [event.reason for event in failures] == (["wrong_password"] if wrong == "wrong" else [])


def test_a_token_or_a_backup_code_confirms_once(user, device, stale, password):
    backup = StaticDevice.objects.create(user=user, name="Backup codes")
    backup.token_set.create(token="code1")
    digits = code(device)
    for given, works in ((f" {digits[:3]} {digits[3:]}", True), (digits, False), ("code1", True), ("code1", False)):
        client = stale(user, Client())
        assert list(client.get(CONFIRM).context["form"].fields) == ["password", "token"]
        TOTPDevice.objects.update(throttling_failure_count=0)
        StaticDevice.objects.update(throttling_failure_count=0)
        response = client.post(CONFIRM, {"password": "", "token": given})
        assert (response.status_code == 302, is_recent(client)) == (works, works)
        if not works:
            assert list(response.context["form"].errors) == ["token"]


def test_one_of_the_two_is_enough(user, device, stale, password):
    """A browser may fill in an old password beside the token."""
    client = stale(user)
    assert client.post(CONFIRM, {"password": "old", "token": code(device)}).status_code == 302
    client = stale(user)
    assert client.post(CONFIRM, {"password": password, "token": "000000"}).status_code == 302
    assert not LoginEvent.objects.filter(succeeded=False).exists()
    client = stale(user)
    response = client.post(CONFIRM, {"password": "", "token": ""})
    assert "Enter your password or a token." in response.content.decode()
    response = client.post(CONFIRM, {"password": "old", "token": "000000"})
    assert list(response.context["form"].errors) == ["password", "token"]
    assert LoginEvent.objects.filter(succeeded=False).count() == 2


@pytest.mark.parametrize("by", ["password", "token"])
def test_who_guesses_has_to_wait(user, device, stale, password, by):
    client = stale(user)
    for _ in range(activity.FAILURES):
        client.post(CONFIRM, {by: "000000"})
    TOTPDevice.objects.update(throttling_failure_count=0)
    right = {"password": password, "token": code(device)}
    response = client.post(CONFIRM, {by: right[by]})
    assert "Too many wrong attempts" in response.content.decode()
    assert LoginEvent.objects.filter(succeeded=False).count() == activity.FAILURES, "waiting is no failure"
    assert not is_recent(client)
    other = {"password": "token", "token": "password"}[by]
    assert client.post(CONFIRM, {other: right[other]}).status_code == 302


def test_an_account_without_password_and_token_signs_in_again(provisioned, stale):
    client = stale(provisioned(password=None).user)
    page = client.get(CONFIRM, {"next": "/org/x/?a=b"})
    assert "sign in again" in page.content.decode()
    assert "<label" not in page.content.decode()
    assert client.post(CONFIRM, {"password": "", "token": ""}).status_code == 200
    assert not is_recent(client)
    response = client.post(CONFIRM, {"sign_out": "1", "next": "/org/x/?a=b"})
    assert response["Location"] == f"/org/login/?next={quote('/org/x/?a=b', safe='/')}"
    assert "_auth_user_id" not in client.session


def test_an_account_with_a_token_only_is_asked_for_that(provisioned, stale):
    user = provisioned(password=None).user
    TOTPDevice.objects.create(user=user, confirmed=False)
    client = stale(user)
    assert client.get(CONFIRM).context["means"] == []
    TOTPDevice.objects.update(confirmed=True)
    page = client.get(CONFIRM)
    assert list(page.context["form"].fields) == ["token"]
    assert page.context["form"].fields["token"].required


def test_a_password_of_an_old_hash_keeps_the_session(user, stale, password, settings):
    """Checking it stores it anew, which would end every session of the account."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    client = stale(user)
    client.post(CONFIRM, {"password": password})
    assert get_user_model().objects.get(pk=user.pk).password.startswith("pbkdf2")
    assert is_recent(client)


@pytest.mark.parametrize(
    "evil",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", "http:///evil.example"],
)
def test_next_stays_on_the_site(user, stale, password, evil):
    client = stale(user)
    assert "evil" not in client.get(CONFIRM, {"next": evil}).content.decode()
    for form in ({"password": password}, {"sign_out": "1"}):
        assert "evil" not in client.post(CONFIRM, {**form, "next": evil})["Location"]


def test_nobody_is_asked_without_being_signed_in(client):
    response = client.get(CONFIRM, {"next": "/org/"})
    assert response["Location"].startswith("/org/login/?next=/account/confirm/")
    assert client.post(CONFIRM, {"password": "x"}).status_code == 302


def test_a_form_from_elsewhere_is_refused(user, stale, password):
    client = stale(user)
    client.handler.enforce_csrf_checks = True
    assert client.post(CONFIRM, {"password": password}).status_code == 403
    assert not is_recent(client)


# A second factor that is set up is a means to confirm: so it is asked for before


@needs_otp
def test_a_session_left_open_cannot_make_itself_a_token(user, stale, password):
    client = stale(user)
    for response in (
        client.get("/account/mfa/add/?next=/org/"),
        client.post("/account/mfa/add/?next=/org/", {"token": "1"}),
    ):
        assert response["Location"] == f"{CONFIRM}?next={quote('/account/mfa/add/?next=/org/', safe='/')}"
    assert not TOTPDevice.objects.exists()
    response = client.post(CONFIRM, {"password": password, "next": "/account/mfa/add/?next=/org/"})
    assert client.get(response["Location"]).context["enrolment"].device


def test_who_must_set_mfa_up_is_asked_and_comes_back(acme, user, device, stale, password):
    actions.perform("reset-mfa", actor=acme.owner, members=[acme.memberships.get(user=user)])
    client = stale(get_user_model().objects.get(pk=user.pk))
    response = client.get("/org/", follow=True)
    assert response.redirect_chain[-1][0].startswith(CONFIRM)
    response = client.post(CONFIRM, {"password": password, "next": response.context["next"]}, follow=True)
    assert response.context["enrolment"].device
