"""The confirmations of Disable and Remove say what follows."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import actions, joining
from django_org_members.models import Role

pytestmark = pytest.mark.django_db
NAMES = ["disable", "remove"]


@pytest.fixture
def client(as_user, admin_member):
    return as_user(admin_member.user)


@pytest.fixture
def sender(acme, provisioned):
    """An Admin with a pending invitation."""
    member = provisioned(role="admin", full_name="Priya <R>")
    joining.invite(actor=member.user, organization=acme, email="noemi@acme.example", role=Role.objects.member())
    return member


@pytest.fixture
def page(client, page_url):
    def make(name, member):
        return client.get(page_url("member_action", member_id=member.pk, action=name)).content.decode()

    return make


@pytest.fixture
def bulk(client, acme, list_url):
    def make(name, members, **more):
        data = {"action": name, ACTION_CHECKBOX_NAME: [member.pk for member in members], **more}
        return client.post(list_url(acme), data)

    return make


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_one_member_tells_it(page, sender, name):
    text = page(name, sender)
    assert 'aria-label="What follows"' in text
    assert "1 pending invitation that <bdi>Priya &lt;R&gt;</bdi> sent is revoked." in text
    assert "<li><bdi>noemi@acme.example</bdi></li>" in text
    assert "All sessions end." in text


def test_what_would_change_nothing_has_no_consequences(client, page, acme, provisioned, admin_member):
    member = provisioned()
    actions.perform("disable", actor=acme.owner, members=[member])
    assert "What follows" not in page("disable", member)
    owner = acme.memberships.get(user=acme.owner)
    assert "What follows" not in page("remove", owner), "refused"
    assert "What follows" not in page("sign-out", provisioned()), "says it in its description"


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_many_adds_it_up_for_those_it_reaches(acme, bulk, sender, provisioned, name):
    owner = acme.memberships.get(user=acme.owner)
    response = bulk(name, [sender, provisioned(), owner])
    told = [str(each.words) for each in response.context["preview"].consequences]
    assert told[0].startswith("Seats: 4 now, 4 afterwards" if name == "disable" else "Seats: 4 now, 2 afterwards")
    assert "1 pending invitation that they sent is revoked." in told
    assert "All sessions end." in told
    text = response.content.decode()
    assert all(words in text for words in told)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("across", [False, True])
def test_of_too_many_to_look_at_it_tells_what_is_known(acme, bulk, sender, crowd, settings, name, across):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEARCH_LIMIT": 5}
    crowd(acme, 20)
    members = list(acme.memberships.all())[:10]
    response = bulk(name, members, **({"select_across": "1"} if across else {}))
    preview = response.context["preview"]
    assert not preview.is_judged
    told = [str(each.words) for each in preview.consequences]
    assert told[0].startswith("Seats: 23 now, ")
    assert "Pending invitations that they sent are revoked." in told
    assert len(told) == 4
    assert all(words in response.content.decode() for words in told)


def test_a_role_for_many_has_none(bulk, provisioned):
    assert bulk("set-role", [provisioned()]).context["preview"].consequences == []


@pytest.mark.parametrize("name", NAMES)
def test_the_pages_cost_the_same_for_few_and_for_many(acme, client, bulk, provisioned, page, name):
    def queries(count):
        members = [provisioned(role="admin") for _ in range(count)]
        for member in members:
            email = f"guest-{member.pk}@example.com"
            joining.invite(actor=member.user, organization=acme, email=email, role=Role.objects.member())
        with CaptureQueriesContext(connection) as captured:
            assert len(bulk(name, members).context["preview"].consequences) >= 4
        return len(captured)

    queries(1)  # what is kept for the process
    few = queries(5)
    assert queries(40) == few
    member = provisioned()
    with CaptureQueriesContext(connection) as captured:
        page(name, member)
    assert len(captured) <= 15
