"""What django-allauth's own pages do is on record. Run with --ds=tests.settings.with_allauth."""

from __future__ import annotations

import time

import pytest
from django.apps import apps
from django.core import mail
from django.test import Client
from django.urls import reverse

from django_org_members.models import LoginEvent

pytestmark = [
    pytest.mark.django_db(transaction=True),  # allauth tells after the commit
    pytest.mark.urls("tests.urls_allauth"),
    pytest.mark.skipif(
        "not apps.is_installed('allauth.mfa')", reason="allauth.mfa: run with --ds=tests.settings.with_allauth."
    ),
]
assert apps  # skipif evaluates it
NEW = "quite-another-phrase-41"


@pytest.fixture
def user(make_user):
    return make_user(email="ada@acme.example")


@pytest.fixture
def allauth_in(client, user, password):
    """Sign in on allauth's page: `allauth_in()` returns the response."""

    def make(name=None, password=password, client=client):
        form = {"login": name or user.get_username(), "password": password}
        return client.post(reverse("account_login"), form)

    return make


@pytest.fixture
def totp(user):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return lambda: code(secret)


def code(secret):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def recorded(user):
    events = LoginEvent.objects.filter(user=user.pk).order_by("pk")
    return [event.reason or event.action for event in events]


def test_signing_in_and_out(client, user, allauth_in):
    allauth_in()
    client.post(reverse("account_logout"))
    assert recorded(user) == ["signed_in", "signed_out"]


def test_a_wrong_password_and_an_unknown_name(user, allauth_in):
    allauth_in(password="wrong")
    allauth_in("nobody@example.com")
    assert recorded(user) == ["wrong_password"]
    assert LoginEvent.objects.get(user=None).reason == "unknown_user"


def test_a_disabled_account(user, allauth_in):
    type(user).objects.filter(pk=user.pk).update(is_active=False)
    allauth_in()
    assert recorded(user) == ["disabled"]


def test_a_second_factor_that_never_comes_is_seen(user, totp, allauth_in):
    allauth_in()
    assert recorded(user) == ["mfa_code_missing"]


def test_a_second_factor_that_comes_leaves_the_sign_in_only(client, user, totp, allauth_in):
    allauth_in()
    client.post(reverse("mfa_authenticate"), {"code": totp()})
    assert recorded(user) == ["signed_in"]


def test_a_wrong_one_takes_the_place_of_the_missing_one(client, user, totp, allauth_in):
    allauth_in()
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert recorded(user) == ["mfa_code_wrong"]
    client.post(reverse("mfa_authenticate"), {"code": totp()})
    assert recorded(user) == ["mfa_code_wrong", "signed_in"]


def test_a_method_that_is_added_brings_backup_codes(client, user, password, allauth_in):
    allauth_in()
    client.post(reverse("account_reauthenticate"), {"password": password})
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": code(client.session["mfa.totp.secret"])})
    assert sorted(recorded(user)) == ["backup_codes_made", "mfa_method_added", "signed_in"]


def test_a_method_that_is_removed_and_new_codes(client, user, password, totp, allauth_in):
    allauth_in()
    client.post(reverse("mfa_authenticate"), {"code": totp()})
    client.post(reverse("account_reauthenticate"), {"password": password})
    client.post(reverse("mfa_generate_recovery_codes"))
    client.post(reverse("mfa_deactivate_totp"))
    assert recorded(user) == ["signed_in", "backup_codes_made", "mfa_method_removed"]


def test_a_changed_password(client, user, password, allauth_in):
    allauth_in()
    form = {"oldpassword": password, "password1": NEW, "password2": NEW}
    client.post(reverse("account_change_password"), form)
    assert recorded(user) == ["signed_in", "password_changed"], "once"
    event = LoginEvent.objects.get(action="password_changed")
    assert event.ip_address == "127.0.0.1"


def test_a_password_that_a_link_set(user):
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    (link,) = [word for word in mail.outbox[-1].body.split() if "/reset/key/" in word]
    form_url = client.get(link.replace("http://testserver", ""))["Location"]
    client.post(form_url, {"password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert recorded(user) == ["password_changed"]
