"""Passwords under attack: where a temporary one could be found, and what the public pages could be used for."""

from __future__ import annotations

import logging
import re

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions, joining
from django_org_members.accounts import passwords
from django_org_members.models import Account, LoginEvent, Membership, Role
from django_org_members.notifications import links

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"
EVIL = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:///evil.example",
    "\thttps://evil.example",
]


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def owner(acme, sign_in, client):
    return sign_in(client, acme.owner)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def page(acme, name, **ids):
    return reverse(f"org:org_members_{name}", kwargs={"organization_id": acme.pk, **ids})


@pytest.fixture
def reset_form(acme, provisioned):
    """The address of Reset Password for a member, and the form that it is sent."""
    member = provisioned(role="admin", email="grace@example.com")
    url = page(acme, "member_action", member_id=member.pk, action="reset-password")
    return url, {"fingerprint": passwords.fingerprint(member.user)}


@pytest.fixture
def create_form(acme):
    form = {"full_name": "Grace Hopper", "email": "grace@example.com", "role": Role.objects.admin().pk}
    return page(acme, "member_create"), form


@pytest.fixture(params=["reset", "create"])
def way(request, reset_form, create_form):
    """Both ways to a temporary password; by the second one, Grace is nobody before."""
    if request.param == "create":
        Membership.objects.get(email="grace@example.com").user.delete()
        return create_form
    return reset_form


def shown(response):
    found = re.search(r'id="om-copy-value"[^>]* value="([^"]+)"', response.content.decode())
    return found and found.group(1)


def stored():
    """Everything in every column of every table, and what the sessions hold."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield from (
                    bytes(value).decode("latin-1") if isinstance(value, (bytes, memoryview)) else str(value)
                    for value in row
                )
    for session in Session.objects.all():
        yield str(session.get_decoded())


def is_in(secret, texts):
    return any(spelled in text for text in texts for spelled in (secret, secret.replace("-", "")))


def test_a_temporary_password_is_found_nowhere(way, owner, client, committed, mailoutbox, caplog, sign_in_by_name):
    caplog.set_level(logging.DEBUG)
    url, form = way
    with committed():
        response = owner.post(url, form)
    secret = shown(response)
    assert secret
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]

    again = [owner.post(url, form), owner.get(url), owner.get(response.request["PATH_INFO"])]
    their_client, _ = sign_in_by_name("grace@example.com", secret)
    refused, told = sign_in_by_name("grace@example.com", secret)
    pages = [*again, told, their_client.get("/account/password/"), owner.get("/org/", follow=True)]
    member = Membership.objects.get(email="grace@example.com")
    pages += [owner.get(page_url) for page_url in _pages_about(member)]

    places = {
        "database and sessions": list(stored()),
        "cookies": [
            morsel.OutputString() for each in (owner, their_client, refused) for morsel in each.cookies.values()
        ],
        "headers": [str(response.headers)],
        "mail": [mail.message().as_string() + mail.body for mail in mailoutbox],
        "logs": [record.getMessage() + str(record.__dict__) for record in caplog.records],
        "pages": [each.content.decode() for each in pages],
    }
    assert [name for name, texts in places.items() if is_in(secret, texts)] == []
    assert response.content.decode().count(secret) == 1, "and there once"
    assert is_in(member.email, places["database and sessions"]), "the search finds what there is"


def _pages_about(member):
    for name in ("member_profile", "member_security", "member_activity"):
        yield page(member.organization, name, member_id=member.pk)
    yield page(member.organization, "organization_members")
    yield page(member.organization, "organization_audit")


@pytest.fixture
def sign_in_by_name():
    def make(name, password):
        client = Client()
        return client, client.post("/org/login/", {"username": name, "password": password})

    return make


def test_the_same_form_again_shows_none(way, owner):
    url, form = way
    secret = shown(owner.post(url, form))
    assert secret
    assert shown(owner.post(url, form)) is None
    user = Membership.objects.get(email="grace@example.com").user
    assert user.check_password(secret), "and sets none"


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("temporary_password_used_at", LoginEvent.Reason.TEMPORARY_PASSWORD_USED),
        ("temporary_password_expires_at", LoginEvent.Reason.TEMPORARY_PASSWORD_EXPIRED),
    ],
)
def test_a_used_or_expired_one_opens_nothing(way, owner, sign_in_by_name, field, reason):
    url, form = way
    secret = shown(owner.post(url, form))
    member = Membership.objects.get(email="grace@example.com")
    Account.objects.filter(user=member.user).update(**{field: timezone.now()})
    client, _ = sign_in_by_name("grace@example.com", secret)
    assert "/login/" in client.get("/account/password/")["Location"]
    assert LoginEvent.objects.filter(user=member.user, reason=reason).exists()


# What the public pages could be used for.


def public_pages(acme, make_user):
    """Each page that is open to the public, by what it is: one that is fresh where it works once."""
    sent = joining.invite(
        actor=acme.owner, organization=acme, email=f"{make_user().pk}@new.example", role=Role.objects.member()
    )
    return {
        "sign-in": "/org/login/",
        "staff sign-in": "/admin/login/",
        "token": "/org/login/token/",
        "change password": "/account/password/",
        "password set": "/account/password/set/",
        "set password": links.set_password_url(acme.owner).removeprefix("http://testserver"),
        "set password, over": "/account/set/MQ/wrong-token/",
        "mfa": "/account/mfa/",
        "confirm": "/account/confirm/",
        "invitation": f"/account/invitations/{sent.derive_token()}/",
        "invitation, unknown": "/account/invitations/unknown/",
        "joined": f"/account/joined/{acme.pk}/",
    }


PUBLIC = [
    "sign-in",
    "staff sign-in",
    "token",
    "change password",
    "password set",
    "set password",
    "set password, over",
    "mfa",
    "confirm",
    "invitation",
    "invitation, unknown",
    "joined",
]


def test_every_public_page_is_tried(acme, make_user):
    assert sorted(public_pages(acme, make_user)) == sorted(PUBLIC)


@pytest.mark.parametrize("who", ["anonymous", "signed in"])
@pytest.mark.parametrize("name", PUBLIC)
def test_no_public_page_is_framed(acme, make_user, sign_in, name, who):
    client = Client() if who == "anonymous" else sign_in(Client(), acme.owner)
    response = client.get(public_pages(acme, make_user)[name])
    assert response["X-Frame-Options"] == "DENY"
    if response.status_code == 302:
        assert client.get(response["Location"])["X-Frame-Options"] == "DENY"


def test_nor_is_the_page_with_the_password(way, owner):
    url, form = way
    assert owner.post(url, form)["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in PUBLIC
        if name not in {"password set", "joined", "set password, over", "invitation, unknown", "token"}
    ],
)
def test_every_form_needs_its_token_against_forgery(acme, make_user, sign_in, name):
    url = public_pages(acme, make_user)[name]
    anonymous = Client(enforce_csrf_checks=True)
    if name in {"sign-in", "staff sign-in", "set password", "invitation"}:
        assert anonymous.post(url, {}).status_code == 403
    else:
        assert sign_in(Client(enforce_csrf_checks=True), acme.owner).post(url, {}).status_code == 403


@pytest.mark.parametrize("target", EVIL)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PUBLIC)
def test_next_leads_to_no_other_site(acme, make_user, sign_in, password, name, method, target):
    url = public_pages(acme, make_user)[name]
    anonymous = {"sign-in", "staff sign-in", "set password", "invitation", "token"}
    client = Client() if name in anonymous else sign_in(Client(), acme.owner)
    form = {
        "username": acme.owner.get_username(),
        "password": password,
        "old_password": password,
        "new_password1": OWN,
        "new_password2": OWN,
        "full_name": "Grace Hopper",
        "next": target,
    }
    if name == "set password":
        url = client.get(url)["Location"]
    response = client.get(url, {"next": target}) if method == "get" else client.post(url, form)
    assert "evil.example" not in response.get("Location", "").partition("?")[0]
    assert not response.get("Location", "").startswith("javascript:")
    for address in re.findall(r'(?:href|action)="([^"]*)"', response.content.decode()):
        assert not address.strip().startswith((target, "javascript:")), address


@pytest.mark.parametrize("action", ["reset-password", "send-reset-link"])
def test_a_forged_host_is_in_no_mail(acme, provisioned, owner, committed, mailoutbox, action):
    member = provisioned()
    url = page(acme, "member_action", member_id=member.pk, action=action)
    form = {"fingerprint": passwords.fingerprint(member.user)}
    with committed():
        owner.post(url, form, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    (mail,) = mailoutbox
    assert "evil" not in mail.message().as_string() + mail.body


def test_nor_in_the_link_of_a_new_person(acme, owner, committed, mailoutbox, settings, create_form):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TEMPORARY_PASSWORDS": False}
    url, form = create_form
    with committed():
        response = owner.post(url, form, headers={"host": "evil.example", "x-forwarded-host": "evil.example"})
    assert response.status_code == 302
    (mail,) = mailoutbox
    assert "http://testserver/account/set/" in mail.body
    assert "evil" not in mail.message().as_string() + mail.body


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that were hashed."""
    found = []
    encode = MD5PasswordHasher.encode

    def count(self, password, salt):
        found.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    return found


def test_a_guess_hashes_once_and_reads_the_same_for_everybody(acme, provisioned, make_user, hashed, settings):
    """A person with a temporary password (new, used, expired), with another, without one, disabled, and nobody."""
    people = {
        name: provisioned(email=f"{name}@example.com") for name in ("new", "used", "expired", "plain", "disabled")
    }
    for name in ("new", "used", "expired"):
        actions.perform("reset-password", actor=acme.owner, members=[people[name]])
    Account.objects.filter(user=people["used"].user).update(temporary_password_used_at=timezone.now())
    Account.objects.filter(user=people["expired"].user).update(temporary_password_expires_at=timezone.now())
    actions.perform("disable", actor=acme.owner, members=[people["disabled"]])
    make_user(email="sso@example.com", password=None)
    answers = set()
    for name in (*people, "sso", "nobody"):
        hashed.clear()
        response = Client().post("/org/login/", {"username": f"{name}@example.com", "password": "wrong"})
        assert len(hashed) == len(settings.AUTHENTICATION_BACKENDS), name
        answers.add((response.status_code, response.context["form"].errors.as_json()))
    assert len(answers) == 1


def test_a_guess_at_joining_hashes_once(acme, provisioned, hashed):
    member = provisioned()
    for name in ("disable", "remove"):
        actions.perform(name, actor=acme.owner, members=[member])
    sent = joining.invite(actor=acme.owner, organization=acme, email=member.email, role=Role.objects.member())
    hashed.clear()
    response = Client().post(f"/account/invitations/{sent.derive_token()}/", {"password": "wrong"})
    assert "This password is not right." in response.content.decode()
    assert hashed == ["wrong"]


def test_a_link_that_is_over_reads_the_same_for_everybody_and_hashes_nothing(acme, hashed):
    known = links.set_password_url(acme.owner).split("/")[-3]
    answers = {Client().get(f"/account/set/{uid}/wrong-token/").content for uid in (known, "OTk5OTk5", "MQ", "!!")}
    assert len(answers) == 1
    assert hashed == []
