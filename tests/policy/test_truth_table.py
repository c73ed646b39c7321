"""Every action × actor × target, on one screen.

Each letter is the rule that decides: `.` allowed · `P` no permission · `O` the Owner · `S` oneself · `F` platform
staff · `X` the target's authority exceeds the actor's · `H` shared account · `N` account not made by the
organization · `W` no password · `D` access disabled · `-` the actor is no member, so there is no such cell.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from guardian.shortcuts import assign_perm

from django_org_members import actions
from django_org_members.models import Account, LiveSession, Membership, Role, Schedule, TimeOff
from django_org_members.policy import authority_of

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

CODES = {
    ".": "",
    "P": "permission",
    "O": "owner",
    "S": "oneself",
    "F": "platform_staff",
    "X": "exceeds",
    "H": "shared",
    "N": "not_provisioned",
    "W": "no_password",
    "D": "disabled",
}
TARGETS = ("owner", "admin", "custom", "member", "self", "disabled", "shared", "foreign", "superuser", "sso")
"""`foreign`: sole membership, but the account was made elsewhere; `sso`: no usable password."""

TABLE = {
    #                 owner admin custom member self disabled shared foreign superuser sso
    "disable": {
        "superuser": "O . . . - . . . . .",
        "owner":     "O . . . O . . . F .",
        "admin":     "O . . . S . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "O X X . - . . . F .",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "enable": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . . . F .",
        "admin":     "X . . . . . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "X X X . - . . . F .",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "set-role": {
        "superuser": "O . . . - . . . . .",
        "owner":     "O . . . O . . . F .",
        "admin":     "O . . . S . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "remove": {
        "superuser": "O . . . - . . . . .",
        "owner":     "O . . . O . . . F .",
        "admin":     "O . . . S . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "reset-mfa": {
        "superuser": ". . . . - . . . . .",
        "owner":     "S . . . S . H N F .",
        "admin":     "X . . . S . H N F .",
        "custom":    "X X . . S . H N F .",
        "granted":   "X X X . - . H N F .",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "reset-password": {
        "superuser": ". . . . - . . . . W",
        "owner":     "S . . . S . H N F W",
        "admin":     "X . . . S . H N F W",
        "custom":    "X X . . S . H N F W",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "send-reset-link": {
        "superuser": ". . . . - . . . . W",
        "owner":     "S . . . S . H N F W",
        "admin":     "X . . . S . H N F W",
        "custom":    "X X . . S . H N F W",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "edit-profile": {
        "superuser": "O . . . - . . . . .",
        "owner":     "O . . . O . H N F .",
        "admin":     "O . . . . . H N F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "sign-out": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . H N F .",
        "admin":     "X . . . . . H N F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "end-session": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . H N F .",
        "admin":     "X . . . . . H N F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "transfer-ownership": {
        "superuser": "O . . . - D . . . .",
        "owner":     "O . . . O D . . F .",
        "admin":     "P P P P P P P P P P",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "exempt-from-mfa": {
        "superuser": ". . . . - . . . . .",
        "owner":     "S . . . S . . . F .",
        "admin":     "X . . . S . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "end-mfa-exemption": {
        "superuser": ". . . . - . . . . .",
        "owner":     "S . . . S . . . F .",
        "admin":     "X . . . S . . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "remind-mfa": {
        "superuser": ". . . . - D . . . .",
        "owner":     ". . . . . D . . F .",
        "admin":     "X . . . . D . . F .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    # Planning is no power over an account: who may plan plans for everybody.
    "set-schedule": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . . . . .",
        "admin":     ". . . . . . . . . .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "add-time-off": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . . . . .",
        "admin":     ". . . . . . . . . .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
    "cancel-time-off": {
        "superuser": ". . . . - . . . . .",
        "owner":     ". . . . . . . . . .",
        "admin":     ". . . . . . . . . .",
        "custom":    "P P P P P P P P P P",
        "granted":   "P P P P - P P P P P",
        "member":    "P P P P P P P P P P",
        "stranger":  "P P P P - P P P P P",
        "disabled_admin": "P P P P P P P P P P",
    },
}  # fmt: skip

PARAMS = {
    "edit-profile": {"full_name": "Grace", "email": "grace@acme.example", "phone": ""},
    "transfer-ownership": {"reason": "The Owner has left."},
}


def provision(member: Membership) -> Membership:
    Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": member.organization})
    return member


@pytest.fixture
def acme(make_organization, make_user):
    organization = make_organization(owner=make_user(email="owner@acme.example"))
    organization.mfa_required_since = timezone.now()
    organization.save()
    provision(organization.memberships.get())
    return organization


@pytest.fixture
def help_desk(acme, make_role):
    return make_role(acme, "view_members", "reset_member_mfa", "reset_member_password")


@pytest.fixture
def actors(acme, help_desk, make_user, make_member):
    """Everybody who may try it, by the name of the row."""

    def member(role, **fields):
        return provision(make_member(acme, role=role, **fields)).user

    granted = make_user(is_staff=True)
    for permission in ("view_members", "disable_member", "reset_member_mfa", "transfer_ownership"):
        assign_perm(f"org_members.{permission}", granted, acme)
    return {
        "superuser": make_user(is_superuser=True, is_staff=True),
        "owner": acme.owner,
        "admin": member("admin"),
        "custom": member(help_desk),
        "granted": granted,
        "member": member("member"),
        "stranger": make_user(),
        "disabled_admin": member("admin", disabled=True),
    }


@pytest.fixture
def targets(acme, help_desk, make_member, make_organization):
    """Everybody on whom it is tried, besides oneself."""

    def member(role="member", *, made_here=True, **fields):
        row = make_member(acme, role=role, **fields)
        return provision(row) if made_here else row

    everybody = {
        "owner": acme.memberships.get(user=acme.owner),
        "admin": member("admin"),
        "custom": member(help_desk),
        "member": member(),
        "disabled": member(),
        "shared": member(),
        "foreign": member(made_here=False),
        "superuser": member(is_superuser=True),
        "sso": member(password=None),
    }
    actions.perform("disable", actor=acme.owner, members=[everybody["disabled"]])
    make_member(make_organization(), user=everybody["shared"].user)
    return everybody


def attempt(action, actor, target):
    """Ask whether it is allowed, try it, and undo it; returns the code of the verdict and of the refusal."""
    params = dict(PARAMS.get(action, {}))
    if action == "end-session":
        later = timezone.now() + timedelta(days=1)
        params["session"] = LiveSession.objects.create(user=target.user, expires_at=later).pk
    if action == "exempt-from-mfa":
        params |= {"until": timezone.now() + timedelta(days=1), "reason": "The phone is lost."}
    if action == "set-schedule":
        params["schedule"] = Schedule.objects.get_or_create(
            organization=target.organization, name="Nights", time_zone="UTC", hours=[]
        )[0]
    if action == "add-time-off":
        params |= {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)}
    if action == "cancel-time-off":
        span = {"starts_at": timezone.now(), "ends_at": timezone.now() + timedelta(days=1)}
        params["time_off"] = TimeOff.objects.create(membership=target, **span).pk
    if action == "set-role":
        params["role"] = Role.objects.member()
    member = Membership.objects.get(pk=target.pk)
    verdict = actions.verdict(action, actor=actor, member=member)
    with transaction.atomic():
        outcome = actions.perform(action, actor=actor, members=[member], **params)
        transaction.set_rollback(True)
    assert len(outcome.done) + len(outcome.unchanged) + len(outcome.refused) == 1
    return verdict.code, outcome.refused[0][1].code if outcome.refused else ""


@pytest.mark.parametrize("action", TABLE)
def test_the_policy_and_the_deed_agree_with_the_table(action, acme, actors, targets):
    expected, found = {}, {}
    for name, letters in TABLE[action].items():
        oneself = acme.memberships.filter(user=actors[name]).first()
        for target, letter in zip(TARGETS, letters.split(), strict=True):
            if letter != "-":
                expected[name, target] = (CODES[letter], CODES[letter])
                found[name, target] = attempt(action, actors[name], {**targets, "self": oneself}[target])
    assert found == expected


def test_the_table_names_every_action():
    assert set(TABLE) == {action.name for action in actions.all_actions()}


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
def test_what_the_built_in_roles_hold(role, acme, make_member):
    user = acme.owner if role == "owner" else make_member(acme, role=role).user
    held = authority_of(user, acme).permissions
    everything = {f"org_members.{codename}" for codename, _ in type(acme)._meta.permissions}
    assert (
        held
        == {
            "owner": everything,
            "admin": everything - {"org_members.transfer_ownership"},
            "member": set(),
        }[role]
    )
