"""Sessions end at the next request, all or one, on every engine, in synchronous and asynchronous stacks."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, login
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import sessions
from django_org_members.accounts.middleware import AccountMiddleware
from django_org_members.models import Account, LiveSession, Membership, Role
from tests.otp import TOTPDevice

from .stacks import Browser

ENGINES = ["db", "cache", "cached_db", "file", "signed_cookies"]
STACKS = ["sync", "async"]
ENDING = ["reset-password", "reset-mfa", "disable", "remove", "sign-out"]
IN_DATABASE = int(settings.SESSION_ENGINE.endswith(".db"))
"""One query for the session itself, where the project keeps it there."""
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.stacks")]


@pytest.fixture(params=ENGINES)
def engine(request, settings, tmp_path):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    return request.param


@pytest.fixture(params=STACKS)
def browser(request, password):
    """A browser in which somebody is signed in by the form: `browser(user)`."""
    return lambda user: Browser(request.param).sign_in(user, password)


@pytest.fixture
def login_required(settings):
    """The project lets nobody in who is not signed in."""
    after = settings.MIDDLEWARE.index("django_org_members.accounts.middleware.AccountMiddleware") + 1
    login_required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:after], login_required, *settings.MIDDLEWARE[after:]]


def perform(name, organization, member, **params):
    """Do it as the Owner; resetting MFA needs a method that the sign-in did not ask for."""
    if name == "reset-mfa":
        TOTPDevice.objects.create(user=member.user, confirmed=False)
    outcome = actions.perform(name, actor=organization.owner, members=[member], **params)
    assert outcome.done == [member]


# On every engine, in both stacks


@pytest.mark.parametrize("action", ENDING)
def test_what_ends_sessions_ends_them_at_the_next_request(engine, acme, provisioned, browser, action):
    member = provisioned(role="admin")
    first, second = browser(member.user), browser(member.user)

    perform(action, acme, member)

    for each in (first, second, first.copy()):
        assert not each.is_signed_in(member.user)
        assert not each.is_signed_in(member.user), "and stays dead"
    assert sessions.listed(member.user).shown == []


@pytest.mark.parametrize("action", ENDING)
def test_the_actor_s_own_sessions_survive_what_is_done_to_others(engine, acme, provisioned, browser, action):
    owner, bystander = browser(acme.owner), provisioned()
    theirs = browser(bystander.user)
    perform(action, acme, provisioned(role="admin"))
    assert owner.is_signed_in(acme.owner)
    assert theirs.is_signed_in(bystander.user)


def test_the_old_cookie_of_a_re_enabled_person_stays_dead(engine, acme, provisioned, browser):
    member = provisioned(role="admin")
    old = browser(member.user)
    replayed = old.copy()
    perform("disable", acme, member)
    perform("enable", acme, member)
    assert not old.is_signed_in(member.user)
    assert not replayed.is_signed_in(member.user)
    assert browser(member.user).is_signed_in(member.user), "signing in again works"
    assert not replayed.is_signed_in(member.user)


def test_the_cookie_of_a_session_that_was_signed_out_opens_nothing(engine, acme, provisioned, browser):
    member = provisioned(role="admin")
    mine, other = browser(member.user), browser(member.user)
    stolen = mine.copy()
    assert stolen.is_signed_in(member.user)

    mine.post(reverse("org_members:logout"))

    assert not stolen.is_signed_in(member.user)
    assert not mine.is_signed_in(member.user)
    assert other.is_signed_in(member.user), "another browser's goes on"


def test_one_session_ends_alone(engine, acme, provisioned, browser):
    member = provisioned(role="admin")
    one, other = browser(member.user), browser(member.user)
    stolen = one.copy()

    perform("end-session", acme, member, session=sessions.id_of(one.session))

    assert not one.is_signed_in(member.user)
    assert not stolen.is_signed_in(member.user)
    assert other.is_signed_in(member.user)
    assert [row.pk for row in sessions.live(member.user)] == [sessions.id_of(other.session)]


def test_signing_out_everywhere_else_leaves_this_browser(engine, provisioned, browser):
    member = provisioned(role="admin")
    here, elsewhere = browser(member.user), browser(member.user)
    here.post(reverse("org_members:sessions"), {"others": "1"})
    assert here.is_signed_in(member.user)
    assert not elsewhere.is_signed_in(member.user)
    assert [row.pk for row in sessions.live(member.user)] == [sessions.id_of(here.session)]


def test_a_project_that_requires_signing_in_everywhere_leads_to_the_sign_in(
    engine, login_required, acme, provisioned, browser
):
    member = provisioned(role="admin")
    one, other = browser(member.user), browser(member.user)
    perform("end-session", acme, member, session=sessions.id_of(one.session))
    assert "/login/" in one.get(f"/who/{one.kind}/")["Location"]
    assert other.is_signed_in(member.user)
    perform("sign-out", acme, member)
    assert "/login/" in other.get(f"/who/{one.kind}/")["Location"]
    browser(member.user)


def test_signing_in_as_somebody_else_ends_the_session_before(engine, provisioned, browser, password):
    one, other = provisioned(role="admin"), provisioned(role="admin")
    mine = browser(one.user)
    stolen = mine.copy()
    mine.sign_in(other.user, password)
    assert not stolen.is_signed_in(one.user)
    assert sessions.listed(one.user).shown == []


def test_signing_in_again_is_the_same_session(engine, provisioned, browser, password):
    member = provisioned(role="admin")
    mine = browser(member.user)
    mine.sign_in(member.user, password)
    assert len(sessions.listed(member.user).shown) == 1


# Beginning


def test_a_session_that_was_ended_while_it_began_never_lives(rf, provisioned, acme, password):
    """The password was checked, then the sessions were ended, then the session was made."""
    member = provisioned(role="admin")
    request = rf.post("/")
    request.session = Client().session
    user = authenticate(request, username=member.user.get_username(), password=password)
    actions.perform("sign-out", actor=acme.owner, members=[member])
    login(request, user)
    state = sessions.state(member.user, sessions.id_of(request.session))
    assert not sessions.is_live(request.session, state)
    assert sessions.listed(member.user).shown == []


def test_a_request_factory_is_enough_to_sign_in(make_user):
    request = RequestFactory().get("/")
    request.session = Client().session
    login(request, make_user(), backend="django_org_members.policy.backend.MembersBackend")
    assert request.session[sessions.EPOCH_KEY] == 0


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


def test_who_belongs_elsewhere_stays_signed_in(acme, provisioned, make_organization, browser):
    member = provisioned(role="admin")
    other = make_organization()
    Membership.objects.create(organization=other, user=member.user, role=Role.objects.member())
    theirs = browser(member.user)
    perform("remove", acme, member)
    assert theirs.is_signed_in(member.user)
    assert LiveSession.objects.filter(user=member.user).exists()


# What it costs


def test_the_check_costs_no_query_of_its_own(acme, sign_in, client):
    """The session, and the user with all that decides: nothing else, whoever it is."""
    sign_in(client, acme.owner)
    with CaptureQueriesContext(connection) as queries:
        client.get("/who/sync/")
    assert len(queries) == IN_DATABASE + 1, "the session, the user"
    assert "org_members_account" in queries[-1]["sql"]
    assert "org_members_livesession" in queries[-1]["sql"]


def test_another_backend_costs_one_query(acme, client, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
    Account.objects.create(user=acme.owner, session_epoch=0)
    client.force_login(acme.owner)
    with CaptureQueriesContext(connection) as queries:
        client.get("/who/sync/")
    assert len(queries) == IN_DATABASE + 2, "the session, the user, and what decides"


def test_a_request_without_a_session_user_reads_nothing(client):
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("org_members:invitation", args=["x"]))
    assert len(queries) == 1


def test_a_page_for_everybody_does_not_vary_by_cookie():
    """A request without a session cookie is not looked at: a cache in front of the site can keep the answer."""
    seen = []

    def page(request):
        seen.append(request.session.accessed)
        return HttpResponse("for everybody")

    request = RequestFactory().get("/")
    SessionMiddleware(AccountMiddleware(page))(request)
    assert seen == [False]
    assert not request.session.accessed
