"""The epoch: sessions end at the next request, on every engine, in sync and async stacks."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import authenticate, login
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import sessions
from django_org_members.accounts.middleware import AccountMiddleware
from django_org_members.models import Account

ENGINES = ["db", "cache", "cached_db", "file", "signed_cookies"]


@pytest.fixture(params=ENGINES)
def engine(request, settings, tmp_path):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    return request.param


def is_live(client, index):
    """Whether the site for managers still knows who this is."""
    response = client.get(index)
    return not (response.status_code == 302 and "/login/" in response["Location"])


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["reset-password", "disable", "remove", "sign-out"])
def test_what_ends_sessions_ends_them_at_the_next_request(engine, acme, provisioned, sign_in_by_form, index, action):
    member = provisioned(role="admin")
    client = Client()
    sign_in_by_form(member.user.get_username(), client=client)
    assert is_live(client, index)

    actions.perform(action, actor=acme.owner, members=[member])

    assert not is_live(client, index)
    assert not is_live(client, index), "and stays dead"


@pytest.mark.django_db
def test_the_sessions_of_others_go_on(engine, acme, provisioned, sign_in_by_form, index):
    one, other = provisioned(role="admin"), provisioned(role="admin")
    client = Client()
    sign_in_by_form(other.user.get_username(), client=client)
    actions.perform("sign-out", actor=other.user, members=[one])
    assert is_live(client, index)


@pytest.mark.django_db
def test_the_old_cookie_of_a_re_enabled_person_stays_dead(engine, acme, provisioned, sign_in_by_form, index):
    member = provisioned(role="admin")
    client = Client()
    sign_in_by_form(member.user.get_username(), client=client)
    actions.perform("disable", actor=acme.owner, members=[member])
    actions.perform("enable", actor=acme.owner, members=[member])
    assert not is_live(client, index)
    sign_in_by_form(member.user.get_username(), client=client)
    assert is_live(client, index)


@pytest.mark.django_db
def test_a_session_that_was_ended_while_it_began_never_lives(rf, provisioned, acme, password):
    """The password was checked, then the sessions were ended, then the session was made."""
    member = provisioned(role="admin")
    request = rf.post("/")
    request.session = Client().session
    user = authenticate(request, username=member.user.get_username(), password=password)
    actions.perform("sign-out", actor=acme.owner, members=[member])
    login(request, user)
    assert not sessions.is_live(request.session, Account.objects.get(user=member.user))


@pytest.mark.django_db
def test_sessions_from_before_the_installation_go_on(acme, sign_in, client, index):
    sign_in(client, acme.owner)
    session = client.session
    del session[sessions.SESSION_KEY]
    session.save()
    assert is_live(client, index)


@pytest.mark.django_db
def test_the_check_costs_no_query_of_its_own(acme, sign_in, client):
    """The session, and the user with the account: nothing else, whoever it is."""
    sign_in(client, acme.owner)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("org_members:invitation", args=["x"]))
    tables = [query["sql"] for query in queries]
    assert sum("org_members_account" in sql for sql in tables) == 1
    assert len(tables) == 3, tables  # session, user and account, the invitation


@pytest.mark.django_db
def test_another_backend_costs_one_query(acme, client, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    Account.objects.create(user=acme.owner, session_epoch=0)
    client.force_login(acme.owner)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("org_members:invitation", args=["x"]))
    assert len(queries) == 4


@pytest.mark.django_db
def test_sessions_end_in_an_async_stack_too(make_user):
    user, url = make_user(), reverse("org_members:change_password")

    async def visit_twice():
        client = AsyncClient()
        await client.aforce_login(user, backend="django_org_members.policy.backend.MembersBackend")
        first = await client.get(url)
        await Account.objects.acreate(user=user, session_epoch=1)
        return first, await client.get(url)

    first, second = async_to_sync(visit_twice)()
    assert first.status_code == 200
    assert second.status_code == 302
    assert "/login/" in second["Location"]


@pytest.mark.django_db
def test_a_request_without_a_session_user_reads_nothing(client):
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("org_members:invitation", args=["x"]))
    assert len(queries) == 1


def test_a_request_factory_is_enough_to_sign_in(db, make_user):
    request = RequestFactory().get("/")
    request.session = Client().session
    login(request, make_user(), backend="django_org_members.policy.backend.MembersBackend")
    assert request.session[sessions.SESSION_KEY] == 0


@pytest.mark.django_db
def test_a_page_for_everybody_does_not_vary_by_cookie():
    """A request without a session cookie is not looked at: a cache in front of the site can keep the answer."""
    seen = []

    def page(request):
        seen.append(request.session.accessed)
        return HttpResponse("for everybody")

    request = RequestFactory().get("/")
    SessionMiddleware(AccountMiddleware(page))(request)
    assert seen == [False]


@pytest.mark.django_db
def test_a_cookie_from_before_the_sign_in_ended_stays_dead(
    acme, provisioned, make_member, make_organization, sign_in_by_form
):
    """Also where the person belongs to another organization, in which the access is disabled too."""
    member = provisioned(role="admin")
    elsewhere = make_member(make_organization(), user=member.user)
    actions.perform("disable", actor=elsewhere.organization.owner, members=[elsewhere])
    client = Client()
    sign_in_by_form(member.user.get_username(), client=client)
    assert client.get("/account/password/").status_code == 200
    for name in ("disable", "enable"):
        actions.perform(name, actor=acme.owner, members=[member])
        assert client.get("/account/password/").status_code == 302
