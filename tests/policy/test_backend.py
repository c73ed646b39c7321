"""`user.has_perm(permission, organization)`, from wherever the permission comes."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, get_user_model
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from django_org_members.exceptions import Refused
from django_org_members.models import Account, Membership, Organization, Role
from django_org_members.policy import Permission as OurPermission
from django_org_members.policy import refused

pytestmark = pytest.mark.django_db
DISABLE = "org_members.disable_member"


@pytest.fixture
def acme(make_organization):
    return make_organization()


@pytest.fixture
def elsewhere(make_organization):
    return make_organization()


def fresh(user):
    """The user as the next request has it."""
    return get_user_model()._default_manager.get(pk=user.pk)


def test_a_role_counts_in_its_organization_only(acme, elsewhere, make_member):
    user = make_member(acme, role="admin").user
    assert user.has_perm(DISABLE, acme)
    assert not user.has_perm(DISABLE, elsewhere)
    assert not user.has_perm(DISABLE), "no model permission"


def test_an_object_of_an_organization_is_asked_about_alike(acme, elsewhere, make_member):
    user = make_member(acme, role="admin").user
    assert user.has_perm(DISABLE, acme.memberships.first())
    assert not user.has_perm(DISABLE, elsewhere.memberships.first())


def test_a_change_of_role_counts_from_the_next_request_on(acme, make_member):
    member = make_member(acme, role="admin")
    assert fresh(member.user).has_perm(DISABLE, acme)
    Membership.objects.filter(pk=member.pk).update(role=Role.objects.member())
    assert not fresh(member.user).has_perm(DISABLE, acme)


@pytest.mark.parametrize("to", ["user", "group"])
def test_grants_of_guardian_count_on_their_organization(acme, elsewhere, make_user, to):
    user, group = make_user(), Group.objects.create(name="Support")
    user.groups.add(group)
    assign_perm(DISABLE, user if to == "user" else group, acme)
    assert fresh(user).has_perm(DISABLE, acme)
    assert not fresh(user).has_perm(DISABLE, elsewhere)
    assert not fresh(user).has_perm("org_members.remove_member", acme)
    remove_perm(DISABLE, user if to == "user" else group, acme)
    assert not fresh(user).has_perm(DISABLE, acme)


def test_model_permissions_count_everywhere(acme, elsewhere, make_user):
    user = make_user()
    user.user_permissions.add(Permission.objects.get(codename="disable_member"))
    for organization in (acme, elsewhere, None):
        assert fresh(user).has_perm(DISABLE, organization)


def test_nobody_inactive_has_any(acme, make_member, make_user):
    admin, superuser = make_member(acme, role="admin").user, make_user(is_superuser=True)
    assign_perm(DISABLE, admin, acme)
    assert fresh(superuser).has_perm(DISABLE, acme)
    for user in (admin, superuser):
        user.is_active = False
        user.save()
        assert not fresh(user).has_perm(DISABLE, acme)


def test_a_disabled_membership_gives_nothing(acme, make_member):
    user = make_member(acme, role="admin", disabled=True).user
    assert not user.has_perm(DISABLE, acme)


def test_asking_again_asks_no_query(acme, make_member):
    user = make_member(acme, role="admin").user
    user.has_perm(DISABLE, acme)
    with CaptureQueriesContext(connection) as queries:
        for codename in ("disable_member", "remove_member", "transfer_ownership"):
            user.has_perm(f"org_members.{codename}", acme)
    assert len(queries) == 0


def test_it_answers_the_same_in_async_code(acme, elsewhere, make_member, password):
    user = make_member(acme, role="admin").user

    async def ask():
        known = await aauthenticate(username=user.get_username(), password=password)
        return known, await known.ahas_perm(DISABLE, acme), await known.ahas_perm(DISABLE, elsewhere)

    assert async_to_sync(ask)() == (user, True, False)
    Account.objects.create(user=user, must_change_password=True, temporary_password_expires_at=timezone.now())

    async def sign_in():
        return await aauthenticate(username=user.get_username(), password=password)

    assert async_to_sync(sign_in)() is None


def test_the_reference_names_every_permission():
    text = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "permissions.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `(org_members\.\w+)` \|", text, re.MULTILINE)
    assert documented == [str(permission) for permission in OurPermission]
    assert documented == [f"org_members.{codename}" for codename, _ in Organization._meta.permissions]


def test_a_refusal_survives_being_pickled():
    refusal = Refused(refused("owner", "This is the Owner of the organization."))
    copy = pickle.loads(pickle.dumps(refusal))
    assert (copy.verdict, str(copy)) == (refusal.verdict, str(refusal))
