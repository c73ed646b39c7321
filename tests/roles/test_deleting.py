"""Deleting a role: its people get another one first, each judged."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import joining, roles
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Invitation, Membership, Role
from django_org_members.signals import invitation_role_changed, member_role_changed, role_deleted

pytestmark = pytest.mark.django_db


@pytest.fixture
def help_desk(acme, make_role):
    return make_role(acme, "view_members", name="Help Desk")


def code_of(error):
    return error.value.error_dict["replacement"][0].code


def test_a_role_that_nobody_has_goes_at_once(acme, admin, help_desk, caught):
    sent, pk = caught(role_deleted), help_desk.pk
    assert roles.delete(actor=admin, role=help_desk).is_deleted
    assert not Role.objects.filter(pk=pk).exists()
    event = AuditEvent.objects.get()
    assert (event.verb, event.name, event.details["permissions"]) == (
        "role_deleted",
        "Help Desk",
        ["org_members.view_members"],
    )
    assert sent[0]["role"].pk == pk


def test_members_and_invitations_need_a_replacement(acme, admin, help_desk, make_member):
    member = make_member(acme, role=help_desk)
    with pytest.raises(ValidationError) as error:
        roles.delete(actor=admin, role=help_desk)
    assert code_of(error) == "required"
    member.delete()
    joining.invite(actor=admin, organization=acme, email="new@example.com", role=help_desk)
    with pytest.raises(ValidationError) as error:
        roles.delete(actor=admin, role=help_desk)
    assert code_of(error) == "required"
    assert Role.objects.filter(pk=help_desk.pk).exists()


def test_they_get_the_replacement(acme, admin, help_desk, make_role, make_member, caught):
    other = make_role(acme, name="Other")
    members = [make_member(acme, role=help_desk), make_member(acme, role=help_desk, disabled=True)]
    invitation = joining.invite(actor=acme.owner, organization=acme, email="new@example.com", role=help_desk)
    changed, invited = caught(member_role_changed), caught(invitation_role_changed)
    outcome = roles.delete(actor=admin, role=help_desk, replacement=other)
    assert (outcome.is_deleted, outcome.moved, outcome.refused) == (True, 2, [])
    assert set(Membership.objects.filter(role=other)) == set(members)
    invitation.refresh_from_db()
    assert (invitation.role, invitation.invited_by, invitation.is_pending) == (other, admin, True)
    assert AuditEvent.objects.filter(verb="role_changed").count() == 2
    assert AuditEvent.objects.get(verb="invitation_role_changed").details == {"role": ["Help Desk", "Other"]}
    assert len(changed) == len(invited) == 1


def test_what_was_answered_long_ago_does_not_hold_a_role(acme, admin, help_desk):
    invitation = joining.invite(actor=admin, organization=acme, email="new@example.com", role=help_desk)
    joining.revoke(actor=admin, invitation=invitation)
    assert roles.delete(actor=admin, role=help_desk).is_deleted
    assert Invitation.objects.get().role is None


@pytest.mark.parametrize(
    ("replacement", "code"),
    [("owner", "owner_role"), ("same", "same"), ("foreign", "unknown_role"), ("more", "exceeds")],
)
def test_not_every_role_replaces_it(acme, globex, editor, help_desk, make_role, make_member, replacement, code):
    make_member(acme, role=help_desk)
    choices = {
        "owner": lambda: Role.objects.owner(),
        "same": lambda: help_desk,
        "foreign": lambda: make_role(globex),
        "more": lambda: Role.objects.admin(),
    }
    with pytest.raises(ValidationError) as error:
        roles.delete(actor=editor, role=help_desk, replacement=choices[replacement]())
    assert code_of(error) == code
    assert Membership.objects.filter(role=help_desk).exists()


def test_nobody_deletes_the_own_role_or_one_that_has_more(acme, editor, make_role):
    with pytest.raises(Refused) as refusal:
        roles.delete(actor=editor, role=Role.objects.get(name="Editor"), replacement=Role.objects.member())
    assert refusal.value.verdict.code == "oneself"
    with pytest.raises(Refused) as refusal:
        roles.delete(actor=editor, role=make_role(acme, "remove_member"), replacement=Role.objects.member())
    assert refusal.value.verdict.code == "exceeds"


def test_moving_people_needs_the_right_to_do_so(acme, make_role, make_member):
    plain = make_member(acme, role=make_role(acme, "manage_roles", "view_members", name="Only roles")).user
    used = make_role(acme, "view_members")
    make_member(acme, role=used)
    with pytest.raises(Refused) as refusal:
        roles.delete(actor=plain, role=used, replacement=Role.objects.member())
    assert refusal.value.verdict.code == "permission"
    assert roles.delete(actor=plain, role=make_role(acme, "view_members")).is_deleted


def test_who_may_not_be_given_another_role_keeps_it_and_the_role_stays(acme, admin, help_desk, make_member):
    make_member(acme, role=help_desk)
    staff = make_member(acme, role=help_desk, is_staff=True)
    outcome = roles.delete(actor=admin, role=help_desk, replacement=Role.objects.member())
    assert (outcome.is_deleted, outcome.moved, outcome.refused_count) == (False, 1, 1)
    assert outcome.refused[0][1].code == "platform_staff"
    assert list(Membership.objects.filter(role=help_desk)) == [staff]
    assert not AuditEvent.objects.filter(verb="role_deleted").exists()


def test_built_in_and_foreign_roles_stay(acme, globex, admin, make_role, make_user):
    with pytest.raises(Refused) as refusal:
        roles.delete(actor=make_user(is_superuser=True), role=Role.objects.member(), replacement=Role.objects.admin())
    assert refusal.value.verdict.code == "built_in"
    with pytest.raises(Refused):
        roles.delete(actor=admin, role=make_role(globex))
    assert Role.objects.filter(organization=globex).exists()


def test_an_accepted_invitation_gives_the_replacement(acme, admin, help_desk, make_role, make_user):
    other = make_role(acme, "view_members", name="Other")
    invitation = joining.invite(actor=admin, organization=acme, email="new@example.com", role=help_desk)
    token = invitation.derive_token()
    roles.delete(actor=admin, role=help_desk, replacement=other)
    assert joining.accept(token, user=make_user(email="new@example.com")).role == other


def test_the_number_of_queries_does_not_grow_with_the_members(acme, admin, make_role, make_member):
    counts = []
    for size in (2, 12):
        role = make_role(acme, "view_members")
        for _ in range(size):
            make_member(acme, role=role)
        with CaptureQueriesContext(connection) as queries:
            assert roles.delete(actor=admin, role=role, replacement=Role.objects.member()).moved == size
        counts.append(len(queries))
    assert counts[0] == counts[1]
