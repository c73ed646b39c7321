"""The ownership moves by the Owner's own transfer, or by a superuser's: whole, or not at all."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.db import transaction
from guardian.shortcuts import assign_perm

from django_org_members import actions, signals
from django_org_members.models import Account, AuditEvent, Membership, Organization, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(name="Acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example"))


@pytest.fixture
def heir(acme, make_member):
    return make_member(acme, full_name="Ada Lovelace", email="ada@acme.example")


@pytest.fixture
def superuser(make_user):
    return make_user(full_name="Robin Support", is_staff=True, is_superuser=True)


def transfer(actor, member, **params):
    return actions.perform("transfer-ownership", actor=actor, members=[member], **params)


def owners(organization):
    """Return who is Owner by the organization's column, and by the roles."""
    by_role = Membership.objects.filter(organization=organization, role__key="owner").values_list("user", flat=True)
    return Organization.objects.get(pk=organization.pk).owner_id, list(by_role)


def is_owned_by(organization, user):
    return owners(organization) == (user.pk, [user.pk])


def test_the_owner_hands_the_organization_over_and_becomes_admin(acme, heir):
    before = acme.owner
    outcome = transfer(before, heir)
    assert outcome.done == [heir]
    assert outcome.done[0].role == Role.objects.owner()
    assert is_owned_by(acme, heir.user)
    assert acme.memberships.get(user=before).role == Role.objects.admin()
    assert transfer(before, acme.memberships.get(user=before)).refused[0][1].code == "permission"
    assert transfer(heir.user, acme.memberships.get(user=before)).done, "and back"
    assert is_owned_by(acme, before)


def test_the_trail_tells_both_sides(acme, heir):
    before = acme.owner
    transfer(before, heir)
    gained = AuditEvent.objects.get(verb="ownership_transferred")
    lost = AuditEvent.objects.get(verb="role_changed")
    assert (gained.actor, gained.user, gained.email) == (before, heir.user, "ada@acme.example")
    assert gained.details == {"owner": ["Olivia Owens", "Ada Lovelace"], "role": ["Member", "Owner"]}
    assert (lost.actor, lost.user, lost.details) == (before, before, {"role": ["Owner", "Admin"]})


def test_the_signals_tell_both_sides_when_all_is_written(acme, heir, caught):
    before, seen = acme.owner, []

    def look(sender, **kwargs):
        seen.append(is_owned_by(acme, heir.user))

    received, changed = caught(signals.ownership_transferred), caught(signals.member_role_changed)
    for signal in (signals.ownership_transferred, signals.member_role_changed):
        signal.connect(look)
    try:
        transfer(before, heir)
    finally:
        for signal in (signals.ownership_transferred, signals.member_role_changed):
            signal.disconnect(look)

    previous = acme.memberships.get(user=before)
    (sent,) = received
    assert (sent["members"], sent["previous"], sent["reason"]) == ([heir], previous, "")
    assert (sent["actor"], sent["organization"]) == (before, acme)
    (sent,) = changed
    assert (sent["members"], sent["role"]) == ([previous], Role.objects.admin())
    assert sent["previous_roles"] == {previous.pk: Role.objects.owner()}
    assert seen == [True, True]


def test_both_are_told_after_the_commit(acme, heir, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        transfer(acme.owner, heir)
        assert mailoutbox == []
    told = {mail.to[0]: mail for mail in mailoutbox}
    assert set(told) == {"owner@acme.example", "ada@acme.example"}
    assert told["ada@acme.example"].subject == "You are now the Owner of Acme"
    assert told["owner@acme.example"].subject == "You are no longer the Owner of Acme"
    for mail in mailoutbox:
        assert "Olivia Owens" in mail.body
        assert "Reason" not in mail.body


# A superuser


def test_a_superuser_gives_a_reason_that_is_kept_and_sent(
    acme, heir, superuser, caught, mailoutbox, django_capture_on_commit_callbacks
):
    received = caught(signals.ownership_transferred)
    with django_capture_on_commit_callbacks(execute=True):
        transfer(superuser, heir, reason="  The Owner\r\nhas left <the> company. \n")
    kept = "The Owner\nhas left <the> company."
    assert AuditEvent.objects.get(verb="ownership_transferred").details["reason"] == kept
    assert received[0]["reason"] == kept
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        assert kept in mail.body
        assert "The Owner<br>has left &lt;the&gt; company." in mail.alternatives[0][0]
        assert "Robin Support" in mail.body


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (None, "required"),
        ("", "required"),
        (" \n\t ", "required"),
        ("x" * 501, "max_length"),
        ("left\x00", "characters"),
        ("left \u202eelpoep", "characters"),
    ],
)
def test_without_a_fitting_reason_nothing_happens(acme, heir, superuser, reason, code):
    params = {} if reason is None else {"reason": reason}
    with pytest.raises(ValidationError) as raised:
        transfer(superuser, heir, **params)
    assert [error.code for error in raised.value.error_dict["reason"]] == [code]
    assert is_owned_by(acme, acme.owner)
    assert not AuditEvent.objects.exists()


def test_five_hundred_characters_are_a_reason(acme, heir, superuser):
    assert transfer(superuser, heir, reason=("x" * 99 + "\r\n") * 5).done


def test_an_owner_who_is_gone_becomes_admin_all_the_same(acme, heir, superuser, mailoutbox):
    before = acme.owner
    type(before).objects.filter(pk=before.pk).update(is_active=False)
    Membership.objects.filter(user=before).update(is_active=False, disabled_at="2026-01-01T00:00Z")
    transfer(superuser, heir, reason="Gone.")
    previous = acme.memberships.get(user=before)
    assert is_owned_by(acme, heir.user)
    assert (previous.role, previous.is_active) == (Role.objects.admin(), False)


def test_an_owner_without_a_membership_is_replaced(acme, heir, superuser, caught):
    """Nothing of this package leads there, but raw SQL does."""
    Membership.objects.filter(user=acme.owner).delete()
    received = caught(signals.ownership_transferred)
    transfer(superuser, heir, reason="Mend it.")
    assert is_owned_by(acme, heir.user)
    assert received[0]["previous"] is None


def test_a_superuser_may_take_it_with_a_reason(acme, superuser, make_member):
    me = make_member(acme, user=superuser)
    assert transfer(superuser, me, reason="Until a new Owner is found.").done
    assert is_owned_by(acme, superuser)


def test_a_superuser_who_is_the_owner_needs_no_reason(make_organization, superuser, make_member):
    organization = make_organization(owner=superuser)
    assert transfer(superuser, make_member(organization)).done


# Nobody else, by no path


def grant_everything(user, organization):
    """Give the permission by every row that a database can hold."""
    assign_perm("org_members.transfer_ownership", user, organization)
    group = Group.objects.create(name="Transferrers")
    group.permissions.add(Permission.objects.get(codename="transfer_ownership"))
    assign_perm("org_members.transfer_ownership", group, organization)
    user.groups.add(group)
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="org_members"))
    return user


@pytest.fixture
def role_with_it(acme, make_role):
    return make_role(acme, "view_members", "set_member_role", "transfer_ownership")


NOBODY = [
    "admin",
    "custom",
    "granted",
    "granted admin",
    "staff",
    "stranger",
    "another owner",
    "disabled owner",
    "dead owner",
]


@pytest.fixture
def nobody(request, acme, role_with_it, make_user, make_member, make_organization):
    def disabled_owner():
        Membership.objects.filter(user=acme.owner).update(is_active=False, disabled_at="2026-01-01T00:00Z")
        return grant_everything(acme.owner, acme)

    def dead_owner():
        acme.owner.is_active = False
        acme.owner.save()
        return grant_everything(acme.owner, acme)

    return {
        "admin": lambda: make_member(acme, role="admin").user,
        "custom": lambda: make_member(acme, role=role_with_it).user,
        "granted": lambda: grant_everything(make_user(is_staff=True), acme),
        "granted admin": lambda: grant_everything(make_member(acme, role="admin").user, acme),
        "staff": lambda: make_user(is_staff=True),
        "stranger": lambda: make_user(),
        "another owner": lambda: make_organization().owner,
        "disabled owner": disabled_owner,
        "dead owner": dead_owner,
    }[request.param]()


@pytest.mark.parametrize("nobody", NOBODY, indirect=True)
def test_nobody_else_transfers_it(acme, heir, nobody, caught):
    received = caught(signals.ownership_transferred)
    for member in (heir, acme.memberships.filter(user=nobody.pk).first() or heir):
        for params in ({}, {"reason": "I want it."}):
            outcome = transfer(nobody, member, **params)
            assert [verdict.code for _, verdict in outcome.refused] == ["permission"]
    assert is_owned_by(acme, acme.owner)
    assert received == []
    assert not AuditEvent.objects.exists()


def test_the_guard_holds_where_the_permission_does_not(acme, heir, make_member, monkeypatch):
    """A project may loosen what needs the permission; the Owner alone transfers all the same."""
    monkeypatch.setattr(type(actions.get("transfer-ownership")), "permission", "org_members.view_members")
    admin = make_member(acme, role="admin")
    assert [verdict.code for _, verdict in transfer(admin.user, heir).refused] == ["owner_only"]
    assert transfer(acme.owner, heir).done


@pytest.mark.parametrize(("code", "state"), [("disabled", {"disabled": True}), ("inactive", {"is_active": False})])
def test_only_an_active_member_with_a_live_account_takes_it_over(acme, superuser, make_member, code, state):
    member = make_member(acme, **state)
    for outcome in (transfer(acme.owner, member), transfer(superuser, member, reason="Because.")):
        assert [verdict.code for _, verdict in outcome.refused] == [code]
    assert is_owned_by(acme, acme.owner)


def test_no_other_organization_s_member_takes_it_over(acme, superuser, make_member, make_organization):
    globex = make_organization()
    foreign = make_member(globex)
    assert [verdict.code for _, verdict in transfer(acme.owner, foreign).refused] == ["permission"]
    foreign.organization = acme  # a forged instance
    assert not transfer(superuser, foreign, reason="Because.").done
    assert is_owned_by(acme, acme.owner)
    assert is_owned_by(globex, globex.owner)


def test_one_organization_has_one_owner(acme, heir, make_member):
    with pytest.raises(ValueError, match="one Owner"):
        actions.perform("transfer-ownership", actor=acme.owner, members=[heir, make_member(acme)])
    assert is_owned_by(acme, acme.owner)


def test_the_error_of_a_receiver_undoes_the_whole(acme, heir):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    signals.ownership_transferred.connect(fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            transfer(acme.owner, heir)
    finally:
        signals.ownership_transferred.disconnect(fail)
    assert is_owned_by(acme, acme.owner)
    assert not AuditEvent.objects.exists()


def test_nothing_else_of_the_account_changes(acme, heir):
    before = acme.owner
    transfer(before, heir)
    before.refresh_from_db()
    assert before.is_active
    assert not Account.objects.exclude(session_epoch=0).exists(), "sessions go on"
