"""The starter set: what is missing, as far as the actor may give it."""

from __future__ import annotations

import pytest

from django_org_members import roles
from django_org_members.exceptions import Refused
from django_org_members.models import Role
from django_org_members.policy import Judge
from django_org_members.policy.permissions import grantable

pytestmark = pytest.mark.django_db

NAMES = ["Billing Admin", "Help Desk", "Auditor", "People Manager"]


def test_an_admin_adds_all_four_once(acme, admin):
    added = roles.add_starter_set(actor=admin, organization=acme)
    assert [role.name for role in added.roles] == NAMES
    judge = Judge(admin, acme)
    for starter in roles.STARTERS:
        role = Role.objects.get(organization=acme, name=starter.name)
        assert judge.roles.authority_of(role).permissions == set(map(str, starter.permissions)) <= grantable()
    again = roles.add_starter_set(actor=admin, organization=acme)
    assert again.roles == []
    assert [name for name, _reason in again.left_out] == NAMES
    assert Role.objects.filter(organization=acme).count() == 4


def test_an_editor_adds_only_what_they_have(acme, editor):
    added = roles.add_starter_set(actor=editor, organization=acme)
    assert added.roles == []
    assert {reason for _name, reason in added.left_out} == {"You do not have this permission yourself."}


def test_others_add_nothing(acme, make_member):
    with pytest.raises(Refused):
        roles.add_starter_set(actor=make_member(acme).user, organization=acme)
