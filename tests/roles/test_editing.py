"""Creating and editing roles: what an editor may put into one, and what stays as it is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection

from django_org_members import roles
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Role
from django_org_members.policy import Judge, authority_of
from django_org_members.signals import role_created, role_edited

pytestmark = pytest.mark.django_db

VIEW, INVITE, RESET = "org_members.view_members", "org_members.invite_member", "org_members.reset_member_mfa"


def held(role):
    return Judge(role.organization.owner, role.organization).roles.authority_of(role).permissions


def test_a_role_is_made_as_it_was_asked_for(acme, admin, caught):
    sent = caught(role_created)
    role = roles.create(
        actor=admin, organization=acme, name=" Help Desk ", description="First\nline", color="teal", permissions=[VIEW]
    )
    assert (role.name, role.description, role.color, held(role)) == ("Help Desk", "First line", "teal", {VIEW})
    event = AuditEvent.objects.get(verb="role_created")
    assert (event.name, event.details["permissions"], event.actor_id) == ("Help Desk", [VIEW], admin.pk)
    assert sent[0]["role"] == role
    assert sent[0]["organization"] == acme


@pytest.mark.parametrize(
    "words", ["کسانی که پاسخ می\u200cدهند", "Support \U0001f469\u200d\U0001f4bb", "क\u094d\u200dष"]
)
def test_a_name_and_a_description_are_written_with_the_joiners_that_a_script_needs(acme, admin, words):
    role = roles.create(actor=admin, organization=acme, name=words, description=words)
    assert (role.name, role.description) == (words, words)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 81}, "name", "max_length"),
        ({"name": "a\u202eb"}, "name", "characters"),
        ({"name": "OWNER"}, "name", "taken"),
        ({"name": "editor"}, "name", "taken"),
        ({"name": "Owner\u200b"}, "name", "taken"),  # zero width
        ({"name": "\u2060Ow\u00adner"}, "name", "taken"),  # word joiner, soft hyphen
        ({"name": "Owner\ufe0f\u3164"}, "name", "taken"),  # variation selector, Hangul filler
        ({"name": "\u041ewn\u0435r"}, "name", "taken"),  # Cyrillic
        ({"name": "\u0391dmin"}, "name", "taken"),  # Greek
        ({"name": "A\u1d05\u1d0d\u026a\u0274"}, "name", "taken"),  # small capitals
        ({"name": "\u200b\u3164"}, "name", "required"),
        ({"name": "One\u2028Two"}, "name", "characters"),
        ({"description": "x" * 256}, "description", "max_length"),
        ({"description": "a\x00b"}, "description", "characters"),
        ({"description": "a\u202eb"}, "description", "characters"),
        ({"color": "mauve"}, "color", "invalid"),
        ({"permissions": [RESET]}, "permissions", "lacking"),
        ({"permissions": ["org_members.transfer_ownership"]}, "permissions", "owner_only"),
        ({"permissions": ["auth.delete_user"]}, "permissions", "unknown_permission"),
        ({"permissions": ["nonsense"]}, "permissions", "unknown_permission"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(acme, editor, fields, field, code):
    with pytest.raises(ValidationError) as caught:
        roles.create(actor=editor, organization=acme, **{"name": "New", **fields})
    assert caught.value.error_dict[field][0].code == code
    assert not Role.objects.filter(organization=acme).exclude(name="Editor").exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("who", ["member", "stranger", "other_admin", "inactive"])
def test_who_may_not_manage_roles_makes_none(acme, globex, make_member, make_user, who):
    people = {
        "member": lambda: make_member(acme).user,
        "stranger": make_user,
        "other_admin": lambda: make_member(globex, role="admin").user,
        "inactive": lambda: make_member(acme, role="admin", is_active=False).user,
    }
    with pytest.raises(Refused):
        roles.create(actor=people[who](), organization=acme, name="New")


def test_a_superuser_gives_everything_but_the_ownership(acme, make_user):
    staff = make_user(is_superuser=True)
    role = roles.create(actor=staff, organization=acme, name="New", permissions=[RESET, VIEW])
    assert held(role) == {RESET, VIEW}
    with pytest.raises(ValidationError):
        roles.edit(actor=staff, role=role, permissions=["org_members.transfer_ownership"])


def test_an_edit_changes_what_is_given_and_nothing_else(acme, admin, make_role, caught):
    role = make_role(acme, "view_members", name="Help Desk", color="teal")
    sent = caught(role_edited)
    roles.edit(actor=admin, role=role, description="First line", permissions=[VIEW, INVITE])
    role.refresh_from_db()
    assert (role.name, role.color, role.description, held(role)) == ("Help Desk", "teal", "First line", {VIEW, INVITE})
    event = AuditEvent.objects.get(verb="role_edited")
    assert event.details == {"description": ["", "First line"], "permissions": [[VIEW], [INVITE, VIEW]]}
    assert sent[0]["changes"]["description"] == ("", "First line")


def test_an_edit_that_changes_nothing_leaves_no_trace(acme, admin, make_role, caught):
    role = make_role(acme, "view_members", name="Help Desk")
    sent = caught(role_edited)
    roles.edit(actor=admin, role=role, name="Help Desk", permissions=[VIEW])
    assert not AuditEvent.objects.exists()
    assert sent == []


def test_the_next_question_sees_the_new_rights(acme, admin, make_role, make_member):
    role = make_role(acme, "view_members")
    user = make_member(acme, role=role).user
    roles.edit(actor=admin, role=role, permissions=[INVITE])
    assert authority_of(user, acme).permissions == {INVITE}


def test_a_role_may_keep_its_own_name_in_another_spelling(acme, admin, make_role):
    role = make_role(acme, name="Help Desk")
    assert roles.edit(actor=admin, role=role, name="HELP desk").name == "HELP desk"


@pytest.mark.parametrize("key", ["owner", "admin", "member"])
def test_built_in_roles_are_not_edited_by_anybody(acme, make_user, key):
    with pytest.raises(Refused) as refusal:
        roles.edit(actor=make_user(is_superuser=True), role=Role.objects.get(key=key), name="Boss")
    assert refusal.value.verdict.code == "built_in"


def test_a_role_that_has_more_than_the_editor_is_not_touched(acme, editor, make_role):
    role = make_role(acme, "view_members", "reset_member_mfa", name="Help Desk")
    for change in ({"permissions": [VIEW]}, {"name": "Other"}, {"permissions": [VIEW, RESET]}):
        with pytest.raises(Refused) as refusal:
            roles.edit(actor=editor, role=role, **change)
        assert refusal.value.verdict.code == "exceeds"
    assert held(role) == {VIEW, RESET}


def test_an_editor_s_own_role_gains_nothing_that_the_editor_lacks(acme, editor):
    role = Role.objects.get(organization=acme, name="Editor")
    with pytest.raises(ValidationError):
        roles.edit(actor=editor, role=role, permissions=[*held(role), RESET])
    roles.edit(actor=editor, role=role, permissions=[VIEW])
    with pytest.raises(Refused):  # what the own role lost is lost
        roles.edit(actor=editor, role=role, permissions=[VIEW, INVITE])


def test_another_organization_s_role_is_unknown(acme, globex, admin, make_role):
    role = make_role(globex, "view_members")
    with pytest.raises(Refused):
        roles.edit(actor=admin, role=role, name="Mine")
    with pytest.raises(Refused) as refusal:
        roles.edit_permissions(actor=admin, organization=acme, permissions={role.pk: []}, seen={})
    assert refusal.value.verdict.code == "unknown_role"
    assert held(role) == {VIEW}


def test_a_form_that_was_made_before_somebody_else_s_change_saves_nothing(acme, admin, make_role):
    role = make_role(acme, "view_members", name="Help Desk")
    seen = roles.fingerprint(Judge(admin, acme), role)
    roles.edit(actor=admin, role=role, permissions=[VIEW, INVITE])
    with pytest.raises(ValidationError) as error:
        roles.edit(actor=admin, role=role, permissions=[VIEW], seen=seen)
    assert error.value.code == "stale"
    assert held(role) == {VIEW, INVITE}


def test_several_roles_change_together_or_not_at_all(acme, editor, make_role):
    mine, more = make_role(acme, "view_members"), make_role(acme, "reset_member_mfa")
    with pytest.raises(Refused):
        roles.edit_permissions(actor=editor, organization=acme, permissions={mine.pk: [], more.pk: []}, seen={})
    assert held(mine) == {VIEW}
    other = make_role(acme)
    changed = roles.edit_permissions(
        actor=editor, organization=acme, permissions={mine.pk: [INVITE], other.pk: []}, seen={}
    )
    assert changed == [mine]
    assert held(mine) == {INVITE}


def test_rows_of_permissions_that_are_not_registered_give_nothing_and_stay(acme, admin, make_role, make_member):
    role = make_role(acme, "view_members", "transfer_ownership")
    stray = Permission.objects.get(codename="delete_organization")
    role.permissions.add(stray)
    user = make_member(acme, role=role).user
    assert authority_of(user, acme).permissions == {VIEW}
    roles.edit(actor=admin, role=role, permissions=[])
    assert set(role.permissions.values_list("codename", flat=True)) == {"delete_organization", "transfer_ownership"}
    assert not authority_of(user, acme)


def test_an_unknown_field_is_a_mistake_of_the_caller(acme, admin, make_role):
    with pytest.raises(TypeError, match="colour"):
        roles.edit(actor=admin, role=make_role(acme), colour="red")


def test_the_impact_counts_members_and_pending_invitations(acme, admin, make_role, make_member):
    from django_org_members import joining

    role = make_role(acme, "view_members", name="Help Desk")
    make_member(acme, role=role)
    make_member(acme, role=role, disabled=True)
    joining.invite(actor=admin, organization=acme, email="new@example.com", role=role)
    judge = Judge(make_member(acme, role=role).user, acme)
    change = roles.change_of(judge, role, frozenset({INVITE}), roles.numbers(acme))
    assert (change.members, change.invitations, change.is_own) == (3, 1, True)
    assert list(map(str, change.gained)) == ["Invite people by e-mail and manage pending invitations"]
    assert list(map(str, change.lost)) == ["See the organization's members"]


@pytest.mark.parametrize("name", ["Help  Desk", "Help \u2060desk", "\uff28elp Desk"])
def test_two_roles_do_not_look_the_same(acme, admin, name):
    roles.create(actor=admin, organization=acme, name="Help Desk")
    with pytest.raises(ValidationError) as caught:
        roles.create(actor=admin, organization=acme, name=name)
    assert caught.value.error_dict["name"][0].code == "taken"


def test_what_the_database_takes_for_the_same_name_is_said_at_the_field(acme, admin):
    roles.create(actor=admin, organization=acme, name="Café")
    if connection.vendor == "mysql":
        with pytest.raises(ValidationError):
            roles.create(actor=admin, organization=acme, name="Cafe")
    else:
        roles.create(actor=admin, organization=acme, name="Cafe")


def test_a_name_keeps_its_joiners(acme, admin):
    name = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0646"  # Persian needs them
    assert roles.create(actor=admin, organization=acme, name=name).name == name


def test_permissions_may_come_from_anything_that_is_iterated_once(acme, admin, make_role):
    role = make_role(acme, "view_members")
    wanted = {role.pk: iter([VIEW, INVITE])}
    assert roles.edit_permissions(actor=admin, organization=acme, permissions=wanted, seen={}) == [role]
    wanted = {role.pk: iter([VIEW, INVITE])}
    assert roles.edit_permissions(actor=admin, organization=acme, permissions=wanted, seen={}) == []
