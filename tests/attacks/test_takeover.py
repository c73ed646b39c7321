"""Nobody takes an account over through a membership: by no action, on no way, whatever the form carries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.accounts import mfa, sessions
from django_org_members.models import Account, LiveSession, Membership, Organization, Role
from tests.otp import TOTPDevice

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

ACTIONS = sorted(action.name for action in actions.all_actions())
ENDS_MEMBERSHIP = {"disable", "remove", "enable", "set-role"}
"""What an organization may do to anybody of its own who is no platform staff: it must leave the account alone."""
TAKES = {"edit-profile": ("full_name", "email", "phone"), "transfer-ownership": ("reason",)}
"""What they take in code beside what they declare as required."""
USERNAME = get_user_model().USERNAME_FIELD


@pytest.fixture
def acme(make_organization):
    organization = make_organization(name="Acme")
    Organization.objects.update(mfa_required_since=timezone.now())
    return organization


@pytest.fixture
def manager(acme, make_member):
    """An Admin, who holds everything but the ownership."""
    return make_member(acme, role="admin", email="mallory@example.com").user


@pytest.fixture
def ways(acme, manager, sign_in):
    """How an action is sent: (action, member, form) → nothing. Whatever comes of it is looked at in the database."""
    client = sign_in(Client(), manager)

    def url(name, site="org", **ids):
        return reverse(f"{site}:org_members_{name}", kwargs={"organization_id": acme.pk, **ids})

    def page(site):
        def send(action, member, form):
            client.post(url("member_action", site, member_id=member.pk, action=action), form)

        return send

    def bulk(action, member, form):
        more = {"action": action, ACTION_CHECKBOX_NAME: [member.pk], "confirmed": "1"}
        client.post(url("organization_members"), {**form, **more})

    def get(action, member, form):
        client.get(url("member_action", member_id=member.pk, action=action), form)

    def code(action, member, form):
        later = timezone.now() + timedelta(days=1)
        given = {**form, "role": Role.objects.admin(), "until": later, "schedule": None}
        given |= {"starts_at": timezone.now(), "ends_at": later, "time_off": 1}
        params = {name: given[name] for name in actions.get(action).required or TAKES.get(action, ())}
        try:
            actions.perform(action, actor=manager, members=[member], **params)
        except ValidationError:  # the value fits nobody: it is refused all the same
            assert params

    return {"page": page("org"), "ordinary admin": page("admin"), "bulk": bulk, "get": get, "code": code}


WAYS = ("page", "ordinary admin", "bulk", "get", "code")


@pytest.fixture
def target(acme, make_member, make_user, make_organization):
    """Make a member whose account is not the organization's: `target("shared")`."""

    def make(kind):
        staff = {"superuser": {"is_staff": True, "is_superuser": True}, "staff": {"is_staff": True}}.get(kind, {})
        member = make_member(acme, user=make_user(email="victim@example.com", **staff))
        Account.objects.create(user=member.user, provisioned_by=None if kind == "foreign" else acme)
        if kind == "shared":
            make_member(make_organization(), user=member.user)
        return member

    return make


@pytest.fixture
def device():
    """Give a user an authenticator app."""
    return lambda user: TOTPDevice.objects.create(user=user, name="Phone")


def everything_about(user):
    """Return all that lets somebody sign in as this user, or keeps them from it."""
    row = get_user_model()._default_manager.filter(pk=user.pk).values().get()
    row.pop("last_login", None)
    return {
        "user": row,
        "account": Account.objects.filter(pk=user.pk).values().first(),
        "methods": mfa.methods([user]).get(user.pk),
        "sessions": list(LiveSession.objects.filter(user=user.pk).values("pk", "epoch")),
    }


def form(member, **more):
    """Return what any action could ask for, and fields of the user that none does."""
    live = sessions.live(member.user).first()
    return {
        "full_name": "Taken Over",
        "email": "mallory+victim@example.com",
        "phone": "1",
        "role": Role.objects.member().pk,
        "session": live.pk if live else "",
        "reason": "Because",
        "fingerprint": "x",
        "until": timezone.localdate().isoformat(),
        USERNAME: "mallory+victim@example.com",
        "is_active": "",
        "is_staff": "on",
        "is_superuser": "on",
        "password": "x",
        "new_password1": "taken-over-by-mallory",
        "new_password2": "taken-over-by-mallory",
        "mfa_enrolment_required": "on",
        **more,
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["shared", "foreign", "superuser", "staff"])
def test_no_action_touches_an_account_that_is_not_the_organization_s(ways, target, device, sign_in, way, kind):
    """Password, MFA, e-mail, username, is_active and sessions: all are as they were, whatever is sent."""
    member = target(kind)
    device(member.user)
    sign_in(Client(), member.user)
    before = everything_about(member.user)
    for name in ACTIONS:
        if name in ENDS_MEMBERSHIP:
            continue
        ways[way](name, member, form(member))
        assert everything_about(member.user) == before, name
    assert Membership.objects.get(pk=member.pk).user_id == member.user_id


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["disable", "remove"])
def test_disable_and_remove_take_the_membership_and_leave_a_shared_account_alone(
    ways, target, device, sign_in, way, name
):
    member = target("shared")
    device(member.user)
    sign_in(Client(), member.user)
    before = everything_about(member.user)
    ways[way](name, member, {})
    after = everything_about(member.user)
    if name == "remove" and after["account"]["provisioned_by_id"] is None:  # given up: it protects the account
        after["account"]["provisioned_by_id"] = before["account"]["provisioned_by_id"]
    assert after == before
    is_left = Membership.objects.active().filter(pk=member.pk).exists()
    assert is_left == (way in ("ordinary admin", "get")), "the way leads there"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["superuser", "staff"])
@pytest.mark.parametrize("name", ["disable", "remove", "set-role"])
def test_platform_staff_are_out_of_a_manager_s_reach(ways, target, way, kind, name):
    member = target(kind)
    before = Membership.objects.filter(pk=member.pk).values().get()
    ways[way](name, member, form(member, role=Role.objects.admin().pk))
    assert Membership.objects.filter(pk=member.pk).values().get() == before


@pytest.mark.parametrize("way", ["page", "bulk"])
def test_editing_one_s_own_people_changes_no_more_than_it_says(ways, acme, provisioned, way):
    """The account is the organization's: name, e-mail and phone change, and nothing that the form adds."""
    member = provisioned(email="own@example.com", full_name="Own Person")
    before = everything_about(member.user)["user"]
    ways[way]("edit-profile", member, form(member))
    after = everything_about(member.user)["user"]
    kept = ("password", "is_active", "is_staff", "is_superuser")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert Account.objects.get(pk=member.user_id).mfa_enrolment_required is False
    assert after["email"] == ("mallory+victim@example.com" if way == "page" else "own@example.com")
    if USERNAME != "email":
        followed = "mallory+victim@example.com" if way == "page" else "own@example.com"
        assert after[USERNAME] == followed, "it was the address, and follows it by itself; no other is taken"


def test_a_username_that_is_no_address_stays(ways, acme, provisioned):
    if USERNAME == "email":
        pytest.skip("The user model has no other username.")
    member = provisioned(email="own@example.com", **{USERNAME: "owner_of_a_name"})
    ways["page"]("edit-profile", member, form(member))
    assert get_user_model()._default_manager.get(pk=member.user_id).get_username() == "owner_of_a_name"


@pytest.mark.parametrize("name", sorted(set(ACTIONS) - {"transfer-ownership"}))
def test_what_is_refused_to_others_is_done_to_one_s_own(acme, manager, provisioned, name):
    """Otherwise all of this would be refused for another reason."""
    member = provisioned(email="own@example.com")
    verdict = actions.verdict(name, actor=manager, member=member)
    assert verdict.allowed or verdict.code not in ("permission", "shared", "not_provisioned", "platform_staff")
