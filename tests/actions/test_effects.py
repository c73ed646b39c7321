"""What each action does to the member and to the account behind."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from guardian.shortcuts import assign_perm

from django_org_members import actions, signals
from django_org_members.accounts.adapter import get_adapter
from django_org_members.models import Account, AuditEvent, LoginEvent, Membership, Role
from tests.otp import StaticDevice, TOTPDevice

pytestmark = pytest.mark.django_db


def account_of(member):
    return Account.objects.get(user=member.user)


def test_disable_turns_the_sign_in_off_where_nothing_is_left(admin_user, provisioned):
    member = provisioned()
    actions.perform("disable", actor=admin_user, members=[member])

    member = Membership.objects.get(pk=member.pk)
    assert (member.is_active, member.disabled_by) == (False, admin_user)
    assert not member.user.is_active
    assert account_of(member).sign_in_ended_at is not None
    assert account_of(member).session_epoch == 1


def test_disable_leaves_the_sign_in_of_a_person_with_another_organization(
    admin_user, provisioned, make_member, make_organization
):
    member = provisioned()
    make_member(make_organization(), user=member.user)
    actions.perform("disable", actor=admin_user, members=[member])
    member.user.refresh_from_db()
    assert member.user.is_active


def test_disable_leaves_the_sign_in_of_an_account_made_elsewhere(acme, admin_user, make_member):
    member = make_member(acme)
    actions.perform("disable", actor=admin_user, members=[member])
    member.user.refresh_from_db()
    assert member.user.is_active


def test_enable_gives_back_what_disable_took(admin_user, provisioned):
    member = provisioned()
    actions.perform("disable", actor=admin_user, members=[member])
    actions.perform("enable", actor=admin_user, members=[member])

    member = Membership.objects.get(pk=member.pk)
    assert (member.is_active, member.disabled_at, member.disabled_by) == (True, None, None)
    assert member.user.is_active
    assert account_of(member).sign_in_ended_at is None
    assert account_of(member).session_epoch == 2, "sessions from before the disabling stay dead"


def test_enable_never_turns_on_what_someone_else_turned_off(admin_user, provisioned):
    member = provisioned()
    member.user.is_active = False
    member.user.save()
    actions.perform("disable", actor=admin_user, members=[member])
    actions.perform("enable", actor=admin_user, members=[member])
    member.user.refresh_from_db()
    assert not member.user.is_active


def test_remove_deletes_the_membership_and_keeps_account_and_trail(acme, admin_user, provisioned, caught):
    member = provisioned()
    received = caught(signals.members_removed)
    actions.perform("remove", actor=admin_user, members=[member])

    assert not Membership.objects.filter(pk=member.pk).exists()
    member.user.refresh_from_db()
    assert member.user.is_active
    assert account_of(member).session_epoch == 1
    event = AuditEvent.objects.get(verb="member_removed")
    joined_at = member.joined_at.isoformat(timespec="seconds")
    assert (event.email, event.details) == (member.email, {"role": "Member", "joined_at": joined_at})
    assert [gone.pk for gone in received[0]["members"]] == [member.pk]


def test_remove_from_one_of_two_organizations_keeps_the_sessions(
    admin_user, provisioned, make_member, make_organization
):
    member = provisioned()
    make_member(make_organization(), user=member.user)
    actions.perform("remove", actor=admin_user, members=[member])
    assert account_of(member).session_epoch == 0


def test_set_role_tells_before_and_after(acme, admin_user, make_member, caught):
    member = make_member(acme)
    received = caught(signals.member_role_changed)
    actions.perform("set-role", actor=admin_user, members=[member], role=Role.objects.admin())

    assert Membership.objects.get(pk=member.pk).role == Role.objects.admin()
    assert AuditEvent.objects.get(verb="role_changed").details == {"role": ["Member", "Admin"]}
    assert received[0]["role"] == Role.objects.admin()
    assert received[0]["previous_roles"] == {member.pk: Role.objects.member()}


@pytest.mark.parametrize("which", ["owner", "foreign", "exceeding"])
def test_a_role_that_may_not_be_given_is_refused(which, acme, make_member, make_role, make_organization):
    people_manager = make_role(acme, "view_members", "set_member_role")
    actor = make_member(acme, role=people_manager).user
    role = {
        "owner": lambda: Role.objects.owner(),
        "foreign": lambda: make_role(make_organization(), "view_members"),
        "exceeding": lambda: Role.objects.admin(),
    }[which]()
    member = make_member(acme)

    outcome = actions.perform("set-role", actor=actor, members=[member], role=role)

    code = {"owner": "owner_role", "foreign": "unknown_role", "exceeding": "exceeds"}[which]
    assert [verdict.code for _, verdict in outcome.refused] == [code]
    assert Membership.objects.get(pk=member.pk).role == Role.objects.member()


def test_reset_mfa_removes_every_method_and_demands_enrolment(
    admin_user, provisioned, django_capture_on_commit_callbacks
):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, name="phone", confirmed=True)
    TOTPDevice.objects.create(user=member.user, name="started", confirmed=False)
    StaticDevice.objects.create(user=member.user, name="backup").token_set.create(token="abc123")

    with django_capture_on_commit_callbacks(execute=True):
        actions.perform("reset-mfa", actor=admin_user, members=[member])

    assert not TOTPDevice.objects.filter(user=member.user).exists()
    assert not StaticDevice.objects.filter(user=member.user).exists()
    assert account_of(member).mfa_enrolment_required
    assert account_of(member).session_epoch == 1
    assert [message.to for message in mail.outbox] == [[member.email]]


def test_reset_mfa_of_someone_without_mfa_changes_nothing(admin_user, provisioned):
    member = provisioned()
    assert actions.perform("reset-mfa", actor=admin_user, members=[member]).unchanged == [member]
    assert not account_of(member).mfa_enrolment_required


def test_reset_password_shows_the_password_once_and_nowhere_else(
    admin_user, provisioned, django_capture_on_commit_callbacks, caplog
):
    member = provisioned()
    with django_capture_on_commit_callbacks(execute=True):
        outcome = actions.perform("reset-password", actor=admin_user, members=[member])

    password = outcome.secrets[member.pk]
    member.user.refresh_from_db()
    assert member.user.check_password(password)
    assert account_of(member).must_change_password
    assert account_of(member).session_epoch == 1
    kept = [repr(outcome), caplog.text, *(message.body + str(message.alternatives) for message in mail.outbox)]
    kept += [str(event.__dict__) for model in (AuditEvent, LoginEvent) for event in model.objects.all()]
    assert not any(password in text for text in kept)


def test_a_form_made_before_a_reset_resets_nothing_after_it(admin_user, provisioned):
    member = provisioned()
    judge = actions.performing.Judge(admin_user, member.organization)
    form = actions.get("reset-password").form_class(judge=judge, member=member)
    params = {"fingerprint": form["fingerprint"].value()}

    first = actions.perform("reset-password", actor=admin_user, members=[member], **params)
    again = actions.perform("reset-password", actor=admin_user, members=[member], **params)

    assert member.pk in first.secrets
    assert again.secrets == {}
    assert [verdict.code for _, verdict in again.refused] == ["stale"]


def test_edit_profile_changes_the_account_and_the_copies_everywhere(
    admin_user, provisioned, caught, django_capture_on_commit_callbacks
):
    member = provisioned()
    before = member.email
    received = caught(signals.member_profile_changed)
    with django_capture_on_commit_callbacks(execute=True):
        actions.perform(
            "edit-profile",
            actor=admin_user,
            members=[member],
            full_name="Grace Hopper",
            email="grace@example.com",
            phone="+1 202 555 0100",
        )

    row = Membership.objects.get(pk=member.pk)
    assert (row.display_name, row.email, row.sort_name) == ("Grace Hopper", "grace@example.com", "grace hopper")
    assert set(received[0]["changes"][member.pk]) == {"full_name", "email", "phone"}
    assert AuditEvent.objects.get(verb="profile_changed").details["email"] == [before, "grace@example.com"]
    assert {address for message in mail.outbox for address in message.to} == {before, "grace@example.com"}


def test_sign_out_ends_the_sessions_and_tells_the_members(admin_user, provisioned, caught):
    member = provisioned()
    received = caught(signals.member_sessions_ended)
    actions.perform("sign-out", actor=admin_user, members=[member])
    assert account_of(member).session_epoch == 1
    assert [sent["members"] for sent in received] == [[member]]


@pytest.fixture
def guest(acme, make_member, make_organization):
    """A member whose home is another organization."""
    member = make_member(make_organization())
    return make_member(acme, user=member.user)


@pytest.mark.parametrize("name", ["disable", "enable", "remove"])
def test_sessions_of_people_who_belong_elsewhere_go_on(admin_user, guest, caught, name):
    if name == "enable":
        actions.perform("disable", actor=admin_user, members=[guest])
    ended = caught(signals.member_sessions_ended)
    assert actions.perform(name, actor=admin_user, members=[guest]).done
    assert not ended
    assert Account.objects.get(user=guest.user_id).session_epoch == 0


def test_who_has_grants_on_another_organization_belongs_there_too(admin_user, provisioned, make_organization):
    by_user, by_group = provisioned(), provisioned()
    globex = make_organization()
    assign_perm("org_members.view_members", by_user.user, globex)
    group = Group.objects.create(name="Helpers of Globex")
    by_group.user.groups.add(group)
    assign_perm("org_members.view_members", group, globex)
    for member in (by_user, by_group):
        assert actions.verdict("reset-password", actor=admin_user, member=member).code == "shared"


def test_remove_gives_up_the_account_that_the_organization_made(
    admin_user, provisioned, make_member, make_organization
):
    """Or another organization could turn the sign-in off, and this one take the account over, long after."""
    member = provisioned()
    actions.perform("remove", actor=admin_user, members=[member])
    assert Account.objects.get(user=member.user_id).provisioned_by is None

    elsewhere = make_organization()
    again = make_member(elsewhere, user=member.user)
    actions.perform("disable", actor=elsewhere.owner, members=[again])
    member.user.refresh_from_db()
    assert member.user.is_active


def test_who_was_turned_on_by_somebody_else_is_not_ours_to_turn_on_again(admin_user, provisioned):
    member = provisioned()
    actions.perform("disable", actor=admin_user, members=[member])
    user = type(member.user).objects.get(pk=member.user_id)
    for is_active in (True, False):  # the platform helps, and later bans
        user.is_active = is_active
        user.save()
    actions.perform("enable", actor=admin_user, members=[member])
    user.refresh_from_db()
    assert not user.is_active


def test_a_new_profile_reverts_nothing_that_was_saved_meanwhile(acme, admin_user, provisioned):
    member = provisioned(full_name="Ada Lovelace")
    stale = type(member.user).objects.get(pk=member.user_id)
    type(stale).objects.filter(pk=stale.pk).update(is_active=False, password="changed meanwhile")
    account = Account.objects.get(user=stale)
    get_adapter().set_profile(stale, account, full_name="Ada King", email="king@acme.example", phone="1")
    stale.refresh_from_db()
    assert (stale.is_active, stale.password) == (False, "changed meanwhile")
    assert (get_adapter().full_name(stale), stale.email) == ("Ada King", "king@acme.example")


@pytest.mark.parametrize(("rule", "reached"), [("provisioned", 1), ("sole_membership", 2), ("any_member", 3)])
def test_whose_account_the_setting_opens(admin_user, provisioned, make_member, acme, guest, settings, rule, reached):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SHARED_ACCOUNTS": rule}
    members = [provisioned(), make_member(acme), guest]
    outcome = actions.perform("reset-password", actor=admin_user, members=members)
    assert {member.pk for member in outcome.done} == {member.pk for member in members[:reached]}


def test_the_activity_of_a_person_tells_that_the_sessions_were_ended(admin_user, provisioned):
    member = provisioned()
    actions.perform("sign-out", actor=admin_user, members=[member])
    assert LoginEvent.objects.get(user=member.user).action == LoginEvent.Action.SESSIONS_ENDED


def test_a_person_is_told_of_a_new_password_and_not_the_password(
    acme, admin_user, provisioned, mailoutbox, django_capture_on_commit_callbacks
):
    member = provisioned(email="grace@acme.example")
    with django_capture_on_commit_callbacks(execute=True):
        outcome = actions.perform("reset-password", actor=admin_user, members=[member])
    (sent,) = mailoutbox
    assert sent.to == ["grace@acme.example"]
    assert acme.name in sent.subject
    assert outcome.secrets[member.pk] not in str(sent.message())
