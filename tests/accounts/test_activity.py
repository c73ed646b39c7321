"""Sign-in activity that tells the truth, and never gets in the way."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import DatabaseError
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import clients
from django_org_members.models import LoginEvent

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("agent", ["x" * 10_000, "a\x00b\r\nc", "\udcff", "🦊" * 300, ""])
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
    assert "could not be stored" in caplog.text


def test_an_unknown_name_takes_as_long_as_a_wrong_password(make_user, sign_in_by_form, monkeypatch):
    """Each hashes one password: the time tells nobody who has an account."""
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
        assert hashed == ["wrong"]
