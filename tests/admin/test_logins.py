"""The sign-in activity of everybody, for platform staff who may read it and nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from django_org_members.models import LoginEvent

pytestmark = pytest.mark.django_db
Action, Reason = LoginEvent.Action, LoginEvent.Reason


@pytest.fixture
def url():
    return reverse("admin:org_members_loginevent_changelist")


@pytest.fixture
def root(make_user, sign_in):
    return sign_in(Client(), make_user(is_staff=True, is_superuser=True))


@pytest.fixture
def sprayed(make_user):
    """One address tried many names: one of somebody, the others of nobody. Another signed in."""
    victim = make_user(full_name="Vera Victim")
    now = timezone.now()
    LoginEvent.objects.bulk_create(
        LoginEvent(
            user=None if number else victim,
            action=Action.SIGN_IN_FAILED,
            succeeded=False,
            reason=Reason.UNKNOWN_USER if number else Reason.WRONG_PASSWORD,
            ip_address="198.51.100.4" if number % 2 else "2001:db8::4",
            user_agent="<script>alert(1)</script>",
            created_at=now - timedelta(minutes=number),
        )
        for number in range(120)
    )
    LoginEvent.objects.create(user=victim, action=Action.SIGNED_IN, ip_address="192.0.2.7")
    return victim


def shown(response):
    return response.content.decode().count('class="om-events__what"')


def test_failures_are_seen_with_and_without_somebody(root, url, sprayed):
    page = root.get(url).content.decode()
    for words in ("Vera Victim", "Nobody", "Unknown user", "Wrong password", "198.51.100.4"):
        assert words in page
    assert "192.0.2.7" not in page, "it succeeded"
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({}, 50),
        ({"show": "unknown"}, 50),
        ({"show": "succeeded", "address": "192.0.2.7"}, 1),
        ({"address": "192.0.2.7"}, 0),
        ({"address": "2001:DB8:0::4"}, 50),
        ({"address": "junk"}, 0),
        ({"address": "' OR 1=1"}, 0),
        ({"show": "junk"}, 0),
        ({"before": "junk", "after": "junk"}, 50),
    ],
)
def test_what_is_asked_for(root, url, sprayed, asked, number):
    assert shown(root.get(url, asked)) == number


def test_the_pages_keep_what_was_asked(root, url, sprayed):
    place, sizes = "?address=198.51.100.4", []
    while True:
        page = root.get(url + place)
        assert "2001:db8::4" not in page.content.decode()
        sizes.append(shown(page))
        older = re.findall(r'href="(\?[^"]*before=[^"]+)"', page.content.decode())
        if not older:
            break
        place = older[0].replace("&amp;", "&")
    assert sizes == [50, 10]


def test_it_takes_the_permission_to_see_it(make_user, sign_in, url):
    staff = make_user(is_staff=True)
    client = sign_in(Client(), staff)
    assert client.get(url).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_loginevent"))
    assert client.get(url).status_code == 200
    staff.is_staff = False
    staff.save()
    assert client.get(url).status_code == 302


def test_managers_of_an_organization_do_not_have_it(make_organization, sign_in, url):
    owner = make_organization().owner
    with pytest.raises(NoReverseMatch):
        reverse("org:org_members_loginevent_changelist")
    assert sign_in(Client(), owner).get(url).status_code == 302, "to the sign-in"


def test_nothing_can_be_written(root, url, sprayed):
    number = LoginEvent.objects.count()
    event = LoginEvent.objects.first()
    for path in (url + "add/", f"{url}{event.pk}/change/", f"{url}{event.pk}/delete/"):
        assert root.post(path).status_code == 404
    root.post(url, {"action": "delete_selected", "_selected_action": [event.pk]})
    assert LoginEvent.objects.count() == number
    assert root.get(reverse("admin:app_list", args=["org_members"])).status_code == 200


def test_it_counts_nothing_and_costs_the_same(root, url, sprayed):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            root.get(url)
        assert not [query for query in captured if "COUNT(" in query["sql"]]
        return len(captured)

    few = queries()
    LoginEvent.objects.bulk_create(
        LoginEvent(user=sprayed, action=Action.SIGN_IN_FAILED, succeeded=False) for _ in range(300)
    )
    assert queries() == few <= 4
