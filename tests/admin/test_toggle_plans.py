"""What PostgreSQL makes of the toggle, where schedules, rotations and time off decide: an index, few or many be shown."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.models import Membership, Override, Schedule, TimeOff

from .test_list_plans import TABLE, _plans_of_postgresql, plans  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
MEMBERS, SCHEDULES, ROTATIONS = 20_000, 40, 10
ALWAYS = [[day, "00:00", "00:00"] for day in range(7)]
ORDERS = [f"o={sign}{column}" for column in (1, 2, 4, 5) for sign in ("", "-")]


@pytest.fixture
def big(acme, crowd, make_organization, make_schedule, make_rotation):
    """Half of the members have a schedule of their own; some are disabled, some away, some on call."""
    crowd(acme, MEMBERS)
    crowd(make_organization(), MEMBERS, name="Somebody else {}")
    pks = list(acme.memberships.exclude(user=acme.owner).order_by("pk").values_list("pk", flat=True))
    make_schedule(acme, default=True)
    for number in range(SCHEDULES):
        Membership.objects.filter(pk__in=pks[number::80]).update(schedule=make_schedule(acme))
    for number in range(ROTATIONS):
        make_rotation(acme, Membership.objects.in_bulk(pks[number * 5 : number * 5 + 5]).values())
    Membership.objects.filter(pk__in=pks[100:1000]).disable(at=timezone.now(), by=None)
    since, until = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    TimeOff.objects.bulk_create(
        TimeOff(organization=acme, membership_id=pk, starts_at=since, ends_at=until) for pk in pks[1000:1200]
    )
    return acme


def open_are(organization, wanted):
    """Let only these schedules be open, at any time, and the others never."""
    schedules = Schedule.objects.filter(organization=organization)
    schedules.update(hours=[])
    schedules.filter(pk__in=wanted).update(hours=ALWAYS)
    with connection.cursor() as cursor:
        for model in (Membership, Schedule, TimeOff, Override):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


@pytest.fixture
def night(big):
    """Almost nobody is at work."""
    own = Schedule.objects.filter(organization=big).exclude(pk=big.default_schedule_id)
    open_are(big, own.values("pk")[:1])
    return big


@pytest.fixture
def day(big):
    """Almost everybody is."""
    closed = Schedule.objects.filter(organization=big).exclude(pk=big.default_schedule_id)[:1].get()
    open_are(big, Schedule.objects.filter(organization=big).exclude(pk=closed.pk).values("pk"))
    return big


def explained(client, url):
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, url
    found = list(plans(captured.captured_queries))
    assert found, url
    return answer.context["cl"], found


def scanned(found):
    """Whether a plan reads the members from the first to the last."""
    return any(node["Node Type"] == "Seq Scan" and node.get("Relation Name") == TABLE for node in found)


def few_are_found_by_an_index(client, url, show, searches, *, is_limited=False):
    for order, more in product(ORDERS, searches):
        changelist, found = explained(client, f"{url}?show={show}&{order}{more}")
        assert changelist.is_limited == is_limited
        for sql, nodes in found:
            assert not scanned(nodes), (order, more, sql)


def many_are_found_where_the_order_begins(client, url, show):
    for order in ORDERS:
        changelist, found = explained(client, f"{url}?show={show}&{order}")
        assert len(changelist.result_list) == 50
        _, (sql, nodes), *_ = found  # the first only counts as far as the limit: any members will do
        assert any("Index Name" in node for node in nodes), (order, sql)
        assert not scanned(nodes), (order, sql)


def deep_pages_use_one(client, url, show):
    """They look at a good part of so small a table: rightly not by its index alone."""
    for order, page in product(ORDERS, (10, 20)):
        changelist, found = explained(client, f"{url}?show={show}&{order}&p={page}")
        assert len(changelist.result_list) == 50
        for sql, nodes in found:
            assert any("Index Name" in node for node in nodes), (order, page, sql)


# Each of these makes tens of thousands of members: they ask everything at once.


def test_at_night_few_are_available_and_many_are_not(night, as_user, list_url):
    client, url = as_user(night.owner), list_url(night)
    few_are_found_by_an_index(client, url, "available", ["", "&q=0007", "&q=person"])
    many_are_found_where_the_order_begins(client, url, "unavailable")
    org = client.get(url).context["cl"].model_admin.org
    for show in ("available", "unavailable"):
        narrowed = set(org.availability.filter(night.memberships.all(), show, org.now).values_list("pk", flat=True))
        parts = org.availability.parts(night.memberships.all(), show, org.now)
        assert set().union(*(part.values_list("pk", flat=True) for part in parts)) == narrowed != set()


def test_by_day_it_is_the_other_way_round(day, as_user, list_url):
    client, url = as_user(day.owner), list_url(day)
    few_are_found_by_an_index(client, url, "unavailable", [""], is_limited=True)
    deep_pages_use_one(client, url, "unavailable")
    deep_pages_use_one(client, url, "available")
    many_are_found_where_the_order_begins(client, url, "available")
