"""Real clients: two Chromium contexts and one like curl, before and after something ended their sessions."""

from __future__ import annotations

import pytest

from django_org_members import actions
from django_org_members.accounts import sessions
from django_org_members.models import LiveSession
from tests.conftest import PASSWORD
from tests.example.browser import Browser
from tests.otp import TOTPDevice

EMAIL = "camila.souza@acme.example"
OWN = "/account/sessions/"


class Chromium:
    """One of the contexts: what its next request gets."""

    def __init__(self, person):
        self.page = person.page
        person.sign_in(EMAIL, site=f"/org/login/?next={OWN}")

    def is_signed_in(self):
        answer = self.page.goto(OWN)
        return answer.status == 200 and "/login/" not in self.page.url


class Curl:
    """Neither JavaScript nor a cache: a socket, cookies and forms."""

    def __init__(self, site):
        self.browser = Browser(site)
        self.browser.sign_in("/org/", EMAIL, PASSWORD, to=OWN)

    def is_signed_in(self):
        status, where, _, _ = self.browser.get(OWN)
        return status == 200 and "/login/" not in where


@pytest.fixture
def member(member_of):
    return member_of("Camila Souza")


@pytest.fixture
def clients(browse, site, member):
    """Return the three, signed in one after the other, and the rows of their sessions in the same order."""
    signed_in, rows = [], []
    for make in (lambda: Chromium(browse()), lambda: Chromium(browse()), lambda: Curl(site)):
        signed_in.append(make())
        rows.append(LiveSession.objects.filter(user=member.user).exclude(pk__in=[row.pk for row in rows]).get())
    assert [client.is_signed_in() for client in signed_in] == [True, True, True]
    return signed_in, rows


@pytest.mark.parametrize("action", ["reset-password", "reset-mfa", "sign-out", "disable", "remove"])
def test_what_ends_all_sessions_turns_each_away_at_its_next_request(acme, member, clients, action):
    TOTPDevice.objects.create(user=member.user, confirmed=False)
    assert actions.perform(action, actor=acme.owner, members=[member]).done == [member]
    assert [client.is_signed_in() for client in clients[0]] == [False, False, False]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_one_that_is_ended_is_turned_away_and_the_others_go_on(acme, member, clients, which):
    signed_in, rows = clients
    assert actions.perform("end-session", actor=acme.owner, members=[member], session=rows[which].pk).done
    assert [client.is_signed_in() for client in signed_in] == [number != which for number in range(3)]


def test_after_a_new_password_each_signs_in_with_that_one_only(acme, member, clients, browse, site):
    outcome = actions.perform("reset-password", actor=acme.owner, members=[member])
    password = outcome.secrets[member.pk]
    curl = Browser(site)
    _, where, _, _ = curl.sign_in("/org/", EMAIL, PASSWORD, to=OWN)
    assert "/login/" in where
    _, where, page, _ = curl.sign_in("/org/", EMAIL, str(password), to=OWN)
    assert "/account/password/" in where
    assert "temporary password" in page
    assert [client.is_signed_in() for client in clients[0]] == [False, False, False]


def test_a_person_ends_the_others_on_the_own_page(member, clients):
    (here, there, curl), rows = clients
    here.page.goto(OWN)
    assert here.page.get_by_text("This browser").count() == 1
    assert here.page.get_by_role("button", name="End the session").count() == 2
    here.page.locator("li", has=here.page.locator(f'[value="{rows[1].pk}"]')).get_by_role("button").click()
    here.page.get_by_text("The session has ended.").wait_for()
    assert [each.is_signed_in() for each in (here, there, curl)] == [True, False, True]
    here.page.get_by_role("button", name="Sign out everywhere else").click()
    here.page.get_by_text("You are signed out everywhere else.").wait_for()
    assert [each.is_signed_in() for each in (here, there, curl)] == [True, False, False]
    assert [row.pk for row in sessions.live(member.user)] == [rows[0].pk]


@pytest.mark.parametrize("js", [True, False])
def test_a_manager_ends_one_on_the_security_tab(acme, member, clients, browse, js):
    (here, there, curl), rows = clients
    manager = browse(js=js).sign_in("admin@acme.example")
    pane = manager.open_member("Camila Souza", "Security")
    assert pane.get_by_role("button", name="End the session").count() == 3
    pane.locator("li", has=manager.page.locator(f'[value="{rows[2].pk}"]')).get_by_role("button").click()
    manager.told("Ended one session of Camila Souza.")
    assert [each.is_signed_in() for each in (here, there, curl)] == [True, True, False]
