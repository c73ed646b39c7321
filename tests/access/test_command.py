"""`org_access`."""

from __future__ import annotations

import io
import json

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from guardian.shortcuts import assign_perm

from django_org_members.policy.permissions import everything

pytestmark = pytest.mark.django_db


def run(*arguments):
    output = io.StringIO()
    call_command("org_access", *arguments, stdout=output)
    return output.getvalue()


@pytest.fixture
def hana(acme, globex, make_member, make_role, make_group, make_user):
    user = make_user(email="hana@example.com", full_name="Hana Sato")
    make_member(acme, role=make_role(acme, "view_members", name="Help Desk"), user=user)
    make_member(globex, user=user)
    assign_perm("org_members.disable_member", make_group("Support", user), acme)
    return user


def test_it_says_where_each_permission_comes_from(hana):
    assert run("Hana@Example.com") == (
        "Hana Sato <hana@example.com>\n"
        "  Acme (acme)\n"
        "    Role Help Desk\n"
        "      org_members.view_members: See the organization's members\n"
        "    Granted on this organization to the group Support\n"
        "      org_members.disable_member: Disable and enable members' access\n"
    )


def test_it_speaks_to_programs(hana, row_of):
    hana.user_permissions.add(row_of("org_members.view_roles"))
    (person,) = json.loads(run("hana@example.com", "--format", "json"))
    assert person == {
        "id": str(hana.pk),
        "name": "Hana Sato",
        "email": "hana@example.com",
        "is_active": True,
        "every_organization": [
            {"kind": "model", "role": None, "group": None, "permissions": ["org_members.view_roles"]}
        ],
        "organizations": [
            {
                "slug": "acme",
                "name": "Acme",
                "sources": [
                    {"kind": "role", "role": "Help Desk", "group": None, "permissions": ["org_members.view_members"]},
                    {
                        "kind": "group_grant",
                        "role": None,
                        "group": "Support",
                        "permissions": ["org_members.disable_member"],
                    },
                ],
            }
        ],
    }


def test_it_narrows_to_one_organization(hana, make_member, make_organization):
    make_member(make_organization(name="Initech", slug="initech"), role="admin", user=hana)
    assert "Acme" not in run("hana@example.com", "--organization", "initech")
    assert "Role Admin" in run("hana@example.com", "--organization", "initech")
    assert run("hana@example.com", "--organization", "globex") == "Hana Sato <hana@example.com>\n  May do nothing.\n"


def test_a_superuser_is_told_in_short(superuser, make_organization):
    for _ in range(5):
        make_organization()
    lines = run("root@example.com").splitlines()
    assert lines[:3] == ["Robin Root <root@example.com>", "  Every organization", "    Superuser"]
    assert len(lines) == 3 + len(everything())


def test_every_account_with_the_address_is_printed(make_user, acme, make_member):
    is_username = get_user_model().USERNAME_FIELD == "email"
    if is_username and connection.vendor == "mysql":
        pytest.skip("The database takes addresses that differ in case only for the same.")
    fields = {} if is_username else {"username": "two"}
    make_member(acme, role="admin", email="twice@example.com", full_name="One One")
    make_user(email="Twice@example.com", full_name="Two Two", is_active=False, **fields)
    output = run("twice@example.com")
    assert "One One <twice@example.com>\n  Acme (acme)\n    Role Admin\n" in output
    assert "Two Two <Twice@example.com>\n  Deactivated: may do nothing.\n" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody@example.com"], "No account has the address nobody@example.com"),
        ([""], "No account"),
        (["hana@example.com", "--organization", "nowhere"], "no organization with the slug nowhere"),
        (["hana@example.com", "--format", "xml"], "invalid choice"),
    ],
)
def test_what_is_wrong_is_said(hana, arguments, words):
    with pytest.raises(CommandError, match=words):
        run(*arguments)
