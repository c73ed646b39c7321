"""Paging: every page holds the members that it should, whichever way it was walked to."""

from __future__ import annotations

import pytest
from django.test import override_settings

from django_org_members.admin.members import walking
from django_org_members.admin.members.changelist import ORDERS
from django_org_members.models import Membership, Role
from django_org_members.policy import Judge

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]


@pytest.fixture
def members(acme, crowd):
    """Acme with 43 members, of which many share a name, a role, a status and a day."""
    crowd(acme, 42)
    rows = list(acme.memberships.exclude(user=acme.owner).order_by("pk"))
    admin = Role.objects.admin()
    for number, row in enumerate(rows):
        row.copy_profile(display_name=f"Name {number % 5}", email=row.email)
        row.role = admin if number % 3 == 0 else row.role
        row.joined_at = acme.created_at if number % 4 else row.joined_at
    Membership.objects.bulk_update(rows, ["display_name", "sort_name", "search_text", "role", "joined_at"])
    acme.memberships.filter(pk__in=[row.pk for row in rows[::4]]).disable(at=acme.created_at, by=None)
    acme.refresh_from_db()
    return acme


def keys(field, *, descending):
    return walking.reverse(ORDERS[field]) if descending else list(ORDERS[field])


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("field", ORDERS)
@pytest.mark.parametrize("shown", [{}, {"is_active": True}, {"is_active": False}])
def test_every_walked_page_is_the_right_one(members, field, descending, shown):
    ordered = Membership.objects.filter(organization=members, **shown).order_by(*keys(field, descending=descending))
    everybody = list(ordered.values_list("pk", flat=True))
    assert len(set(everybody)) == len(everybody) == ordered.count()
    for start in range(0, len(everybody), 7):
        ids = walking.walked(ordered, start, start + 7, len(everybody))
        page = Membership.objects.filter(pk__in=ids).order_by(*ordered.query.order_by)
        assert list(page.values_list("pk", flat=True)) == everybody[start : start + 7]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("field", ORDERS)
def test_every_plan_of_a_search_finds_the_same_page(members, field, descending, monkeypatch):
    monkeypatch.setattr(walking, "LOOK_AT_LEAST", 43)
    everybody = Membership.objects.filter(organization=members)
    found = everybody.matching("name 3").order_by(*keys(field, descending=descending))
    wanted = list(found.values_list("pk", flat=True))[2:6]
    for ids in (walking.near_the_start(found, everybody, 2, 6), walking.among_all(found, [found], 2, 6)):
        page = Membership.objects.filter(pk__in=ids).order_by(*found.query.order_by)
        assert list(page.values_list("pk", flat=True)) == wanted


def test_a_part_of_the_list_that_holds_too_few_gives_no_whole_page(members, monkeypatch):
    monkeypatch.setattr(walking, "LOOK_AT_LEAST", 3)
    monkeypatch.setattr(walking, "LOOK_TIMES", 0)
    everybody = Membership.objects.filter(organization=members)
    found = everybody.matching("name 4").order_by("sort_name", "pk")
    ids = walking.near_the_start(found, everybody, 0, 5)
    assert Membership.objects.filter(pk__in=ids).count() < 5


@pytest.fixture
def small_pages(members, monkeypatch):
    from django_org_members.admin.members import MembersAdmin

    monkeypatch.setattr(MembersAdmin, "list_per_page", 5)
    return members


def pages(client, url, query=""):
    """Visit every page; returns the pks that they show and the last response."""
    seen, number = [], 1
    while True:
        response = client.get(f"{url}?{query}&p={number}")
        assert response.status_code == 200
        changelist = response.context["cl"]
        seen += [member.pk for member in changelist.result_list]
        if number >= changelist.paginator.num_pages:
            return seen, response
        number += 1


@pytest.mark.parametrize("order", ["", "-1", "2", "-2", "4", "-4", "5", "-5"])
@pytest.mark.parametrize("show", ["all", "available", "unavailable"])
def test_all_pages_together_show_everybody_once(small_pages, as_user, list_url, order, show):
    seen, response = pages(as_user(small_pages.owner), list_url(small_pages), f"o={order}&show={show}")
    assert len(seen) == len(set(seen)) == response.context["cl"].result_count
    narrowed = {} if show == "all" else {"is_active": show == "available"}
    assert set(seen) == set(small_pages.memberships.filter(**narrowed).values_list("pk", flat=True))


def test_all_pages_of_a_search_show_every_match_once(small_pages, as_user, list_url):
    seen, response = pages(as_user(small_pages.owner), list_url(small_pages), "q=name&o=-2")
    assert len(seen) == len(set(seen)) == response.context["cl"].result_count == 42
    assert not response.context["cl"].is_limited
    assert "42 members" in response.content.decode()


@override_settings(ORG_MEMBERS={"BASE_URL": "http://testserver", "SEARCH_LIMIT": 12})
@pytest.mark.parametrize("order", ["1", "-1", "2", "-5"])
def test_a_search_that_finds_too_many_shows_the_first_and_asks_to_narrow(small_pages, as_user, list_url, order):
    client, url = as_user(small_pages.owner), list_url(small_pages)
    everybody, _response = pages(client, url, f"o={order}")
    matching = set(small_pages.memberships.matching("name").values_list("pk", flat=True))

    seen, response = pages(client, url, f"q=name&o={order}")

    assert seen == [pk for pk in everybody if pk in matching][:12]
    assert "More than 12 matches: narrow your search." in response.content.decode()
    assert client.get(f"{url}?q=name&p=4").status_code == 302


@override_settings(ORG_MEMBERS={"BASE_URL": "http://testserver", "SEARCH_LIMIT": 42})
def test_a_search_that_finds_just_the_limit_is_complete(small_pages, as_user, list_url):
    _seen, response = pages(as_user(small_pages.owner), list_url(small_pages), "q=name")
    assert response.context["cl"].result_count == 42
    assert not response.context["cl"].is_limited


def test_the_pages_are_linked_and_keep_the_query(small_pages, as_user, list_url):
    page = as_user(small_pages.owner).get(list_url(small_pages) + "?o=-2&show=available&p=2").content.decode()
    assert 'href="?o=-2&amp;p=3&amp;show=available">3</a>' in page
    assert '<span class="this-page" aria-current="page">2</span>' in page


def test_the_rows_are_loaded_for_the_policy(members, as_user, list_url):
    (row, *_others) = as_user(members.owner).get(list_url(members)).context["cl"].result_list
    assert Judge(members.owner, members).authority_over(row) is not None
