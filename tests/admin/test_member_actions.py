"""The page of an action on one member: asks on GET, acts on POST, leads back."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages

from django_org_members import actions
from django_org_members.models import Account, AuditEvent, Membership, Role
from tests.otp import TOTPDevice

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(as_user, admin_member):
    return as_user(admin_member.user)


@pytest.fixture
def action_url(page_url):
    """The address of an action: `action_url(member, "disable")`."""
    return lambda member, name, **more: page_url("member_action", member_id=member.pk, action=name, **more)


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


EVERY_ACTION = [action.name for action in actions.all_actions()]


@pytest.mark.parametrize("name", EVERY_ACTION)
def test_looking_changes_nothing(client, provisioned, action_url, name):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    before = AuditEvent.objects.count()
    response = client.get(action_url(member, name))
    assert response.status_code == 200
    assert str(actions.get(name).label) in response.content.decode()
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(
    ("name", "verb", "done"),
    [
        ("disable", "member_disabled", "Access disabled for {}."),
        ("remove", "member_removed", "Removed {} from the organization."),
    ],
)
def test_a_confirmed_action_is_done_and_leads_back_to_the_list(
    client, provisioned, action_url, list_url, acme, name, verb, done
):
    member = provisioned()
    response = client.post(action_url(member, name))
    assert (response.status_code, response["Location"]) == (302, list_url(acme))
    assert AuditEvent.objects.filter(verb=verb, user=member.user).exists()
    assert told(response) == [done.format(member)]


def test_enable_gives_access_back(client, provisioned, action_url, admin_member):
    member = provisioned()
    actions.perform("disable", actor=admin_member.user, members=[member])
    client.post(action_url(member, "enable"))
    assert Membership.objects.get(pk=member.pk).is_active


def test_set_as_role_from_the_row(client, provisioned, action_url):
    member = provisioned()
    client.post(action_url(member, "set-role"), {"role": Role.objects.admin().pk})
    assert Membership.objects.get(pk=member.pk).role == Role.objects.admin()


def test_a_profile_is_edited(client, provisioned, action_url):
    member = provisioned()
    form = {"full_name": "Ada Lovelace", "email": "ada@acme.example", "phone": "+44 20 7946 0000"}
    assert client.post(action_url(member, "edit-profile"), form).status_code == 302
    member = Membership.objects.get(pk=member.pk)
    assert (member.display_name, member.email) == ("Ada Lovelace", "ada@acme.example")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"full_name": "x" * 1_000_000}, "full_name"),
        ({"full_name": "Ada\nBcc: x@example.com"}, "full_name"),
        ({"full_name": "Ada\u202egnp.exe"}, "full_name"),
        ({"email": "no address"}, "email"),
        ({"email": "a@acme.example\nBcc: x@example.com"}, "email"),
        ({"email": "taken@example.com"}, "email"),
        ({"email": "TAKEN@example.com"}, "email"),
        ({"phone": "1" * 51}, "phone"),
        ({"phone": "12\n34"}, "phone"),
        ({"phone": "call me maybe"}, "phone"),
    ],
)
def test_a_wrong_profile_is_told_at_the_field_and_changes_nothing(
    client, provisioned, make_user, action_url, wrong, field
):
    make_user(email="taken@example.com")
    member = provisioned(full_name="Grace Hopper")
    form = {"full_name": "Ada Lovelace", "email": "ada@acme.example", "phone": "123"} | wrong
    response = client.post(action_url(member, "edit-profile"), form)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    for name, value in form.items():
        if name != field:
            assert response.context["form"][name].value() == value, "nothing typed is lost"
    assert Membership.objects.get(pk=member.pk).display_name == "Grace Hopper"


def test_a_temporary_password_is_shown_once(client, provisioned, action_url):
    member = provisioned()
    url = action_url(member, "reset-password")
    form = {"fingerprint": client.get(url).context["form"]["fingerprint"].value()}

    response = client.post(url, form)

    password = response.context["password"]
    assert response.context["title"] == "Temporary Password"
    assert password not in str(dict(client.session))
    assert not [message for message in told(response) if password in message]
    member.user.refresh_from_db()
    assert member.user.check_password(password)
    assert password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    again = client.post(url, form)
    assert again.status_code == 302
    assert "shown only once" in told(again)[0]
    member.user.refresh_from_db()
    assert member.user.check_password(password), "the second click changed nothing"


def test_mfa_is_reset(client, provisioned, action_url):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    client.post(action_url(member, "reset-mfa"))
    assert not TOTPDevice.objects.filter(user=member.user).exists()
    assert Account.objects.get(user=member.user).session_epoch == 1


REACHES_THE_OWNER = {"enable", "reset-mfa", "sign-out", "set-schedule", "add-time-off", "cancel-time-off"}


@pytest.mark.parametrize("name", sorted(set(EVERY_ACTION) - REACHES_THE_OWNER))
def test_what_is_refused_is_said_and_not_done(client, acme, action_url, name):
    owner = Membership.objects.get(organization=acme, user=acme.owner)
    data = {"role": Role.objects.member().pk, "full_name": "X", "email": "x@example.com", "fingerprint": "x"}
    before = AuditEvent.objects.count()
    shown = client.get(action_url(owner, name))
    assert shown.status_code == 200
    response = client.post(action_url(owner, name), data)
    assert response.status_code == 403
    assert str(response.context["verdict"].reason) in response.content.decode()
    assert AuditEvent.objects.count() == before


def test_nothing_to_change_is_no_error(client, provisioned, action_url):
    response = client.post(action_url(provisioned(), "enable"))
    assert "nothing to change" in told(response)[0]


@pytest.mark.parametrize("name", ["promote", "invite", "DISABLE"])
def test_an_unknown_action_does_not_exist(client, provisioned, action_url, name):
    assert client.get(action_url(provisioned(), name)).status_code == 404


def test_csrf_is_enforced(as_user, admin_member, provisioned, action_url):
    client = as_user(admin_member.user)
    client.handler.enforce_csrf_checks = True
    member = provisioned()
    assert client.post(action_url(member, "disable")).status_code == 403
    assert Membership.objects.get(pk=member.pk).is_active


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example",
        "/admin/",
        "javascript:alert(1)",
        "/\\evil.example",
        "http:///evil.example",
    ],
)
def test_next_leads_to_the_members_only(client, provisioned, action_url, acme, list_url, elsewhere):
    response = client.post(action_url(provisioned(), "disable"), {"next": elsewhere})
    assert response["Location"] == list_url(acme)


def test_the_list_is_found_again_as_it_was_left(client, provisioned, action_url, acme, list_url):
    as_left = f"{list_url(acme)}?q=per&p=2"
    response = client.post(action_url(provisioned(), "disable"), {"next": as_left})
    assert response["Location"] == as_left
    page = client.get(action_url(provisioned(), "remove"), headers={"referer": f"http://testserver{as_left}"})
    assert page.context["back_url"] == as_left


def test_after_a_removal_nobody_is_led_to_the_missing_detail(client, provisioned, action_url, page_url, acme, list_url):
    member = provisioned()
    detail = page_url("member_profile", member_id=member.pk)
    assert client.post(action_url(member, "remove"), {"next": detail})["Location"] == list_url(acme)


def test_a_dialog_is_told_where_to_go(client, provisioned, action_url, acme, list_url):
    response = client.post(action_url(provisioned(), "disable"), headers={"X-Org-Members-Dialog": "1"})
    assert (response.status_code, response["X-Org-Members-Location"]) == (204, list_url(acme))
