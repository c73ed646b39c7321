"""One's own sign-in activity: everything of one's own, and nothing of anybody else's."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members.keyset import Cursor, written
from django_org_members.models import Account, LoginEvent

pytestmark = pytest.mark.django_db
Action, Reason = LoginEvent.Action, LoginEvent.Reason


@pytest.fixture
def url():
    return reverse("org_members:activity")


@pytest.fixture
def happened():
    """Store events: `happened(user, 30, **fields)`, each with an address of its own."""

    def make(user, number=1, **fields):
        fields.setdefault("action", Action.SIGNED_IN)
        events = [LoginEvent(user=user, ip_address=f"192.0.2.{each + 1}", **fields) for each in range(number)]
        return LoginEvent.objects.bulk_create(events)

    return make


def shown(response):
    return re.findall(r"<bdi>([\d.]+)</bdi>", response.content.decode())


def test_it_is_for_people_who_are_signed_in(client, url):
    response = client.get(url)
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_one_s_own_events_in_words(make_user, sign_in, client, url, happened):
    user, other = make_user(), make_user()
    happened(user, action=Action.SIGN_IN_FAILED, succeeded=False, reason=Reason.MFA_CODE_MISSING)
    LoginEvent.objects.create(user=other, action=Action.SIGNED_IN, ip_address="198.51.100.7")
    LoginEvent.objects.create(user=None, action=Action.SIGN_IN_FAILED, ip_address="198.51.100.8")
    page = sign_in(client, user).get(url).content.decode()
    for words in ("Your sign-in activity", "Sign-in failed", "Failure", "Second factor missing", "192.0.2.1"):
        assert words in page
    assert "198.51.100" not in page
    assert 'style="' not in page
    assert "<script" not in page


def test_it_tells_what_to_do_about_what_was_not_oneself(make_user, sign_in, client, url):
    link = 'href="/account/password/"'
    assert link in sign_in(client, make_user()).get(url).content.decode()
    without = make_user(password=None)
    assert link not in sign_in(client, without).get(url).content.decode()


def test_it_is_paged_from_newest_to_oldest_and_back(make_user, sign_in, client, url, happened):
    user = make_user()
    happened(user, 60)
    pages, place = [], ""
    sign_in(client, user)
    while True:
        response = client.get(url + place)
        pages.append(shown(response))
        links = re.findall(r'href="(\?before=[^"]+)"', response.content.decode())
        if not links:
            break
        (place,) = links
    found = [address for page in pages for address in page]
    assert found == [f"192.0.2.{number}" for number in range(60, 0, -1)], "ties in the order of their coming"
    (place,) = re.findall(r'href="(\?after=[^"]+)"', response.content.decode())
    assert shown(client.get(url + place)) == pages[-2]


@pytest.mark.parametrize("name", ["user", "user_id", "member_id"])
def test_no_address_shows_somebody_else_s(make_user, sign_in, client, url, happened, name):
    user, other = make_user(), make_user()
    (theirs,) = happened(other)
    sign_in(client, user)
    cursor = written(Cursor.of(theirs))
    for query in ({name: other.pk}, {"before": cursor}, {"after": cursor}):
        assert "192.0.2.1" not in client.get(url, query).content.decode()


def test_back_leads_nowhere_else(make_user, sign_in, client, url):
    page = sign_in(client, make_user()).get(url, {"next": "https://evil.example/"}).content.decode()
    assert "evil" not in page


def test_a_temporary_password_is_changed_first(make_user, sign_in, client, url):
    user = make_user()
    Account.objects.update_or_create(user=user, defaults={"must_change_password": True})
    assert sign_in(client, user).get(url)["Location"].startswith("/account/password/")


def test_it_costs_the_same_for_any_number_of_events(make_user, sign_in, client, url, happened):
    user = make_user()
    sign_in(client, user)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    few = queries()
    happened(user, 200)
    assert queries() == few <= 4


def test_it_is_not_kept_by_the_browser(make_user, sign_in, client, url):
    assert "no-store" in sign_in(client, make_user()).get(url)["Cache-Control"]
