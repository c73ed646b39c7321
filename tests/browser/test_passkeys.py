"""A passkey is added and asked for by a real browser with an authenticator of its own making.

Run with `--ds=tests.settings.all_methods`.
"""

from __future__ import annotations

import time

import pytest
from django.apps import apps
from django.contrib.sessions.backends.db import SessionStore

from django_org_members.accounts import mfa, reauthentication
from django_org_members.models import LoginEvent

from .test_pages import findings
from .views import OURS

pytestmark = pytest.mark.skipif(
    not apps.is_installed("django_otp_webauthn"), reason="passkeys: run with --ds=tests.settings.all_methods."
)


@pytest.fixture
def authenticator():
    """Give a page an authenticator that says yes."""

    def make(page):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})

    return make


@pytest.fixture
def somebody(browse, member_of, settings, site, authenticator):
    """An Admin, signed in, at a browser with an authenticator: the person, the page and the member."""
    settings.OTP_WEBAUTHN_ALLOWED_ORIGINS = [site]
    member = member_of("Adaeze Nwosu")
    person = browse()
    authenticator(person.page)
    person.sign_in(member.email)
    return person, person.page, member


def test_a_passkey_is_added_asked_for_and_removed(somebody):
    person, page, member = somebody

    page.goto("/account/mfa/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account/mfa/")
    page.get_by_role("listitem").get_by_text("Passkey", exact=True).first.wait_for()
    assert mfa.ways(member.user) == mfa.Ways(passkey=True)
    assert LoginEvent.objects.filter(user=member.user, action="mfa_enrolled").exists()

    page.goto("/org/")
    page.get_by_role("table", name="Members").wait_for()
    page.context.clear_cookies()
    person.sign_in(member.email)
    page.get_by_role("button", name="Use a passkey").wait_for()
    assert findings(page, OURS) == []
    page.get_by_role("heading", name="Second step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("table", name="Members").wait_for()

    page.goto("/account/mfa/")
    page.get_by_role("link", name="Remove").click()
    page.get_by_text("This is your last method").wait_for()
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("no second factor yet").wait_for()
    assert mfa.methods([member.user]) == {}


def test_a_passkey_confirms_who_one_is(somebody):
    _, page, _ = somebody
    page.goto("/account/mfa/passkey/")
    page.get_by_role("button", name="Add a passkey").click()
    page.wait_for_url("**/account/mfa/")
    was_confirmed_long_ago(page)

    page.goto("/account/mfa/passkey/")
    page.get_by_role("heading", name="Confirm it is you").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Add a passkey").wait_for()


def was_confirmed_long_ago(page):
    (key,) = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid"]
    session = SessionStore(key)
    session[reauthentication.SESSION_KEY] = {**session[reauthentication.SESSION_KEY], "at": int(time.time()) - 3600}
    session.save()
