"""Who may act in an organization, and where each right comes from: the same answer as the policy's, person by person."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from django_org_members.access import Kind, access_of, who_can_act
from django_org_members.models import Membership
from django_org_members.policy.permissions import everything

pytestmark = pytest.mark.django_db
VIEW, DISABLE, ROLES = "org_members.view_members", "org_members.disable_member", "org_members.view_roles"


@pytest.fixture
def world(acme, globex, superuser, make_user, make_member, make_role, make_group, row_of):
    """People with rights in Acme from every source, alone and together, and people without; by what they are."""
    help_desk = make_role(acme, "view_members", "reset_member_mfa", name="Help Desk")
    support = make_group("Support")
    assign_perm(VIEW, support, acme)
    everywhere = make_group("Everywhere")
    everywhere.permissions.add(row_of(ROLES))
    elsewhere = make_group("Elsewhere")
    assign_perm(VIEW, elsewhere, globex)
    people = {
        "owner": acme.owner,
        "superuser": superuser,
        "admin": make_member(acme, role="admin").user,
        "help desk": make_member(acme, role=help_desk).user,
        "member": make_member(acme).user,
        "powerless role": make_member(acme, role=make_role(acme)).user,
        "disabled admin": make_member(acme, role="admin", disabled=True).user,
        "inactive admin": make_member(acme, role="admin", is_active=False).user,
        "granted": make_user(),
        "granted, inactive": make_user(is_active=False),
        "granted, disabled admin": make_member(acme, role="admin", disabled=True).user,
        "granted, member": make_member(acme).user,
        "granted, help desk": make_member(acme, role=help_desk).user,
        "by group": make_user(),
        "by model permission": make_user(),
        "by model permission of a group": make_user(),
        "by everything": make_member(acme, role="admin", is_superuser=True).user,
        "inactive superuser": make_user(is_superuser=True, is_active=False),
        "granted elsewhere": make_user(),
        "by group elsewhere": make_user(),
        "admin elsewhere": make_member(globex, role="admin").user,
        "transfers": make_user(),
        "other permission": make_user(),
        "stranger": make_user(),
    }
    for name, user in people.items():
        if name.startswith("granted") and "elsewhere" not in name:
            assign_perm(DISABLE, user, acme)
    assign_perm(DISABLE, people["granted elsewhere"], globex)
    assign_perm("org_members.transfer_ownership", people["transfers"], acme)
    people["other permission"].user_permissions.add(row_of("org_members.change_organization"))
    for name in ("by model permission", "by everything"):
        people[name].user_permissions.add(row_of(ROLES))
    for group, names in (
        (support, ("by group", "by everything")),
        (everywhere, ("by model permission of a group", "by everything")),
        (elsewhere, ("by group elsewhere",)),
    ):
        for name in names:
            people[name].groups.add(group)
    assign_perm(DISABLE, people["by everything"], acme)
    return people


def kinds(person):
    return [source.kind for source in person.sources]


def test_everybody_with_a_right_is_there_with_all_of_them_and_nobody_else(acme, world):
    found = {person.user.pk: person.permissions for person in who_can_act(acme).rows}
    for name, user in world.items():
        allowed = get_user_model()._default_manager.get(pk=user.pk).get_all_permissions(acme) & everything()
        assert found.get(user.pk, frozenset()) == allowed, name
    assert found.keys() == {
        user.pk
        for name, user in world.items()
        if "elsewhere" not in name
        and name
        in {
            "owner",
            "superuser",
            "admin",
            "help desk",
            "granted",
            "granted, disabled admin",
            "granted, member",
            "granted, help desk",
            "by group",
            "by model permission",
            "by model permission of a group",
            "by everything",
        }
    }


def test_each_right_says_where_it_comes_from(acme, world):
    names = {user.pk: name for name, user in world.items()}
    found = {names[person.user.pk]: [str(source) for source in person.sources] for person in who_can_act(acme).rows}
    assert found == {
        "owner": ["Role Owner"],
        "superuser": ["Superuser"],
        "admin": ["Role Admin"],
        "help desk": ["Role Help Desk"],
        "granted": ["Granted on this organization"],
        "granted, disabled admin": ["Granted on this organization"],
        "granted, member": ["Granted on this organization"],
        "granted, help desk": ["Role Help Desk", "Granted on this organization"],
        "by group": ["Granted on this organization to the group Support"],
        "by model permission": ["Granted on all organizations"],
        "by model permission of a group": ["Granted on all organizations to the group Everywhere"],
        "by everything": [
            "Role Admin",
            "Granted on this organization",
            "Granted on this organization to the group Support",
            "Granted on all organizations",
            "Granted on all organizations to the group Everywhere",
            "Superuser",
        ],
    }


def test_a_person_is_told_the_same(acme, world):
    """`access_of`, for one organization and for all."""
    told = {person.user.pk: person.sources for person in who_can_act(acme).rows}
    for name, user in world.items():
        fresh = get_user_model()._default_manager.get(pk=user.pk)
        for access in (access_of(fresh), access_of(fresh, organization=acme)):
            here = [source for place in access.places if place.organization == acme for source in place.sources]
            assert sorted([*here, *access.everywhere], key=str) == sorted(told.get(user.pk, ()), key=str), name


def test_a_person_is_told_of_every_organization(acme, globex, make_user, make_member, make_role, make_group):
    user = make_member(acme, role="admin").user
    make_member(globex, role=make_role(globex, "view_members", name="Looker"), user=user)
    make_group("Support", user)
    assign_perm(DISABLE, user, globex)
    access = access_of(user)
    assert [(place.organization.slug, [str(source) for source in place.sources]) for place in access.places] == [
        ("acme", ["Role Admin"]),
        ("globex", ["Role Looker", "Granted on this organization"]),
    ]
    assert access.places[1].sources[0].permissions == {VIEW}
    assert access_of(user, organization=globex).places == access.places[1:]


def everybody(acme, **how):
    """Walk through all the pages."""
    after, rows = "", []
    while True:
        page = who_can_act(acme, after=after, **how)
        rows += page.rows
        if not page.next:
            return rows
        after = page.next


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 12, 13])
def test_the_pages_are_the_whole_in_order(acme, world, limit):
    Membership.objects.filter(organization=acme).update(sort_name="the same")
    whole = [person.user.pk for person in who_can_act(acme).rows]
    assert [person.user.pk for person in everybody(acme, limit=limit)] == whole
    assert len(set(whole)) == 12


@pytest.mark.parametrize(
    "after", ["x", "member:", "member:x:y", "member:" + "9" * 5000, "user:", "member:0:", "\x00", "²:"]
)
def test_an_absurd_cursor_is_the_start_and_no_error(acme, world, after):
    assert len(who_can_act(acme, after=after).rows) == 12


def test_cursors_that_nobody_gave_out_are_no_error(acme, world):
    for after in ("member:99999999999999999999:a", "member:9999999999999999999:a", "user:\x00", "user:" + "a" * 5000):
        who_can_act(acme, after=after)


@pytest.mark.parametrize(
    ("search", "who"),
    [
        ("quentin", ["by group"]),
        ("QUENTIN questen", ["by group"]),
        ("helga", ["help desk"]),
        ("helga@desk", ["help desk"]),
        ("helga quentin", []),
        ("%", []),
        ("_", []),
        ("\x00helga", ["help desk"]),
        ("nobody at all", []),
    ],
)
def test_people_are_searched_for_by_name_and_address(acme, make_user, make_member, make_role, make_group, search, who):
    people = {
        "by group": make_user(full_name="Quentin Questenberg", email="qq@example.com"),
        "help desk": make_member(
            acme, role=make_role(acme, "view_members"), full_name="Helga Hell", email="helga@desk.example"
        ).user,
        "member": make_member(acme, full_name="Helga Quentin").user,
    }
    assign_perm(VIEW, make_group("Support", people["by group"]), acme)
    names = {user.pk: name for name, user in people.items()}
    assert [names.get(person.user.pk) for person in who_can_act(acme, search=search).rows] == who


def queries(function):
    with CaptureQueriesContext(connection) as captured:
        function()
    return len(captured)


def test_the_number_of_queries_does_not_grow(acme, world, crowd, make_role, make_user, make_group):
    before = queries(lambda: who_can_act(acme)), queries(lambda: who_can_act(acme, search="person"))
    crowd(acme, 30)
    role = make_role(acme, "view_members", "view_roles")
    Membership.objects.filter(organization=acme, role__key="member").update(role=role)
    users = [make_user() for _ in range(20)]
    assign_perm(VIEW, make_group("Many", *users), acme)
    assert len(who_can_act(acme, limit=1000).rows) > 60
    assert queries(lambda: who_can_act(acme, limit=1000)) <= before[0] == 5
    assert queries(lambda: who_can_act(acme, limit=1000, search="person")) <= before[1] == 5


def test_one_person_in_many_organizations_costs_the_same(make_organization, make_member, make_role, make_user):
    user = make_user()

    def join(organization):
        make_member(organization, role=make_role(organization, "view_members"), user=user)
        assign_perm(DISABLE, user, organization)

    join(make_organization())
    one = queries(lambda: access_of(user))
    for _ in range(20):
        join(make_organization())
    assert len(access_of(user).places) == 21
    assert queries(lambda: access_of(user)) == one == 4


def test_an_inactive_person_has_nothing(acme, make_member):
    user = make_member(acme, role="admin", is_active=False, is_superuser=True).user
    access = access_of(user)
    assert (access.everywhere, access.places) == ((), [])
    Membership.objects.filter(user=user).disable(at=timezone.now(), by=None)
    assert user.pk not in {person.user.pk for person in who_can_act(acme).rows}


def test_kinds_are_named_for_machines():
    assert [kind.value for kind in Kind] == ["role", "grant", "group_grant", "model", "group_model", "superuser"]
