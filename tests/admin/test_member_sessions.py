"""The Security tab lists a member's live sessions, and ends one or all."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import actions, signals
from django_org_members.accounts import sessions
from django_org_members.models import Account, AuditEvent, LiveSession, LoginEvent

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
BUDGET = 15


@pytest.fixture
def signed_in(sign_in):
    """A client in which somebody is signed in: `signed_in(user)`."""
    return lambda user: sign_in(Client(), user)


@pytest.fixture
def make_session():
    """Store a live session: `make_session(user, **fields)`."""

    def make(user, **fields):
        lives = {"ip_address": "192.0.2.7", "user_agent": FIREFOX, "expires_at": timezone.now() + timedelta(days=1)}
        return LiveSession.objects.create(user=user, **lives | fields)

    return make


@pytest.fixture
def security(as_user, page_url, admin_member):
    """Return the text of the Security tab: `security(member, user=admin, site="org")`."""

    def open_page(member, *, user=None, site="org"):
        url = page_url("member_security", site=site, member_id=member.pk)
        return as_user(user or admin_member.user).get(url).content.decode()

    return open_page


@pytest.fixture
def end_url(page_url):
    return lambda member: page_url("member_action", member_id=member.pk, action="end-session")


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_tab_tells_device_address_since_and_last_seen(security, provisioned, make_session):
    member = provisioned()
    since, seen = timezone.now() - timedelta(days=40), timezone.now() - timedelta(days=3)
    row = make_session(member.user, created_at=since, last_seen_at=seen)
    page = security(member)
    assert "Firefox on Linux" in page or FIREFOX[:59] in page
    assert "192.0.2.7" in page
    assert f'value="{row.pk}"' in page
    section = page.partition('id="om-sessions-title"')[2].partition("</section>")[0]
    times = re.findall(r'<time datetime="(\d{4}-\d\d-\d\d)', section)
    assert times == [since.strftime("%Y-%m-%d"), seen.strftime("%Y-%m-%d")]
    assert "Sign Out Everywhere" in section


def test_two_on_one_kind_of_device_have_buttons_of_different_names(security, provisioned, make_session):
    member = provisioned()
    for address in ("192.0.2.7", "192.0.2.8"):
        make_session(member.user, ip_address=address)
    names = re.findall(r'aria-label="(End the session[^"]+)"', security(member))
    assert len(names) == len(set(names)) == 2


def test_without_any_it_says_so(security, provisioned):
    assert "No live sessions." in security(provisioned())


def test_those_that_are_over_are_not_listed(security, provisioned, make_session):
    member = provisioned()
    expired = make_session(member.user, expires_at=timezone.now() - timedelta(seconds=1))
    ended = make_session(member.user, epoch=3)
    page = security(member)
    assert str(expired.pk) not in page
    assert str(ended.pk) not in page


@pytest.mark.parametrize(("count", "words"), [(25, None), (26, "And 1 more"), (60, "And 35 more")])
def test_the_newest_are_shown_and_the_others_counted(security, provisioned, make_session, count, words):
    member = provisioned()
    for number in range(count):
        make_session(member.user, last_seen_at=timezone.now() - timedelta(hours=number))
    page = security(member)
    assert page.count('name="session"') == min(count, 25)
    assert (words in page) if words else "more, seen before these" not in page
    assert str(sessions.live(member.user)[0].pk) in page


def test_what_a_client_calls_itself_brings_no_markup(security, provisioned, make_session):
    member = provisioned()
    make_session(member.user, user_agent='"><script>alert(1)</script>')
    assert "<script>alert" not in security(member)


def test_the_reason_stands_in_place_of_the_list(
    acme, security, provisioned, make_member, make_organization, make_session, make_role
):
    shared, ours = provisioned(), provisioned()
    make_member(make_organization(), user=shared.user)
    for member in (shared, ours):
        make_session(member.user)
    page = security(shared)
    assert "This person also belongs to another organization" in page
    assert "192.0.2.7" not in page
    viewer = make_member(acme, role=make_role(acme, "view_members"))
    page = security(ours, user=viewer.user)
    assert "192.0.2.7" not in page
    assert 'name="session"' not in page


def test_one_s_own_session_is_marked_and_not_ended_here(as_user, page_url, acme, admin_member):
    Account.objects.create(user=admin_member.user, provisioned_by=acme)
    page = as_user(admin_member.user).get(page_url("member_security", member_id=admin_member.pk)).content.decode()
    assert "This browser" in page
    assert 'name="session"' not in page


@pytest.mark.parametrize("count", [1, 25, 60])
@pytest.mark.parametrize("site", ["org", "admin"])
def test_the_tab_keeps_to_its_budget(provisioned, as_user, page_url, admin_member, staff, make_session, site, count):
    member = provisioned()
    for _ in range(count):
        make_session(member.user)
    client = as_user(admin_member.user if site == "org" else staff)
    with CaptureQueriesContext(connection) as captured:
        client.get(page_url("member_security", site=site, member_id=member.pk))
    assert len([query for query in captured if 'FROM "org_members_livesession"' in query["sql"]]) <= 2 + 1
    assert len(captured) <= BUDGET


# Ending one


def test_one_session_is_ended_recorded_and_sent(as_user, admin_member, acme, provisioned, signed_in, end_url, caught):
    member = provisioned()
    theirs, other = signed_in(member.user), signed_in(member.user)
    row = LiveSession.objects.get(pk=sessions.id_of(theirs.session))
    LiveSession.objects.filter(pk=row.pk).update(user_agent=FIREFOX, ip_address="192.0.2.7")
    sent, all_ended, over = (
        caught(signals.member_session_ended),
        caught(signals.member_sessions_ended),
        caught(signals.sign_in_ended),
    )

    response = as_user(admin_member.user).post(end_url(member), {"session": str(row.pk)})

    assert told(response) == [f"Ended one session of {member}."]
    assert theirs.get("/account/sessions/").status_code == 302
    assert other.get("/account/sessions/").status_code == 200
    event = AuditEvent.objects.get(verb="session_ended")
    assert (event.actor_id, event.user_id) == (admin_member.user.pk, member.user.pk)
    assert set(event.details) == {"device", "ip_address"}
    assert event.details["ip_address"] == "192.0.2.7"
    assert LoginEvent.objects.filter(user=member.user, action="session_ended").count() == 1
    assert [(kwargs["members"], kwargs["session"].pk) for kwargs in sent] == [([member], row.pk)]
    assert all_ended == over == [], "the others go on"


@pytest.mark.parametrize("whose", ["missing", "a colleague's", "another organization's", "ended"])
def test_an_id_that_is_not_the_member_s_is_answered_alike_and_ends_nothing(
    as_user, admin_member, provisioned, make_organization, make_session, end_url, whose
):
    member, colleague, stranger = provisioned(), provisioned(), make_organization().owner
    kept = [make_session(colleague.user), make_session(stranger)]
    ended = make_session(member.user).pk
    LiveSession.objects.filter(pk=ended).delete()
    ids = {
        "missing": uuid4(),
        "a colleague's": kept[0].pk,
        "another organization's": kept[1].pk,
        "ended": ended,
    }

    response = as_user(admin_member.user).post(end_url(member), {"session": str(ids[whose])})

    assert told(response) == [f"End Session: nothing to change for {member}."]
    assert LiveSession.objects.filter(pk__in=[row.pk for row in kept]).count() == 2
    assert not AuditEvent.objects.filter(verb="session_ended").exists()


def test_the_page_by_itself_offers_the_sessions(as_user, admin_member, provisioned, make_session, end_url):
    """Whoever comes to its address without choosing one on the tab."""
    member = provisioned()
    row = make_session(member.user)
    client = as_user(admin_member.user)
    page = client.get(end_url(member)).content.decode()
    assert f'type="radio" name="session" value="{row.pk}"' in page
    assert "This field is required." in client.post(end_url(member)).content.decode()
    assert "valid UUID" in client.post(end_url(member), {"session": "x"}).content.decode()
    assert LiveSession.objects.filter(pk=row.pk).exists()


def test_in_code_it_takes_the_id_and_nothing_else(acme, provisioned, make_session):
    member = provisioned()
    row = make_session(member.user)
    for params in ({}, {"session": "x"}):
        with pytest.raises(ValidationError) as error:
            actions.perform("end-session", actor=acme.owner, members=[member], **params)
        assert set(error.value.error_dict) == {"session"}
    assert actions.perform("end-session", actor=acme.owner, members=[member], session=str(row.pk)).done == [member]
    again = actions.perform("end-session", actor=acme.owner, members=[member], session=row.pk)
    assert again.unchanged == [member]


def test_a_shared_account_s_session_is_refused(acme, provisioned, make_member, make_organization, make_session):
    member = provisioned()
    make_member(make_organization(), user=member.user)
    row = make_session(member.user)
    outcome = actions.perform("end-session", actor=acme.owner, members=[member], session=row.pk)
    assert [verdict.code for _, verdict in outcome.refused] == ["shared"]
    assert LiveSession.objects.filter(pk=row.pk).exists()


def test_looking_ends_nothing_and_csrf_is_enforced(as_user, admin_member, provisioned, make_session, end_url):
    member = provisioned()
    row = make_session(member.user)
    client = as_user(admin_member.user)
    client.get(end_url(member), {"session": str(row.pk)})
    client.handler.enforce_csrf_checks = True
    assert client.post(end_url(member), {"session": str(row.pk)}).status_code == 403
    assert LiveSession.objects.filter(pk=row.pk).exists()
