"""Transfer Ownership on the pages: where it is found, that it asks again, and what it says."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages

from django_org_members import actions
from django_org_members.accounts import reauthentication
from django_org_members.models import AuditEvent, Membership, Organization, Role

pytestmark = pytest.mark.django_db
CONFIRM = "/account/confirm/"


@pytest.fixture
def heir(acme, make_member):
    return make_member(acme, full_name="Camila Souza", email="camila@acme.example")


@pytest.fixture
def transfer_url(page_url, heir):
    return lambda site="org", member=heir: page_url(
        "member_action", site=site, member_id=member.pk, action="transfer-ownership"
    )


@pytest.fixture
def stale(as_user):
    """A client whose sign-in was a quarter of an hour ago: `stale(user)`."""

    def make(user):
        client = as_user(user)
        grow_old(client)
        return client

    return make


def grow_old(client):
    session = client.session
    session[reauthentication.SESSION_KEY] = {**session[reauthentication.SESSION_KEY], "at": 0}
    session.save()


def owner_of(acme):
    return Organization.objects.get(pk=acme.pk).owner


def confirm(client, response, password):
    """Go to the page that asks, answer, and return what comes of it."""
    assert response["Location"].startswith(f"{CONFIRM}?next=/"), response["Location"]
    (target,) = parse_qs(urlsplit(response["Location"]).query)["next"]
    return client.post(CONFIRM, {"password": password, "next": target}, follow=True)


# Doing it


@pytest.mark.parametrize("site", ["org", "admin"])
def test_the_owner_transfers_it(acme, as_user, heir, transfer_url, site, list_url):
    owner = acme.owner
    owner.is_staff = True
    owner.save()
    client = as_user(owner)
    page = client.get(transfer_url(site)).content.decode()
    assert "<bdi>Camila Souza</bdi> becomes Owner." in page
    assert "<bdi>Olivia Owens</bdi> becomes Admin." in page
    assert "<textarea" not in page, "the Owner gives no reason"
    response = client.post(transfer_url(site))
    assert response["Location"] == list_url(acme, site)
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Camila Souza is the Owner now."]
    assert owner_of(acme) == heir.user
    assert client.post(transfer_url(site)).status_code == 403, "a second click is an Admin's"


def test_a_superuser_is_asked_for_a_reason(acme, as_user, staff, heir, transfer_url):
    client = as_user(staff)
    url = transfer_url("admin")
    assert "<textarea" in client.get(url).content.decode()
    for reason in ("", " \n ", "x" * 501, "a\x07b"):
        response = client.post(url, {"reason": reason})
        assert list(response.context["form"].errors) == ["reason"]
        assert response.context["form"]["reason"].value() == reason
    assert owner_of(acme) == acme.owner
    assert client.post(url, {"reason": "The Owner\r\nhas left."}).status_code == 302
    assert owner_of(acme) == heir.user
    assert AuditEvent.objects.get(verb="ownership_transferred").details["reason"] == "The Owner\nhas left."


def test_an_admin_is_refused(acme, as_user, admin_member, transfer_url):
    client = as_user(admin_member.user)
    assert "Your role does not let you do this." in client.get(transfer_url()).content.decode()
    assert client.post(transfer_url(), {"reason": "Mine."}).status_code == 403
    assert owner_of(acme) == acme.owner


# Asking again


@pytest.mark.parametrize("site", ["org", "admin"])
def test_an_old_sign_in_is_asked_before_the_form_is_shown(
    acme, stale, staff, heir, transfer_url, password, site, list_url
):
    client = stale(acme.owner if site == "org" else staff)
    back = f"{list_url(acme, site)}?q=cam"
    response = client.get(transfer_url(site), {"next": back})
    page = confirm(client, response, password)
    assert page.request["PATH_INFO"] == transfer_url(site)
    assert page.context["back_url"] == back
    response = client.post(transfer_url(site), {"next": back, "reason": "The Owner has left."})
    assert response["Location"] == back
    assert owner_of(acme) == heir.user


def test_a_dialog_is_told_to_go_there(acme, stale, transfer_url):
    response = stale(acme.owner).get(transfer_url(), headers={"X-Org-Members-Dialog": "1"})
    assert response.status_code == 204
    assert response["X-Org-Members-Location"].startswith(f"{CONFIRM}?next=/")


def test_who_is_refused_is_not_asked_for_a_password(acme, stale, admin_member, transfer_url):
    client = stale(admin_member.user)
    assert client.get(transfer_url()).status_code == 200
    assert client.post(transfer_url()).status_code == 403


class Shred(actions.MemberAction):
    """A project's own."""

    name, label, verb = "shred", "Shred", "shredded"
    permission = "org_members.view_members"
    in_menu = in_bulk = True

    def apply(self, run):
        return

    def consequences(self, judge, members):
        return [actions.Consequence(f"{len(members)} <files> are shredded.")]

    def general_consequences(self, judge):
        return [actions.Consequence("Files are shredded.")]


@pytest.fixture
def shred():
    actions.register(Shred)
    yield
    actions.unregister("shred")


def test_a_project_s_own_action_says_what_follows(
    shred, acme, as_user, admin_member, heir, list_url, page_url, settings
):
    client = as_user(admin_member.user)
    page = client.get(page_url("member_action", member_id=heir.pk, action="shred")).content.decode()
    assert "1 &lt;files&gt; are shredded." in page
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEARCH_LIMIT": 2}
    data = {"action": "shred", ACTION_CHECKBOX_NAME: list(acme.memberships.values_list("pk", flat=True))}
    assert "Files are shredded." in client.post(list_url(acme), data).content.decode()


# Where it is found


@pytest.fixture
def security(as_user, page_url):
    """Open the Security tab of a member: `security(user, member, site="org")` returns its text."""

    def make(user, member, site="org"):
        url = page_url("member_security", site=site, member_id=member.pk)
        return as_user(user).get(url).content.decode()

    return make


def test_the_owner_and_a_superuser_find_it_on_the_security_tab(acme, security, staff, heir, transfer_url):
    for user, site in ((acme.owner, "org"), (staff, "admin")):
        page = security(user, heir, site)
        assert ">Ownership</h2>" in page
        assert f'href="{transfer_url(site)}"' in page
        own = security(user, acme.memberships.get(user=acme.owner), site)
        assert "open the Security tab of the member who is to have it" in own
        assert "/transfer-ownership/" not in own


def test_nobody_else_is_told_of_it(acme, security, admin_member, heir):
    for member in (heir, acme.memberships.get(user=acme.owner)):
        assert "Ownership</h2>" not in security(admin_member.user, member)


def test_who_cannot_take_it_over_is_shown_with_the_reason(acme, security, make_member, transfer_url):
    disabled = make_member(acme, disabled=True)
    page = security(acme.owner, disabled)
    assert "The access of this member is disabled." in page
    assert f'href="{transfer_url(member=disabled)}"' not in page


def test_it_is_neither_in_the_menu_nor_among_the_bulk_actions(acme, as_user, heir, list_url):
    client = as_user(acme.owner)
    assert "transfer-ownership" not in client.get(list_url(acme)).content.decode()
    data = {"action": "transfer-ownership", ACTION_CHECKBOX_NAME: [heir.pk], "confirmed": "1"}
    client.post(list_url(acme), data)
    assert owner_of(acme) == acme.owner


def test_nobody_is_made_owner_by_the_other_forms(acme, as_user, staff, heir, page_url):
    """Set role, Invite User and Create User: each refuses the role, for a superuser as well."""
    client, owner_role = as_user(staff), Role.objects.owner().pk
    urls = [
        page_url("member_action", site="admin", member_id=heir.pk, action="set-role"),
        page_url("member_invite", site="admin"),
        page_url("member_create", site="admin"),
    ]
    for url in urls:
        response = client.post(url, {"role": owner_role, "email": "new@example.com", "full_name": "New"})
        assert "role" in response.context["form"].errors
    assert Membership.objects.filter(organization=acme, role__key="owner").count() == 1
