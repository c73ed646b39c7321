"""API tokens end with the sign-in, and an API asks for what the middleware asks a browser for. With the real libraries."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.accounts import reauthentication, sessions, tokens
from django_org_members.models import Account, AuditEvent, LiveSession, LoginEvent, Membership, Organization, Role
from tests.otp import TOTPDevice

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not apps.is_installed("knox"), reason="run with --ds=tests.settings.with_tokens."),
]
LOGIN = "/api/knox/login/"


@pytest.fixture
def drf_token():
    """Return a request by a new token of DRF's: `drf_token(user)()` asks the API, and returns the response."""
    from rest_framework.authtoken.models import Token

    def make(user):
        token = Token.objects.create(user=user)
        return lambda: Client().get("/api/who/", headers={"authorization": f"Token {token.key}"})

    return make


@pytest.fixture
def knox_token():
    """The same by a token of knox's."""
    from knox.models import AuthToken

    def make(user):
        _, token = AuthToken.objects.create(user=user)
        return lambda: Client().get("/api/knox/who/", headers={"authorization": f"Knox {token}"})

    return make


@pytest.fixture
def basic(password):
    """Return the headers of HTTP Basic: `basic(user)`."""

    def make(user, password=password):
        given = base64.b64encode(f"{user.get_username()}:{password}".encode()).decode()
        return {"authorization": f"Basic {given}"}

    return make


@pytest.fixture
def by_password(basic):
    """The same by HTTP Basic."""
    return lambda user: lambda: Client().get("/api/who/", headers=basic(user))


@pytest.fixture(params=["drf", "knox"])
def token(request):
    return request.getfixturevalue(f"{request.param}_token")


def lets_in(ask, user):
    response = ask()
    return response.status_code == 200 and response.json() == {"user": user.pk}


# Revoked


@pytest.mark.parametrize("action", ["reset-password", "reset-mfa", "disable", "remove", "sign-out"])
def test_what_ends_the_sign_in_revokes_the_tokens(acme, provisioned, token, action):
    member, bystander = provisioned(), provisioned()
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    ask, other, owner = token(member.user), token(bystander.user), token(acme.owner)
    assert lets_in(ask, member.user)

    actions.perform(action, actor=acme.owner, members=[member])

    assert ask().status_code == 401
    assert lets_in(other, bystander.user)
    assert lets_in(owner, acme.owner)


def test_a_disabled_person_s_token_stays_dead_when_access_is_enabled_again(acme, provisioned, token):
    member = provisioned()
    ask = token(member.user)
    for action in ("disable", "enable"):
        actions.perform(action, actor=acme.owner, members=[member])
        assert ask().status_code == 401


def test_signing_out_everywhere_else_and_a_new_password_of_one_s_own_revoke_them(
    provisioned, sign_in, client, token, password
):
    member = provisioned()
    sign_in(client, member.user)
    ask = token(member.user)
    client.post(reverse("org_members:sessions"), {"others": "1"})
    assert ask().status_code == 401

    tokens_model = next(iter(tokens.models()))
    tokens_model._default_manager.filter(user=member.user.pk).delete()
    ask = token(member.user)
    changed = {"old_password": password, "new_password1": "another-battery-9", "new_password2": "another-battery-9"}
    client.post(reverse("org_members:change_password"), changed)
    assert ask().status_code == 401


def test_ending_one_session_leaves_them(acme, provisioned, sign_in, client, token):
    member = provisioned()
    sign_in(client, member.user)
    ask = token(member.user)
    session = sessions.id_of(client.session)
    assert actions.perform("end-session", actor=acme.owner, members=[member], session=session).done
    assert lets_in(ask, member.user)


def test_who_belongs_to_another_organization_keeps_them(acme, provisioned, make_organization, token):
    member = provisioned()
    Membership.objects.create(organization=make_organization(), user=member.user, role=Role.objects.member())
    ask = token(member.user)
    actions.perform("remove", actor=acme.owner, members=[member])
    assert lets_in(ask, member.user)


def test_a_table_that_fails_undoes_the_change(acme, provisioned, drf_token, monkeypatch):
    from rest_framework.authtoken.models import Token

    member = provisioned()
    ask = drf_token(member.user)

    delete = QuerySet.delete

    def fail(rows):
        if rows.model is Token:
            raise DatabaseError("no such table")
        return delete(rows)

    monkeypatch.setattr(QuerySet, "delete", fail)
    with pytest.raises(DatabaseError):
        actions.perform("sign-out", actor=acme.owner, members=[member])
    monkeypatch.undo()
    assert lets_in(ask, member.user)
    assert not AuditEvent.objects.filter(verb="sessions_ended").exists()
    assert not Account.objects.filter(user=member.user, session_epoch__gt=0).exists()


def test_any_number_of_people_costs_a_statement_for_each_library(make_organization, provisioned, drf_token):
    def queries(count):
        users = [provisioned().user for _ in range(count)]
        for user in users:
            drf_token(user)
        with CaptureQueriesContext(connection) as captured:
            tokens.on_sign_in_ended(None, users=users)
        return len(captured)

    assert queries(1) == queries(30) == 2


# Asked for


def refused(ask):
    response = ask()
    return response.json()["detail"] if response.status_code == 403 else response.status_code


@pytest.mark.parametrize("way", ["drf_token", "by_password"])
def test_a_temporary_password_has_to_be_changed_first(request, provisioned, way):
    member = provisioned()
    ask = request.getfixturevalue(way)(member.user)
    later = timezone.now() + timedelta(hours=1)
    Account.objects.filter(user=member.user).update(must_change_password=True, temporary_password_expires_at=later)
    assert "change your temporary password" in refused(ask)
    Account.objects.filter(user=member.user).update(must_change_password=False)
    assert lets_in(ask, member.user)


@pytest.mark.parametrize("way", ["drf_token", "knox_token", "by_password"])
def test_mfa_that_is_required_has_to_be_set_up_first(request, provisioned, way):
    member = provisioned()
    ask = request.getfixturevalue(way)(member.user)
    Account.objects.filter(user=member.user).update(mfa_enrolment_required=True)
    assert "set up multi-factor" in refused(ask)
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    assert lets_in(ask, member.user) == (way != "by_password"), "a password alone asks for no token"


@pytest.mark.parametrize(("grace", "is_let_in"), [(timedelta(days=7), True), (timedelta(), False)])
def test_an_organization_that_requires_mfa_is_heard_after_the_grace_period(
    acme, provisioned, drf_token, grace, is_let_in
):
    member = provisioned()
    ask = drf_token(member.user)
    since = timezone.now() - timedelta(days=1)
    Membership.objects.filter(pk=member.pk).update(joined_at=since - timedelta(days=1))
    Organization.objects.filter(pk=acme.pk).update(mfa_required_since=since, mfa_grace=grace)
    assert lets_in(ask, member.user) == is_let_in


def test_a_password_alone_does_not_sign_in_where_there_is_a_second_factor(provisioned, by_password, drf_token):
    member = provisioned()
    ask, by_token = by_password(member.user), drf_token(member.user)
    assert lets_in(ask, member.user)
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    assert "a password alone does not sign in here" in refused(ask)
    assert lets_in(by_token, member.user), "whoever made it had signed in"


def test_an_expired_temporary_password_lets_no_token_in(provisioned, drf_token):
    member = provisioned()
    ask = drf_token(member.user)
    gone = timezone.now() - timedelta(hours=1)
    Account.objects.filter(user=member.user).update(must_change_password=True, temporary_password_expires_at=gone)
    assert refused(ask) == "Your sign-in has ended."


@pytest.mark.parametrize("way", ["token", "basic"])
def test_somebody_else_s_session_beside_it_does_not_stand_in(provisioned, sign_in, client, password, way):
    """A request may carry a cookie of one person, with nothing missing, and a token or a password of another."""
    from rest_framework.authtoken.models import Token

    sign_in(client, provisioned().user)
    user = provisioned().user
    later = timezone.now() + timedelta(hours=1)
    account = Account.objects.filter(user=user)
    given = base64.b64encode(f"{user.get_username()}:{password}".encode()).decode()
    header = f"Basic {given}" if way == "basic" else f"Token {Token.objects.create(user=user).key}"
    for missing in (
        {"must_change_password": True, "temporary_password_expires_at": later},
        {"must_change_password": False, "mfa_enrolment_required": True},
    ):
        account.update(**missing)
        assert client.get("/api/who/", headers={"authorization": header}).status_code == 403, missing
    account.update(mfa_enrolment_required=False)
    assert client.get("/api/who/", headers={"authorization": header}).json() == {"user": user.pk}


def test_a_session_costs_no_query_more_and_a_token_one(provisioned, sign_in, client, drf_token):
    member = provisioned()
    sign_in(client, member.user)
    with CaptureQueriesContext(connection) as by_session:
        assert client.get("/api/who/").status_code == 200
    assert len(by_session) == 2, "the session, the user"
    ask = drf_token(member.user)
    with CaptureQueriesContext(connection) as by_token:
        assert lets_in(ask, member.user)
    assert len(by_token) == 2, "the token with its user, and what decides"


def test_who_is_not_signed_in_is_left_to_the_other_permissions(client):
    assert client.get("/api/who/").status_code == 401


# Making a token is no sign-in to the site


def test_a_token_that_is_made_begins_no_session(provisioned, basic, client):
    member = provisioned()
    response = client.post(LOGIN, headers=basic(member.user))
    assert response.status_code == 200
    assert response.json()["token"]
    assert not response.cookies
    assert not LiveSession.objects.exists()
    assert LoginEvent.objects.get(user=member.user).action == "signed_in"


@pytest.mark.parametrize(
    "backend", ["django.contrib.auth.backends.ModelBackend", "django_org_members.policy.backend.MembersBackend"]
)
def test_nor_does_it_use_a_temporary_password_up(reset, basic, enter, is_signed_in, client, backend):
    member, temporary = reset()
    with override_settings(AUTHENTICATION_BACKENDS=[backend]):
        assert client.post(LOGIN, headers=basic(member.user, temporary)).status_code == 200
    assert is_signed_in(enter(member, temporary)[0])


def test_nor_is_it_an_answer_to_who_somebody_is(provisioned, sign_in, client):
    """By the session alone: nobody gave a password."""
    member = provisioned()
    sign_in(client, member.user)
    session = client.session
    session[reauthentication.SESSION_KEY] = {"user": str(member.user.pk), "at": 0}
    session.save()
    assert client.post(LOGIN).status_code == 200
    assert client.session[reauthentication.SESSION_KEY]["at"] == 0
