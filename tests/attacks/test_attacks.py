"""Attacks, one a line. After each, nobody has a right that they did not have before.

docs/explanation/security shows the same lines; a test keeps the two together.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from django_org_members import roles
from django_org_members.models import Invitation, Membership, OrganizationUserGrant, Role
from django_org_members.policy import authority_of

from .world import DEPUTY, OWN, RESET, VIEW, World

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

OWN_RIGHTS = [f"org_members.{name}" for name in DEPUTY]


def new_role(*names, **fields):
    return {"name": "New", "color": "gray", "permissions": list(names), **fields}


def invited(role):
    return {"email": "accomplice@example.com", "role": role.pk}


def exemption(days=30):
    return {"until": (timezone.localdate() + timedelta(days=days)).isoformat(), "reason": "Trust me."}


STOP, GRACE = {"stop": "1", "confirmed": "1"}, {"grace": "90", "confirmed": "1"}
ATTACKS = {
    # A permission that one lacks, by a role
    "tick a permission one lacks in the own role, in the matrix": lambda w: w.matrix(w.deputy, *OWN_RIGHTS, RESET),
    "tick it on the page of the own role": lambda w: w.edit(w.deputy, *OWN_RIGHTS, RESET),
    "tick it in an accomplice's role": lambda w: w.matrix(w.helper, VIEW, RESET),
    "tick the ownership in a role": lambda w: w.edit(w.helper, VIEW, OWN),
    "take permissions from a role that has more, to bring its people down": lambda w: w.matrix(w.senior, VIEW),
    "rename a role that has more": lambda w: w.edit(w.senior, *OWN_RIGHTS, name="Junior"),
    "edit a built-in role": lambda w: w.matrix(Role.objects.member(), RESET),
    "create a role with a permission one lacks": lambda w: w.post("role_create", new_role(VIEW, RESET)),
    "create a role with the ownership": lambda w: w.post("role_create", new_role(VIEW, OWN)),
    "create a role called Owner": lambda w: w.post("role_create", new_role(VIEW, name="Owner")),
    "duplicate a role that has more": lambda w: w.post("role_duplicate", new_role(VIEW), role_id=w.senior.pk),
    "duplicate a role and add to the copy": lambda w: w.post("role_duplicate", new_role(RESET), role_id=w.helper.pk),
    "delete a role, with one that has more as the replacement": lambda w: w.post(
        "role_delete", {"replacement": w.senior.pk}, role_id=w.helper.pk
    ),
    "delete a role, with Owner as the replacement": lambda w: w.post(
        "role_delete", {"replacement": Role.objects.owner().pk}, role_id=w.helper.pk
    ),
    "delete the own role, to be given the replacement": lambda w: w.post(
        "role_delete", {"replacement": w.helper.pk}, role_id=w.deputy.pk
    ),
    # … by giving a role
    "give an accomplice a role that has more": lambda w: w.act("set-role", w.eve, {"role": w.senior.pk}),
    "give an accomplice the role Admin": lambda w: w.act("set-role", w.eve, {"role": Role.objects.admin().pk}),
    "give an accomplice the role Owner": lambda w: w.act("set-role", w.eve, {"role": Role.objects.owner().pk}),
    "give oneself a role": lambda w: w.act("set-role", w.mallory, {"role": Role.objects.admin().pk}),
    "give roles in bulk": lambda w: w.bulk("set-role", [w.eve, w.mallory], role=w.senior.pk),
    "take an Admin's role away": lambda w: w.act("set-role", w.ada, {"role": w.helper.pk}),
    # … by bringing somebody in
    "invite an accomplice as Admin": lambda w: w.post("member_invite", invited(Role.objects.admin())),
    "invite an accomplice as Owner": lambda w: w.post("member_invite", invited(Role.objects.owner())),
    "create an accomplice with a role that has more": lambda w: w.post(
        "member_create", {**invited(w.senior), "full_name": "Eve"}
    ),
    "do what no permission allows": lambda w: [
        w.act(name, w.eve, {"fingerprint": "x"})
        for name in ("remove", "disable", "reset-password", "reset-mfa", "sign-out")
    ],
    # … through another organization
    "edit another organization's role": lambda w: w.edit(w.foreign_role, VIEW, RESET),
    "edit it through the own organization's address": lambda w: w.matrix(w.foreign_role, of=w.evil),
    "give a role of one's own organization in another": lambda w: w.act("set-role", w.eve, {"role": w.evil_role.pk}),
    "invite with another organization's role": lambda w: w.post("member_invite", invited(w.foreign_role)),
    "replace a role by another organization's": lambda w: w.post(
        "role_delete", {"replacement": w.evil_role.pk}, role_id=w.helper.pk
    ),
    "reach a member through an organization that one owns": lambda w: [
        w.act(name, w.ada, {"role": w.evil_role.pk, "fingerprint": "x"}, of=w.evil)
        for name in ("set-role", "remove", "disable", "reset-password")
    ],
    "reach a role through an organization that one owns": lambda w: w.post(
        "role_delete", {"replacement": Role.objects.member().pk}, of=w.evil, role_id=w.senior.pk
    ),
    "act on another organization's member": lambda w: w.act("set-role", w.foreign_member, {"role": w.helper.pk}),
    "act on another organization's members in bulk": lambda w: w.bulk("set-role", [w.foreign_member], role=w.helper.pk),
    "revoke another organization's invitation": lambda w: w.post(
        "invitation_revoke", invitation_id=w.foreign_invitation.pk
    ),
    "use the address of an organization that one has no part in": lambda w: [
        w.post(name, new_role(VIEW), of=w.globex) for name in ("organization_roles", "role_create", "roles_starters")
    ],
    # The ownership
    "take the ownership oneself": lambda w: w.act("transfer-ownership", w.mallory, {"reason": "The Owner left."}),
    "give the ownership to an accomplice": lambda w: w.act("transfer-ownership", w.eve, {"reason": "The Owner left."}),
    "take it through an organization that one owns": lambda w: w.act("transfer-ownership", w.mallory, of=w.evil),
    "give away an organization that one owns, by another's member": lambda w: w.act(
        "transfer-ownership", w.ada, of=w.evil
    ),
    # What signing in requires
    "turn the requirement of MFA off without the permission": lambda w: w.post("organization_security", STOP),
    "make its grace period longer": lambda w: w.post("organization_security", GRACE),
    "turn it off in another organization": lambda w: w.post("organization_security", STOP, of=w.globex),
    "require it without MFA of one's own": lambda w: w.post("organization_security", GRACE, of=w.evil),
    "exempt an accomplice from MFA": lambda w: [
        w.act("exempt-from-mfa", w.eve, exemption()),
        w.bulk("exempt-from-mfa", [w.eve, w.mallory], **exemption()),
    ],
    "exempt oneself, as the Owner": lambda w: [
        w.act("exempt-from-mfa", w.evil.memberships.get(user=w.mallory.user), exemption(), of=w.evil),
        w.bulk("exempt-from-mfa", [w.mallory], **exemption()),
    ],
    "exempt an accomplice by another organization's address": lambda w: w.act(
        "exempt-from-mfa", w.eve, exemption(), of=w.evil
    ),
    "exempt somebody for good": lambda w: [
        w.act("exempt-from-mfa", w.evil_member, exemption(days), of=w.evil) for days in (91, 3650, -1)
    ],
    # … by going in elsewhere
    "use the ordinary admin's addresses": lambda w: [
        w.post("role_create", new_role(VIEW), site="admin"),
        w.act("set-role", w.eve, {"role": w.senior.pk}, site="admin"),
    ],
    "use the superusers' pages that grant permissions": lambda w: [
        w.post(name, {"user": "mallory@example.com", "permissions": [RESET]}, of=of, site="admin")
        for name in ("organization_access_grant", "organization_access")
        for of in (w.acme, w.evil)
    ],
    "change by GET": lambda w: [
        w.client.get(w.url("member_action", member_id=w.eve.pk, action="set-role"), {"role": w.helper.pk}),
        w.client.get(w.url("role_create"), new_role(VIEW)),
        w.client.get(w.url("organization_security", of=w.evil), STOP),
        w.client.get(
            w.url("member_action", of=w.evil, member_id=w.evil_member.pk, action="exempt-from-mfa"), exemption()
        ),
        w.client.get(w.url("role_delete", role_id=w.helper.pk), {"replacement": w.deputy.pk}),
        w.client.get(w.url("roles_starters")),
        w.client.get(w.url("member_invite"), invited(w.helper)),
    ],
}
"""Sentence to what Mallory does. Nothing at all may change."""


@pytest.fixture
def world(make_organization, make_role, make_member, make_user, sign_in):
    return World(
        make_organization=make_organization,
        make_role=make_role,
        make_member=make_member,
        make_user=make_user,
        sign_in=sign_in,
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_changes_nothing(world, attack):
    before = world.snapshot()
    ATTACKS[attack](world)
    assert world.snapshot() == before


def test_what_mallory_may_do_works(world):
    """Otherwise the attacks would be refused for the wrong reason."""
    world.matrix(world.helper, VIEW, "org_members.invite_member")
    assert authority_of(world.eve.user, world.acme).permissions == {VIEW, "org_members.invite_member"}
    world.post("role_create", new_role(VIEW))
    world.act("set-role", world.eve, {"role": world.deputy.pk})
    assert Membership.objects.get(pk=world.eve.pk).role == world.deputy
    world.post("member_invite", invited(world.helper))
    assert Invitation.objects.pending().filter(email="accomplice@example.com").exists()
    world.post("role_delete", {"replacement": Role.objects.member().pk}, role_id=Role.objects.get(name="New").pk)
    assert not Role.objects.filter(name="New").exists()
    assert world.act("set-role", world.evil_member, {"role": Role.objects.admin().pk}, of=world.evil).status_code == 302
    world.act("exempt-from-mfa", world.evil_member, exemption(), of=world.evil)
    assert Membership.objects.get(pk=world.evil_member.pk).mfa_exempt_until is not None
    world.post("organization_security", STOP, of=world.evil)
    assert not type(world.evil).objects.get(pk=world.evil.pk).mfa_required_since


MEANWHILE = {
    "accept after the sender was removed": lambda w, role: w.do("remove", w.mallory),
    "accept after the sender was disabled": lambda w, role: w.do("disable", w.mallory),
    "accept after the sender lost the right to invite": lambda w, role: w.do("set-role", w.mallory, role=w.helper),
    "accept after the role became more than the sender has": lambda w, role: roles.edit(
        actor=w.acme.owner, role=role, permissions=[VIEW, RESET]
    ),
    "accept after the sender's own role lost what the invitation gives": lambda w, role: roles.edit(
        actor=w.acme.owner, role=w.deputy, permissions=["org_members.invite_member"]
    ),
    "accept after the sender's account was deactivated": lambda w, role: (
        type(w.mallory.user).objects.filter(pk=w.mallory.user_id).update(is_active=False)
    ),
}
"""Mallory invites an accomplice within her rights; meanwhile something happens, and the accomplice accepts."""


@pytest.mark.parametrize("attack", MEANWHILE)
def test_authority_is_judged_again_when_an_invitation_is_accepted(world, attack):
    invitation = world.invite("accomplice@example.com", world.helper)
    MEANWHILE[attack](world, world.helper)
    before = world.snapshot()
    world.accept(invitation)
    assert world.snapshot() == before


def test_without_that_the_accomplice_joins(world):
    world.accept(world.invite("accomplice@example.com", world.helper))
    assert Membership.objects.filter(organization=world.acme, email="accomplice@example.com").exists()


READS = {
    "read another organization's audit log": lambda w: [
        w.get("organization_audit", of=w.globex),
        w.get("audit_export", of=w.globex, kind="csv"),
    ],
    "filter the own log, and export it, by another organization's member": lambda w: [
        w.client.get(w.url(name, of=w.evil, **kind), {field: value})
        for name, kind in (("organization_audit", {}), ("audit_export", {"kind": "csv"}))
        for field, value in (("user", w.foreign_member.user_id), ("person", "victoria"), ("q", "victoria"))
    ],
    "search the own members for another organization's": lambda w: w.client.get(
        w.url("organization_members", of=w.evil), {"q": "victoria"}
    ),
    "open another organization's member, role and invitation below the own": lambda w: [
        w.get("member_profile", of=w.evil, member_id=w.foreign_member.pk),
        w.get("role_edit", of=w.evil, role_id=w.foreign_role.pk),
        w.get("role_duplicate", of=w.evil, role_id=w.foreign_role.pk),
        w.get("invitation_revoke", of=w.evil, invitation_id=w.foreign_invitation.pk),
    ],
    "ask the autocomplete of either site": lambda w: [
        w.client.get(
            f"/{site}/autocomplete/", {"app_label": "org_members", "model_name": "role", "field_name": "organization"}
        )
        for site in ("org", "admin")
    ],
}
"""Sentence to what Mallory looks at, in the organization that she owns or elsewhere. Nothing of Globex is in it."""


@pytest.mark.parametrize("attack", READS)
def test_an_attack_reads_nothing(world, attack):
    asked = READS[attack](world)
    for response in asked if isinstance(asked, list) else [asked]:
        content = b"".join(response.streaming_content) if response.streaming else response.content
        assert not re.search("Globex|Victoria|victim@|Foreign|guest@", content.decode()), response.status_code


ROWS = {
    "a row that grants the ownership to a user": lambda w, permission: OrganizationUserGrant.objects.create(
        user=w.eve.user, permission=permission, content_object=w.acme
    ),
    "a row that grants the ownership everywhere": lambda w, permission: w.eve.user.user_permissions.add(permission),
    "a row that puts the ownership into a custom role": lambda w, permission: w.helper.permissions.add(permission),
}
"""Rows that some other code wrote."""


@pytest.mark.parametrize("row", ROWS)
def test_no_row_gives_the_ownership(world, row):
    before = authority_of(world.eve.user, world.acme)
    ROWS[row](world, Permission.objects.get(codename="transfer_ownership"))
    assert authority_of(world.eve.user, world.acme) == before
    assert not type(world.eve.user).objects.get(pk=world.eve.user_id).has_perm(OWN, world.acme)


def test_the_documentation_shows_every_attack():
    text = (Path(__file__).resolve().parents[2] / "docs/explanation/security.md").read_text(encoding="utf-8")
    table = text.partition("## Attacks that are tried")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| (?!attack|---)(.+?) \|", table, re.MULTILINE)
    assert shown == [*ATTACKS, *READS, *MEANWHILE, *ROWS]
