"""The budget: at most eight queries for the members list, whoever looks, and the same at any size."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from django_org_members.admin.members import MembersAdmin, walking
from django_org_members.models import Invitation, Membership

pytestmark = pytest.mark.django_db
BUDGET = 8 + 2 * (len(settings.AUTHENTICATION_BACKENDS) - 1)
"""Eight; another backend of the project, such as allauth's, asks for permissions of its own, of the user and the groups."""
SIZES = [1, 100, pytest.param(10_000, marks=pytest.mark.heavy)]
ALWAYS = [[day, "00:00", "00:00"] for day in range(7)]
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


@pytest.fixture
def plan(make_schedule, make_rotation, away):
    """Give an organization schedules, rotations, and members who are away: `plan(organization, schedules=1, …)`."""

    def make(organization, *, schedules=1, rotations=1, absences=1):
        members = list(organization.memberships.order_by("pk")[: max(schedules, rotations, absences)])
        now = timezone.now()
        for number in range(schedules):
            hours = [] if number % 2 else ALWAYS
            make_schedule(organization, hours=hours, members=members[number : number + 1], default=not number)
        for number in range(rotations):
            make_rotation(organization, members[number : number + 3])
        for member in members[:absences]:
            away(member, now - timedelta(hours=1), timedelta(hours=2))
            away(member, now + timedelta(days=1), timedelta(days=2))

    return make


@pytest.mark.parametrize("size", SIZES)
def test_the_list_keeps_to_its_budget_for_everybody(acme, actors, crowd, count, plan, size, monkeypatch):
    monkeypatch.setattr(MembersAdmin, "list_per_page", BUDGET + 4)  # a query for each row would break the budget
    crowd(acme, size)
    plan(acme)
    for name, (user, site) in actors.items():
        for page in PAGES:
            assert count(user, site, page) <= BUDGET, (name, page)


def test_the_number_does_not_grow_with_the_rows(acme, actors, crowd, count, plan):
    def measured():
        return {name: count(user, site) for name, (user, site) in actors.items()}

    plan(acme)
    few = measured()
    crowd(acme, 100)
    plan(acme, schedules=30, rotations=20, absences=60)
    for number in range(60):
        role = acme.memberships.exclude(user=acme.owner).first().role
        Invitation.objects.create(
            organization=acme, email=f"guest{number}@example.com", role=role, expires_at=acme.created_at
        )
    assert measured() == few


@pytest.mark.parametrize("show", ["", "?show=available", "?show=unavailable"])
def test_the_toggle_costs_the_same_at_any_size(acme, crowd, count, plan, show):
    plan(acme)
    crowd(acme, 10)
    few = count(acme.owner, "org", show)
    crowd(acme, 300)
    plan(acme, schedules=40, rotations=20, absences=100)
    assert count(acme.owner, "org", show) == few


@pytest.fixture
def night(acme, crowd, make_schedule, make_rotation, monkeypatch):
    """1,000 schedules that are closed and 200 rotations: `night(available, last=False)` opens one for so many, or the last."""
    monkeypatch.setattr(walking, "LOOK_AT_LEAST", 500)

    def make(available, *, last=False):
        crowd(acme, 1700)
        pks = list(acme.memberships.order_by("sort_name", "pk").values_list("pk", flat=True))
        make_schedule(acme, hours=[], default=True)
        for member in Membership.objects.filter(pk__in=pks[:1000]):
            make_schedule(acme, hours=[], members=[member])
        members = Membership.objects.in_bulk(pks[:5]).values()
        for _ in range(200):
            make_rotation(acme, members)
        at_work = pks[-available:] if last else pks[:available]
        Membership.objects.filter(pk__in=at_work).update(schedule=make_schedule(acme, hours=ALWAYS))

    return make


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("how", "is_limited"),
    [
        pytest.param({"available": 1500}, True, id="many near the start"),
        pytest.param({"available": 1100, "last": True}, True, id="many far from it"),
        pytest.param({"available": 2, "last": True}, False, id="few"),
    ],
)
def test_the_toggle_costs_at_a_thousand_schedules_what_it_costs_at_ten_members(
    acme, crowd, count, plan, night, as_user, list_url, how, is_limited
):
    shows = [f"?show={show}{search}" for show in ("available", "unavailable") for search in ("", "&q=person")]
    crowd(acme, 10)
    plan(acme, absences=3)
    few = {show: count(acme.owner, "org", show) for show in shows}
    night(**how)
    assert {show: count(acme.owner, "org", show) for show in shows} == few
    changelist = as_user(acme.owner).get(list_url(acme) + "?show=available").context["cl"]
    assert changelist.is_limited is is_limited
    assert len(changelist.result_list) == min(changelist.result_count, changelist.list_per_page)


def test_members_with_grants_cost_one_query_more(acme, actors, crowd, count, plan, make_member):
    plan(acme)
    before = {name: count(user, site) for name, (user, site) in actors.items()}
    for _ in range(3):
        assign_perm("view_members", make_member(acme, full_name="Aaron Aa").user, acme)
    after = {name: count(user, site) for name, (user, site) in actors.items()}
    assert all(after[name] - before[name] in (0, 1) for name in before)
    assert max(after.values()) <= BUDGET


@pytest.mark.parametrize("is_planned", [False, True])
def test_no_page_counts_the_members(acme, crowd, plan, as_user, list_url, is_planned):
    crowd(acme, 120)
    if is_planned:
        plan(acme)
    client = as_user(acme.owner)
    pages = ["", "?p=2", "?o=-5", *(["?show=available"] if not is_planned else [])]
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            client.get(list_url(acme) + page)
        assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
