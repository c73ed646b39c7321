"""The rows of sessions: when they are written, what happens where they cannot be, and how they go."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier
from unittest import mock
from uuid import UUID

import pytest
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.models import Manager
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.accounts import agents, clients, sessions
from django_org_members.models import Account, LiveSession
from django_org_members.models.sign_in_states import with_state
from tests.racing import at_once

from .stacks import Browser, who

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
REMEMBERED = timedelta(days=90)


@login_not_required
def sign_in_remembered(request):
    """A project's own sign-in, which sets the expiry after it."""
    user = Account._meta.get_field("user").related_model._default_manager.get(pk=request.GET["user"])
    login(request, user, backend="django_org_members.policy.backend.MembersBackend")
    request.session.set_expiry(REMEMBERED)
    return HttpResponse("in")


urlpatterns = [
    path("remembered/", sign_in_remembered),
    path("who/sync/", who),
    path("", include("tests.urls")),
]


def is_in(client, user):
    return client.get("/who/sync/").content.decode() == str(user.pk)


@pytest.fixture
def signed_in(sign_in):
    """A client in which somebody is signed in: `signed_in(user)`."""
    return lambda user: sign_in(Client(), user)


def forget_row(client):
    """As a session is from before the installation: neither a stamp nor a row."""
    LiveSession.objects.filter(pk=sessions.id_of(client.session)).delete()
    session = client.session
    del session[sessions.EPOCH_KEY], session[sessions.ID_KEY]
    session.save()


def age(row, ago):
    LiveSession.objects.filter(pk=row.pk).update(last_seen_at=timezone.now() - ago)


def written(client):
    """Return the statements of a request that write a session's row."""
    with CaptureQueriesContext(connection) as queries:
        client.get("/who/sync/")
    statements = [query["sql"] for query in queries]
    return [sql for sql in statements if "livesession" in sql and sql.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_sign_in_stores_where_it_came_from(provisioned, password):
    member = provisioned(role="admin")
    client = Client(headers={"user-agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")
    client.post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
    row = LiveSession.objects.get(user=member.user)
    assert (row.ip_address, row.user_agent) == ("192.0.2.7", FIREFOX)
    assert row.expires_at > timezone.now() + timedelta(days=13)
    assert client.session[sessions.ID_KEY] == str(row.pk)


@pytest.mark.parametrize("pk", ["82dab87a-2971-86c1-7f96-9942bcfd6bf7", "0" * 32, "f" * 32])
def test_an_id_of_no_known_kind_ends_nothing(make_user, signed_in, pk):
    """MariaDB has a type of its own for them, and is particular."""
    user = make_user()
    client = signed_in(user)
    assert sessions.end_one(user, UUID(pk)) is None
    client.post(reverse("org_members:sessions"), {"session": pk})
    session = client.session
    session[sessions.ID_KEY] = pk
    session.save()
    assert not is_in(client, user)


@pytest.mark.parametrize("odd", ["", "x", "0" * 400, 7, None, ["x"], {"pk": 1}])
def test_something_odd_in_place_of_the_id_names_no_session(make_user, signed_in, odd):
    user = make_user()
    client = signed_in(user)
    session = client.session
    session[sessions.ID_KEY] = odd
    assert sessions.id_of(session) is None


def test_the_row_of_somebody_else_keeps_no_session_alive(make_user, signed_in):
    one, other = make_user(), make_user()
    mine, theirs = signed_in(one), signed_in(other)
    session = mine.session
    session[sessions.ID_KEY] = theirs.session[sessions.ID_KEY]
    session.save()
    assert not is_in(mine, one)
    assert is_in(theirs, other)


# Being seen


def test_a_request_writes_nothing_for_five_minutes_and_then_once(make_user, signed_in):
    user = make_user()
    client = signed_in(user)
    row = LiveSession.objects.get(user=user)
    assert written(client) == []
    age(row, sessions.SEEN_EVERY)
    assert len(written(client)) == 1
    assert written(client) == []
    row.refresh_from_db()
    assert timezone.now() - row.last_seen_at < timedelta(minutes=1)


def test_the_address_is_the_one_it_was_last_seen_at(make_user, signed_in):
    user = make_user()
    client = signed_in(user)
    row = LiveSession.objects.get(user=user)
    age(row, timedelta(hours=1))
    client.get("/who/sync/", REMOTE_ADDR="192.0.2.200", headers={"user-agent": FIREFOX})
    row.refresh_from_db()
    assert (row.ip_address, row.user_agent) == ("192.0.2.200", FIREFOX)


def test_a_row_never_expires_before_its_session(make_user):
    """Also where the project sets the expiry after the sign-in: "remember me"."""
    user = make_user()
    client = Client()
    client.get(f"/remembered/?user={user.pk}")
    row = LiveSession.objects.get(user=user)
    assert row.expires_at >= client.session.get_expiry_date()
    assert is_in(client, user)


# Without a row


def test_sessions_from_before_the_installation_go_on_and_get_a_row(make_user, signed_in):
    user = make_user()
    client = signed_in(user)
    forget_row(client)
    assert is_in(client, user)
    (row,) = sessions.live(user)
    assert sessions.id_of(client.session) == row.pk
    assert written(client) == []
    sessions.end_one(user, row.pk)
    assert not is_in(client, user)


def test_two_requests_in_turn_with_the_same_old_data_store_one_row(make_user, signed_in):
    """Both read the session before the other one wrote it."""
    user = make_user()
    client = signed_in(user)
    forget_row(client)
    store = client.session.__class__
    for _ in range(2):
        session = store(client.session.session_key)
        known = sessions.state(user, sessions.id_of(session))
        sessions.see(session, user, known, clients.Client())
        assert sessions.id_of(session) == LiveSession.objects.get(user=user).pk


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions")
def test_two_requests_at_once_store_one_row_and_one_end_ends_the_session(make_user, signed_in, monkeypatch):
    user = make_user()
    client = signed_in(user)
    forget_row(client)
    cookie = client.cookies["sessionid"].value
    together, insert = Barrier(2), sessions._insert

    def both_insert(row):
        together.wait(timeout=30)
        return insert(row)

    monkeypatch.setattr(sessions, "_insert", both_insert)
    answers = at_once([lambda: Browser("sync", cookie).is_signed_in(user)] * 2)

    assert answers == [True, True]
    (row,) = LiveSession.objects.filter(user=user)
    assert Browser("sync", cookie).is_signed_in(user)
    assert sessions.end_one(user, row.pk) is not None
    assert not Browser("sync", cookie).is_signed_in(user)


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions")
def test_of_two_who_end_the_same_session_one_does(make_organization, make_member, signed_in):
    acme = make_organization()
    member = make_member(acme)
    Account.objects.create(user=member.user, provisioned_by=acme)
    signed_in(member.user)
    row = LiveSession.objects.get(user=member.user)

    def end():
        return actions.perform("end-session", actor=acme.owner, members=[member], session=row.pk)

    outcomes = at_once([end, end])
    assert sorted(len(outcome.done) for outcome in outcomes) == [0, 1]
    assert sorted(len(outcome.unchanged) for outcome in outcomes) == [0, 1]


# What fails


def failing(*args, **kwargs):
    raise DatabaseError("the disk is full")


def test_a_row_that_cannot_be_stored_breaks_no_sign_in_and_comes_later(provisioned, password, caplog):
    member = provisioned(role="admin")
    client = Client()
    with mock.patch.object(LiveSession, "save", failing):
        client.post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
        assert is_in(client, member.user)
    assert "could not be noted" in caplog.text
    assert not LiveSession.objects.exists()
    assert is_in(client, member.user)
    assert LiveSession.objects.filter(user=member.user).count() == 1


@pytest.mark.parametrize("step", ["see", "sign out"])
def test_a_row_that_cannot_be_written_breaks_no_request(make_user, signed_in, caplog, step):
    user = make_user()
    client = signed_in(user)
    age(LiveSession.objects.get(user=user), timedelta(hours=1))
    with mock.patch("django.db.models.query.QuerySet.update", failing):
        if step == "see":
            assert is_in(client, user)
    with mock.patch("django.db.models.query.QuerySet.delete", failing):
        if step == "sign out":
            client.post(reverse("org_members:logout"))
            assert not is_in(client, user)
    assert "could not be noted" in caplog.text


# How rows go


def test_only_rows_of_sessions_that_are_over_are_pruned(make_user, signed_in, capsys):
    gone, stays = make_user(), make_user()
    signed_in(gone)
    client = signed_in(stays)
    LiveSession.objects.filter(user=gone).update(expires_at=timezone.now() - timedelta(seconds=1))

    call_command("prune_sessions", "--dry-run")
    assert LiveSession.objects.count() == 2
    call_command("prune_sessions")

    assert [row.user for row in LiveSession.objects.all()] == [stays]
    assert is_in(client, stays)
    assert capsys.readouterr().out.splitlines() == [
        "1 sessions that are over would be deleted.",
        "1 sessions that are over deleted.",
    ]


def test_pruning_goes_in_batches(make_user, signed_in):
    user = make_user()
    for _ in range(5):
        signed_in(user)
    LiveSession.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert sessions.prune(batch=2) == 5
    assert not LiveSession.objects.exists()


def test_a_session_that_goes_on_without_its_row_has_to_sign_in_again(make_user, signed_in):
    """Whoever deleted it: the row is what says that a session may go on. Signing in again is all that it takes."""
    user = make_user()
    client = signed_in(user)
    LiveSession.objects.all().delete()
    assert not is_in(client, user)
    assert not client.session.get("_auth_user_id")


def test_the_rows_go_with_the_sessions_that_django_ends_at_a_new_password(make_user, signed_in, password):
    """By Django's own forms, the project's, or in code."""
    user = make_user()
    here, elsewhere = signed_in(user), signed_in(user)
    changed = {"old_password": password, "new_password1": "another-battery-9", "new_password2": "another-battery-9"}
    here.post("/account/password/", changed)
    assert is_in(here, user)
    assert not is_in(elsewhere, user)
    assert [row.pk for row in sessions.live(user)] == [sessions.id_of(here.session)]

    user.set_password("a-third-battery-10")
    user.save()
    assert sessions.listed(user).shown == []
    assert not is_in(here, user)


def test_a_row_goes_when_django_throws_its_session_away(make_user, signed_in):
    """A password that was changed by raw SQL, for example: nothing told of it before the next request."""
    user = make_user()
    client = signed_in(user)
    type(user)._default_manager.filter(pk=user.pk).update(password="another")
    assert not is_in(client, user)
    assert not LiveSession.objects.exists()


def test_rows_of_a_lower_epoch_are_not_listed(make_user, signed_in):
    user = make_user()
    signed_in(user)
    Account.objects.create(user=user, session_epoch=1)
    assert sessions.listed(user).shown == []


# Browsers in words


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            "Mobile Safari on iOS",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
            "Safari/537.36",
            "Chrome on Windows",
        ),
        ("curl/8.1.2", "curl"),
    ],
)
def test_known_clients_are_told_in_words(agent, words):
    pytest.importorskip("ua_parser", reason="The extra `agents` is not installed.")
    assert agents.in_words(agent) == words


def test_others_are_told_as_they_call_themselves_shortened():
    assert agents.in_words("") == "Unknown client"
    assert agents.in_words("Our robot") == "Our robot"
    assert agents.in_words("x" * 255) == "x" * 59 + "…"


def test_without_the_extra_the_agent_is_shown_shortened(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ua_parser", None)
    assert agents.in_words(FIREFOX) == FIREFOX[:59] + "…"


def test_the_query_is_prepared_once_but_not_for_a_manager_of_the_project_s_own(make_user):
    """Which may choose other rows each time: those of the tenant, for example."""
    model = type(make_user())
    one, other = make_user(), make_user()
    chosen = [one.pk]

    class Chosen(Manager):
        def get_queryset(self):
            return super().get_queryset().filter(pk__in=chosen)

    own = Chosen()
    own.model = model
    assert list(with_state(own)) == [one]
    chosen[:] = [other.pk]
    assert list(with_state(own)) == [other]
    assert with_state(model._base_manager) is with_state(model._base_manager)
