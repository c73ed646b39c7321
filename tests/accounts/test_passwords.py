"""Temporary passwords: strong, for a while, and changed before anything else."""

from __future__ import annotations

import sys
from datetime import timedelta
from math import log2

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from django_org_members import actions, joining, signals
from django_org_members.accounts import passwords
from django_org_members.admin import secrets as pages
from django_org_members.models import Account, LoginEvent, Role

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"
CHANGE = "/account/password/"


@pytest.fixture
def reset(acme, provisioned):
    """Give a member a temporary password: `reset(role="admin")` returns the member and the password."""

    def make(**kwargs):
        member = provisioned(**kwargs)
        outcome = actions.perform("reset-password", actor=acme.owner, members=[member])
        member.user.refresh_from_db()
        return member, outcome.secrets[member.pk]

    return make


def form(password):
    return {"new_password1": password, "new_password2": password}


def test_a_temporary_password_has_more_than_100_bits_and_no_look_alikes():
    assert not set(passwords.ALPHABET) & set("0O1lI")
    assert log2(len(set(passwords.ALPHABET))) * passwords.GROUPS * passwords.GROUP_LENGTH >= 100
    made = {passwords.generate() for _ in range(200)}
    assert len(made) == 200
    assert all(set(one) <= {*passwords.ALPHABET, "-"} for one in made)


@pytest.mark.parametrize("site", ["org", "admin"])
def test_it_must_be_changed_before_anything_else(reset, sign_in_by_form, site):
    member, temporary = reset(role="admin")
    member.user.is_staff = True
    member.user.save()
    client = Client()
    sign_in_by_form(member.user.get_username(), password=temporary, site=site, client=client)
    for path in (reverse(f"{site}:index"), "/account/mfa/", reverse(f"{site}:password_change"), "/admin/jsi18n/x/"):
        response = client.get(path)
        if response.status_code != 404:
            assert response["Location"].startswith(CHANGE), path
    assert client.post(reverse("org:index"))["Location"] == CHANGE
    assert client.get(CHANGE).status_code == 200
    assert client.post(reverse(f"{site}:logout")).status_code == 200


def test_after_the_change_the_way_goes_on(reset, sign_in_by_form, client, index):
    member, temporary = reset(role="admin")
    sign_in_by_form(member.user.get_username(), password=temporary)
    response = client.get(index)
    assert response["Location"] == f"{CHANGE}?next=/org/"
    response = client.post(response["Location"], form(OWN))
    assert response["Location"] == index
    assert client.get(index).status_code == 302
    assert "/login/" not in client.get(index)["Location"], "the session goes on"
    account = Account.objects.get(user=member.user)
    assert (account.must_change_password, account.temporary_password_expires_at) == (False, None)
    assert LoginEvent.objects.filter(user=member.user, action="password_changed").exists()
    member.user.refresh_from_db()
    assert member.user.check_password(OWN)
    assert not member.user.check_password(temporary)


def test_other_sessions_end_with_the_change(provisioned, sign_in_by_form, index, password):
    member = provisioned(role="admin")
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        sign_in_by_form(member.user.get_username(), client=client)
    assert here.post(CHANGE, {"old_password": password, **form(OWN)}).status_code == 302
    assert "/login/" in elsewhere.get(index)["Location"]
    assert "/login/" not in here.get(index)["Location"]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("temporary", "Choose a different one"),
        ("short", "too short"),
        ("12345678901", "entirely numeric"),
        ("", "required"),
    ],
)
def test_a_password_that_will_not_do_is_told(reset, sign_in_by_form, client, wanted, words):
    member, temporary = reset()
    sign_in_by_form(member.user.get_username(), password=temporary)
    response = client.post(CHANGE, form(temporary if wanted == "temporary" else wanted))
    assert words in response.content.decode()
    assert Account.objects.get(user=member.user).must_change_password


def test_two_different_ones_are_told(reset, sign_in_by_form, client):
    member, temporary = reset()
    sign_in_by_form(member.user.get_username(), password=temporary)
    response = client.post(CHANGE, {"new_password1": OWN, "new_password2": OWN + "x"})
    assert "match" in response.content.decode()


@pytest.mark.parametrize("hours", [None, 5])
def test_it_signs_in_for_three_days_or_as_long_as_the_setting_says(reset, settings, hours):
    if hours:
        lifetime = timedelta(hours=hours)
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TEMPORARY_PASSWORD_LIFETIME": lifetime}
    before = timezone.now()
    member, _ = reset()
    lasts = Account.objects.get(user=member.user).temporary_password_expires_at - timedelta(hours=hours or 72)
    assert before <= lasts <= timezone.now()


def test_it_expires(reset, sign_in_by_form, client, is_signed_in):
    member, temporary = reset()
    Account.objects.update(temporary_password_expires_at=timezone.now())
    response = sign_in_by_form(member.user.get_username(), password=temporary)
    assert response.status_code == 200
    assert not is_signed_in(client)
    event = LoginEvent.objects.get(user=member.user, action="sign_in_failed")
    assert event.reason == LoginEvent.Reason.TEMPORARY_PASSWORD_EXPIRED


def test_a_session_does_not_outlive_it(reset, sign_in_by_form, client, index):
    member, temporary = reset(role="admin")
    sign_in_by_form(member.user.get_username(), password=temporary)
    Account.objects.update(temporary_password_expires_at=timezone.now())
    assert "/login/" in client.get(index)["Location"]


def test_a_password_set_on_any_other_way_settles_it(reset, password):
    member, _ = reset()
    member.user.set_password(OWN)
    member.user.save()
    account = Account.objects.get(user=member.user)
    assert (account.must_change_password, account.temporary_password_expires_at) == (False, None)


def test_an_upgrade_of_the_hash_settles_nothing(reset, settings, rf):
    member, temporary = reset()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    before = member.user.password
    assert authenticate(rf.get("/"), username=member.user.get_username(), password=temporary)
    member.user.refresh_from_db()
    assert member.user.password != before
    assert Account.objects.get(user=member.user).must_change_password


def test_who_has_no_temporary_password_is_asked_for_the_present_one(provisioned, sign_in_by_form, client, password):
    member = provisioned()
    sign_in_by_form(member.user.get_username())
    assert "old_password" in client.get(CHANGE).context["form"].fields
    response = client.post(CHANGE, {"old_password": "wrong", **form(OWN)})
    assert "entered incorrectly" in response.content.decode()
    response = client.post(CHANGE, {"old_password": password, **form(OWN), "next": "https://evil.example/"})
    assert response["Location"] == "/"


def test_the_page_needs_a_sign_in(client):
    assert "/login/" in client.get(CHANGE)["Location"]


def test_a_fingerprint_changes_with_the_password(make_user):
    user = make_user()
    before = passwords.fingerprint(user)
    assert before == passwords.fingerprint(user)
    user.set_password(OWN)
    assert passwords.fingerprint(user) != before


class Lenient(ModelBackend):
    """Another backend of the project that takes passwords, such as allauth's."""


def test_an_expired_one_signs_in_by_no_other_backend(reset, settings, sign_in_by_form, client, is_signed_in):
    settings.AUTHENTICATION_BACKENDS = [*settings.AUTHENTICATION_BACKENDS, f"{__name__}.Lenient"]
    member, temporary = reset()
    Account.objects.update(temporary_password_expires_at=timezone.now() - timedelta(days=30))
    sign_in_by_form(member.user.get_username(), password=temporary)
    assert not is_signed_in(client)
    assert LoginEvent.objects.get(succeeded=False).reason == LoginEvent.Reason.TEMPORARY_PASSWORD_EXPIRED


def test_one_that_expires_meanwhile_ends_the_session(reset, sign_in_by_form, client, settings):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Lenient", *settings.AUTHENTICATION_BACKENDS]
    member, temporary = reset()
    sign_in_by_form(member.user.get_username(), password=temporary)
    Account.objects.update(temporary_password_expires_at=timezone.now())
    response = client.post(CHANGE, form(OWN))
    assert "/login/" in response["Location"]
    member.user.refresh_from_db()
    assert not member.user.check_password(OWN)


@pytest.fixture
def reports():
    """The reports, with the variables of every frame, on the errors of a view."""
    found = []

    def write(sender, request, **kwargs):
        found.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    got_request_exception.connect(write)
    yield found
    got_request_exception.disconnect(write)


def test_error_reports_do_not_tell_it(acme, provisioned, sign_in, monkeypatch, reports):
    """A page that fails after the password was set: the report shows the variables of every frame."""
    member = provisioned()
    monkeypatch.setattr(pages, "render", None)
    monkeypatch.setattr(passwords, "generate", lambda: passwords.Secret("k7mw-temporary"))
    url = reverse(
        "org:org_members_member_action",
        kwargs={"organization_id": acme.pk, "member_id": member.pk, "action": "reset-password"},
    )
    client = sign_in(Client(), acme.owner)
    with pytest.raises(TypeError):
        client.post(url, {"fingerprint": passwords.fingerprint(member.user)})
    member.user.refresh_from_db()
    assert member.user.check_password("k7mw-temporary")
    assert "secret_page" in reports[0]
    assert "k7mw-temporary" not in reports[0]


def test_error_reports_do_not_tell_a_password_of_one_s_own(acme, client, reports):
    def fail(**kwargs):
        raise LookupError("A receiver of the project fails.")

    invitation = joining.invite(
        actor=acme.owner, organization=acme, email="guest@example.com", role=Role.objects.member()
    )
    signals.members_added.connect(fail)
    try:
        with pytest.raises(LookupError):
            client.post(f"/account/invitations/{invitation.derive_token()}/", {"full_name": "Guest", **form(OWN)})
    finally:
        signals.members_added.disconnect(fail)
    assert "accept_as_new" in reports[0]
    assert OWN not in reports[0]
