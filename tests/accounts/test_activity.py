"""Sign-in activity that tells the truth, and never gets in the way."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.signals import user_login_failed
from django.db import DatabaseError, connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import activity, clients
from django_org_members.models import LoginEvent
from tests.otp import TOTPDevice

pytestmark = pytest.mark.django_db
HASHING = [path for path in django_settings.AUTHENTICATION_BACKENDS if not path.startswith("axes.")]
"""The backends that take a password; axes' refuses before."""
HALVES = pytest.mark.skipif(apps.is_installed("axes"), reason="axes itself cannot store halves of characters.")


@pytest.fixture(autouse=True)
def unlocked(settings):
    """Here nobody is locked out, in a project with axes either."""
    settings.AXES_FAILURE_LIMIT = 1000


def only_event():
    return LoginEvent.objects.exclude(action=LoginEvent.Action.SESSIONS_ENDED).get()


def test_signing_in_and_out(acme, sign_in_by_form, client):
    sign_in_by_form(acme.owner.get_username())
    client.post(reverse("org:logout"))
    events = list(LoginEvent.objects.order_by("pk").values_list("user", "action", "succeeded"))
    assert events == [(acme.owner.pk, "signed_in", True), (acme.owner.pk, "signed_out", True)]


def test_a_wrong_password(acme, sign_in_by_form):
    sign_in_by_form(acme.owner.get_username(), password="wrong")
    event = only_event()
    assert (event.user, event.succeeded, event.reason) == (acme.owner, False, "wrong_password")


@pytest.mark.parametrize("name", ["nobody@example.com", "x\x00y", "x" * 5000])
def test_an_unknown_name_is_attached_to_nobody(sign_in_by_form, name):
    sign_in_by_form(name)
    assert not LoginEvent.objects.filter(user__isnull=False).exists()


def test_a_disabled_person_is_refused_with_the_reason(acme, provisioned, sign_in_by_form):
    member = provisioned()
    actions.perform("disable", actor=acme.owner, members=[member])
    response = sign_in_by_form(member.user.get_username())
    assert "Please enter a correct" in response.content.decode(), "no word of it to whoever guesses"
    assert only_event().reason == "disabled"


def test_the_right_reason_needs_the_right_password(acme, provisioned, sign_in_by_form):
    member = provisioned()
    actions.perform("disable", actor=acme.owner, members=[member])
    sign_in_by_form(member.user.get_username(), password="wrong")
    assert only_event().reason == "wrong_password"


@pytest.mark.parametrize(
    ("peer", "forwarded", "stored"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("not an address", "", None),
        ("", "198.51.100.1", None),
    ],
)
def test_only_trusted_proxies_are_believed(acme, sign_in_by_form, client, settings, peer, forwarded, stored):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": ["10.0.0.0/24"]}
    client.defaults |= {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    sign_in_by_form(acme.owner.get_username())
    assert only_event().ip_address == stored


@pytest.mark.parametrize(
    "agent",
    [
        "x" * 100_000,
        "a\x00b\r\nc",
        pytest.param("\udcff", marks=HALVES),
        "🦊" * 300,
        "🦊" * 100_000,
        "\x00" * 100_000,
        "e\u0301" * 300,
        "",
    ],
)
def test_clients_of_any_size_and_bytes_fit(acme, sign_in_by_form, client, agent):
    client.defaults["HTTP_USER_AGENT"] = agent
    sign_in_by_form(acme.owner.get_username())
    stored = only_event().user_agent
    assert len(stored) <= 255
    assert all(character.isprintable() for character in stored)


def test_what_cannot_be_recorded_breaks_nothing(acme, sign_in_by_form, client, is_signed_in, caplog):
    with patch.object(LoginEvent, "save", side_effect=DatabaseError("full")):
        sign_in_by_form(acme.owner.get_username())
    assert is_signed_in(client)
    assert "could not be stored" in caplog.text


def test_a_proxy_without_an_address_is_trusted_by_name(settings, rf):
    request = rf.get("/", REMOTE_ADDR="", headers={"X-Forwarded-For": "198.51.100.1"})
    assert clients.Client.of(request).ip_address is None
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": ["unix"]}
    assert clients.Client.of(request).ip_address == "198.51.100.1"


def test_a_wrong_setting_breaks_no_sign_in(settings, make_user, sign_in_by_form, client, is_signed_in, caplog):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": ["proxy.local"]}
    sign_in_by_form(make_user().get_username(), headers={"X-Forwarded-For": "198.51.100.1"})
    assert is_signed_in(client)
    assert "TRUSTED_PROXIES cannot be read" in caplog.text


def test_an_unknown_name_takes_as_long_as_a_wrong_password(make_user, sign_in_by_form, monkeypatch):
    """Each hashes one password, for every backend that takes one: the time tells nobody who has an account."""
    hashed = []
    encode = MD5PasswordHasher.encode

    def count(self, password, salt):
        hashed.append(password)
        return encode(self, password, salt)

    user = make_user()
    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    for name in (user.get_username(), "nobody@example.com"):
        hashed.clear()
        sign_in_by_form(name, password="wrong")
        assert hashed == ["wrong"] * len(HASHING)


@pytest.mark.parametrize(
    "name",
    [
        "x\x00y",
        pytest.param("\udcff", marks=HALVES),
        pytest.param("\ud83e\udd8a", marks=HALVES),
        "🦊" * 300,
        "x" * 100_000,
        "\u202eevil",
        "",
    ],
)
def test_names_that_come_in_json_may_be_anything(name, rf, settings):
    """No form stands before them: an API hands them on as they are. (Other backends ask the database for some.)"""
    settings.AUTHENTICATION_BACKENDS = ["django_org_members.policy.backend.MembersBackend"]
    assert authenticate(rf.post("/"), username=name, password="wrong") is None
    event = LoginEvent.objects.get()
    assert (event.user, event.reason) == (None, "unknown_user")


def test_another_backend_s_refusal_is_attached_by_the_address(make_user, rf, settings):
    """As allauth's, which takes an e-mail address where our backend takes a username."""
    user, away = make_user(email="ada@acme.example"), make_user(email="bob@acme.example", is_active=False)
    for email in ("ADA@acme.example", "bob@acme.example", "nobody@acme.example", "\udcff", "x\x00y"):
        user_login_failed.send(__name__, credentials={"email": email}, request=rf.post("/"))
    found = list(LoginEvent.objects.order_by("pk").values_list("user", "reason"))
    assert found[:2] == [(user.pk, "wrong_password"), (away.pk, "disabled")]
    assert found[2:] == [(None, "unknown_user")] * 3


def test_a_passkey_of_a_disabled_account(make_user, rf):
    passkey = SimpleNamespace(user=make_user(is_active=False))
    assert authenticate(rf.post("/"), webauthn_credential=passkey) is None
    event = LoginEvent.objects.get()
    assert (event.user, event.reason) == (passkey.user, "disabled")


def test_the_reason_of_one_attempt_is_not_that_of_the_next(make_user, rf):
    user, request = make_user(is_active=False), rf.post("/")
    authenticate(request, username=user.get_username(), password="correct-horse-battery")
    user_login_failed.send(__name__, credentials={"username": make_user().get_username()}, request=request)
    assert [event.reason for event in LoginEvent.objects.order_by("pk")] == ["disabled", "wrong_password"]


def test_recording_costs_one_insert(make_user, rf):
    user = make_user()
    request = rf.post("/")
    with CaptureQueriesContext(connection) as captured:
        activity.record(user, LoginEvent.Action.SIGNED_OUT, request=request)
    assert [query["sql"].split()[0] for query in captured if "SAVEPOINT" not in query["sql"]] == ["INSERT"]


# Passwords


def changes():
    return list(LoginEvent.objects.filter(action__startswith="password").values_list("user", "action", "ip_address"))


def test_a_changed_password_is_recorded_on_whichever_page(acme, make_user, sign_in, client, password):
    new = {"new_password1": "quite-another-phrase", "new_password2": "quite-another-phrase"}
    user = make_user(is_staff=True)
    sign_in(client, user).post(reverse("admin:password_change"), {"old_password": password, **new})
    assert changes() == [(user.pk, "password_changed", "127.0.0.1")]


def test_a_password_that_somebody_else_changes_has_no_address(make_user, sign_in, client):
    """It would be taken for the person's own."""
    user, root = make_user(), make_user(is_staff=True, is_superuser=True)
    seen = []

    def view(request):
        user.set_password("quite-another-phrase")
        user.save()
        seen.append(request.user)
        return HttpResponse()

    request = sign_in(client, root).get("/admin/").wsgi_request
    with clients.serving(request):
        view(request)
    assert seen == [root]
    assert changes() == [(user.pk, "password_changed", None)]


def test_a_hash_that_is_brought_up_to_date_is_no_change(make_user, settings, sign_in_by_form):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = make_user()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    sign_in_by_form(user.get_username())
    user.refresh_from_db()
    assert user.password.startswith("pbkdf2")
    assert changes() == []


def test_what_managers_do_shows_in_the_person_s_activity(acme, provisioned):
    members = [provisioned(), provisioned()]
    for member in members:
        TOTPDevice.objects.create(user=member.user, confirmed=True)
    actions.perform("reset-mfa", actor=acme.owner, members=members)
    actions.perform("reset-password", actor=acme.owner, members=members[:1])
    done = [
        list(LoginEvent.objects.filter(user=member.user).order_by("pk").values_list("action", flat=True))
        for member in members
    ]
    assert done == [
        ["mfa_reset", "sessions_ended", "password_reset", "sessions_ended"],
        ["mfa_reset", "sessions_ended"],
    ]
    assert not LoginEvent.objects.filter(ip_address__isnull=False).exists()


def test_the_events_of_any_number_of_members_are_one_insert(acme, provisioned):
    def inserts(number):
        members = [provisioned() for _ in range(number)]
        for member in members:
            TOTPDevice.objects.create(user=member.user, confirmed=True)
        with CaptureQueriesContext(connection) as captured:
            actions.perform("reset-mfa", actor=acme.owner, members=members)
        table = LoginEvent._meta.db_table
        return len([query for query in captured if query["sql"].startswith("INSERT") and table in query["sql"]])

    assert inserts(1) == inserts(20) == 2, "MFA reset, and sessions ended"
