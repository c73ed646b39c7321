"""The budget: at most eight queries for the members list, whoever looks, and the same at any size."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from django_org_members.admin.members import MembersAdmin
from django_org_members.models import Invitation

pytestmark = pytest.mark.django_db
BUDGET = 8
SIZES = [1, 100, pytest.param(10_000, marks=pytest.mark.heavy)]
PAGES = ["", "?o=-2", "?o=4&show=available", "?show=unavailable", "?q=person", "?q=nobody", "?o=-5&q=person+00"]


@pytest.fixture
def actors(acme, admin_member, make_member, make_role, make_user, staff):
    """Everybody who may see the list, each with the site that they use."""
    help_desk = make_role(acme, "view_members", "reset_member_mfa")
    granted = make_user(is_staff=True)
    for permission in ("view_members", "invite_member", "disable_member"):
        assign_perm(permission, granted, acme)
    by_group = make_user(is_staff=True)
    group = Group.objects.create(name="Support")
    by_group.groups.add(group)
    assign_perm("view_members", group, acme)
    by_model = make_user(is_staff=True)
    by_model.user_permissions.set(Permission.objects.filter(codename__in=["view_members", "invite_member"]))
    return {
        "owner": (acme.owner, "org"),
        "admin": (admin_member.user, "org"),
        "custom": (make_member(acme, role=help_desk).user, "org"),
        "superuser": (staff, "admin"),
        "granted": (granted, "admin"),
        "by group": (by_group, "admin"),
        "by model": (by_model, "admin"),
        "staff member": (make_member(acme, role="admin", user=make_user(is_staff=True)).user, "admin"),
    }


@pytest.fixture
def count(acme, as_user, list_url):
    """Count the queries of one visit: `count(user, site, query="")`."""

    def measure(user, site, query=""):
        client = as_user(user)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(list_url(acme, site) + query)
        assert response.status_code == 200
        return len(queries)

    return measure


@pytest.mark.parametrize("size", SIZES)
def test_the_list_keeps_to_its_budget_for_everybody(acme, actors, crowd, count, size, monkeypatch):
    monkeypatch.setattr(MembersAdmin, "list_per_page", BUDGET + 4)  # a query for each row would break the budget
    crowd(acme, size)
    for name, (user, site) in actors.items():
        for page in PAGES:
            assert count(user, site, page) <= BUDGET, (name, page)


def test_the_number_does_not_grow_with_the_rows(acme, actors, crowd, count, make_user):
    def measured():
        return {name: count(user, site) for name, (user, site) in actors.items()}

    few = measured()
    crowd(acme, 100)
    for number in range(60):
        role = acme.memberships.exclude(user=acme.owner).first().role
        Invitation.objects.create(
            organization=acme, email=f"guest{number}@example.com", role=role, expires_at=acme.created_at
        )
    assert measured() == few


def test_members_with_grants_cost_one_query_more(acme, actors, crowd, count, make_member):
    before = {name: count(user, site) for name, (user, site) in actors.items()}
    for _ in range(3):
        assign_perm("view_members", make_member(acme, full_name="Aaron Aa").user, acme)
    after = {name: count(user, site) for name, (user, site) in actors.items()}
    assert all(after[name] - before[name] in (0, 1) for name in before)
    assert max(after.values()) <= BUDGET


def test_no_page_counts_the_members(acme, crowd, as_user, list_url):
    crowd(acme, 120)
    client = as_user(acme.owner)
    for page in ("", "?p=2", "?show=available", "?o=-5"):
        with CaptureQueriesContext(connection) as queries:
            client.get(list_url(acme) + page)
        assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
