"""A person's own page of sessions."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members.accounts import sessions
from django_org_members.models import Account, LiveSession, LoginEvent
from django_org_members.signals import sign_in_ended

pytestmark = pytest.mark.django_db


@pytest.fixture
def url():
    return reverse("org_members:sessions")


@pytest.fixture
def signed_in(sign_in):
    """A client in which somebody is signed in: `signed_in(user)`."""
    return lambda user, **how: sign_in(Client(**how), user)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def recorded(user):
    return list(LoginEvent.objects.filter(user=user).exclude(action="signed_in").values_list("action", flat=True))


def test_it_lists_one_s_own_and_marks_this_browser(make_user, signed_in, url):
    user, somebody_else = make_user(), make_user()
    here, there, theirs = signed_in(user), signed_in(user), signed_in(somebody_else)
    page = here.get(url).content.decode()
    assert page.count("This browser") == 1
    assert f'value="{sessions.id_of(there.session)}"' in page
    assert f'value="{sessions.id_of(here.session)}"' not in page, "this one is left by signing out"
    assert str(sessions.id_of(theirs.session)) not in page


def test_one_is_ended_and_recorded(make_user, signed_in, url):
    user = make_user()
    here, there = signed_in(user), signed_in(user)
    response = here.post(url, {"session": sessions.id_of(there.session)}, follow=True)
    assert "The session has ended." in response.content.decode()
    assert here.get(url).status_code == 200
    assert there.get(url).status_code == 302
    assert recorded(user) == ["session_ended"]


def test_all_others_are_ended_and_recorded_and_what_else_signs_in_is_told(make_user, signed_in, url, caught):
    user = make_user()
    here, there = signed_in(user), signed_in(user)
    sent = caught(sign_in_ended)
    here.post(url, {"others": "1"})
    assert here.get(url).status_code == 200
    assert there.get(url).status_code == 302
    assert recorded(user) == ["sessions_ended"]
    assert [(each["users"], each["reason"]) for each in sent] == [([user], "sessions_ended")]


def test_a_receiver_s_error_undoes_it(make_user, signed_in, url):
    user = make_user()
    here, there = signed_in(user), signed_in(user)

    def fail(**kwargs):
        raise RuntimeError("no")

    sign_in_ended.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            here.post(url, {"others": "1"})
    finally:
        sign_in_ended.disconnect(fail)
    assert there.get(url).status_code == 200
    assert recorded(user) == []


def test_ending_this_one_is_signing_out(make_user, signed_in, url):
    user = make_user()
    here = signed_in(user)
    response = here.post(url, {"session": sessions.id_of(here.session)})
    assert "/login/" in response["Location"]
    assert here.get(url).status_code == 302
    assert recorded(user) == ["signed_out"]


@pytest.mark.parametrize("wanted", ["somebody else's", "missing", "", "x", "\x00", "0" * 5000])
def test_what_is_not_one_s_own_is_answered_alike_and_goes_on(make_user, signed_in, url, wanted):
    user, somebody_else = make_user(), make_user()
    here, theirs = signed_in(user), signed_in(somebody_else)
    ids = {"somebody else's": str(sessions.id_of(theirs.session)), "missing": str(uuid4())}
    response = here.post(url, {"session": ids.get(wanted, wanted)})
    assert (response.status_code, response["Location"]) == (302, url)
    assert told(response) == ["This session has ended already."]
    assert theirs.get(url).status_code == 200
    assert recorded(user) == []


def test_nothing_is_changed_by_looking_nor_without_the_token(make_user, signed_in, url):
    user = make_user()
    here, there = signed_in(user), signed_in(user)
    here.get(url, {"others": "1", "session": str(sessions.id_of(there.session))})
    here.handler.enforce_csrf_checks = True
    assert here.post(url, {"others": "1"}).status_code == 403
    assert there.get(url).status_code == 200


def test_who_is_not_signed_in_is_led_to_the_sign_in(client, url):
    for method in ("get", "post"):
        assert "/login/" in getattr(client, method)(url)["Location"]


def test_a_temporary_password_is_changed_first(make_user, signed_in, url):
    user = make_user()
    here = signed_in(user)
    Account.objects.create(user=user, must_change_password=True)
    assert here.get(url)["Location"].startswith(reverse("org_members:change_password"))


@pytest.mark.parametrize("count", [1, 24, 60])
def test_it_costs_the_same_for_any_number(make_user, signed_in, url, count, settings):
    user = make_user()
    for _ in range(count):
        signed_in(user)
    here = signed_in(user)
    with CaptureQueriesContext(connection) as queries:
        here.get(url)
    session = int(settings.SESSION_ENGINE.endswith(".db"))
    assert len(queries) == session + (3 if count > 24 else 2), "the session, the user, the list, and how many more"


def test_the_pages_lead_to_it(make_user, signed_in, url):
    here = signed_in(make_user())
    assert f'href="{url}"' in here.get(reverse("org_members:change_password")).content.decode()
    assert LiveSession.objects.count() == 1
