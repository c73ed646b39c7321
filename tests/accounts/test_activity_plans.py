"""What PostgreSQL makes of the queries on sign-in activity: walks along an index, however much there is."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import keyset
from django_org_members.accounts import activity, retention
from django_org_members.admin.logins import _wanted
from django_org_members.keyset import Cursor, written
from django_org_members.models import LoginEvent

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
EVENTS, SIZE = 40_000, 25
TABLE = LoginEvent._meta.db_table
START = datetime(2020, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


@pytest.fixture
def busy(make_user):
    """Somebody with half of all events; the rest are others', and nobody's."""
    busy, others = make_user(), [*(make_user() for _ in range(50)), None]
    LoginEvent.objects.bulk_create(
        (
            LoginEvent(
                user=busy if number % 2 else others[number % len(others)],
                action="signed_in",
                ip_address=f"192.0.2.{number % 200}",
                created_at=START + timedelta(minutes=number),
            )
            for number in range(EVENTS)
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}")
    return busy


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(act):
    """Do it, and yield the nodes of the plan of each query on events, and how many rows each went through."""
    with CaptureQueriesContext(connection) as captured:
        act()
    queries = [query["sql"] for query in captured if TABLE in query["sql"]]
    assert queries
    for sql in queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"))
            (answer,) = cursor.fetchone()
        answer = json.loads(answer) if isinstance(answer, str) else answer
        yield sql, list(nodes(answer[0]["Plan"]))


def indexes(found):
    return {node["Index Name"] for node in found if "Index Name" in node}


def rows(node):
    return (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]


def at(minutes):
    return written(Cursor(START + timedelta(minutes=minutes), 0))


PLACES = {
    "newest": {},
    "middle": {"before": at(EVENTS / 2)},
    "deep": {"before": at(EVENTS / 4)},
    "newer": {"after": at(EVENTS / 2)},
    "oldest": {"after": "start"},
}


def test_a_page_is_a_walk_along_the_person_s_index(busy):
    for since, (name, place) in product((None, START, START + timedelta(minutes=EVENTS / 4)), PLACES.items()):
        for sql, found in explained(partial(activity.page_of, busy, SIZE, place, since=since)):
            assert indexes(found) == {"org_members_logins"}, (name, sql)
            assert "Sort" not in {node["Node Type"] for node in found}, (name, sql)
            assert max(map(rows, found)) <= SIZE + 2, (name, sql)


def test_the_failures_that_count_are_looked_for_lately_only(busy):
    def guess():
        activity.has_to_wait(busy, LoginEvent.Reason.MFA_CODE_WRONG)

    for sql, found in explained(guess):
        assert indexes(found) == {"org_members_logins"}, sql
        assert max(map(rows, found)) <= 1, sql


def test_pruning_walks_along_the_time(busy):
    old = START + timedelta(minutes=500)
    batch = retention._old(old, succeeded=True).order_by("created_at", "id").values_list("pk", flat=True)[:100]
    for act in (lambda: retention.count(old), lambda: list(batch)):
        for sql, found in explained(act):
            assert indexes(found) == {"org_members_logins_result"}, sql
            assert max(map(rows, found)) <= 500, sql


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"show": "succeeded"}, "org_members_logins_result"),
        ({"show": "failed"}, "org_members_logins_result"),
        ({"show": "unknown"}, "org_members_logins"),
    ],
)
def test_the_list_of_everybody_s_walks_an_index(busy, asked, index):
    for place in PLACES.values():
        for sql, found in explained(lambda place=place: keyset.page(_wanted(asked), SIZE, place)):
            assert index in indexes(found), sql
            assert "Seq Scan" not in {node["Node Type"] for node in found if node.get("Relation Name") == TABLE}, sql


def test_a_rare_address_is_found_by_its_index(busy):
    LoginEvent.objects.filter(pk__in=LoginEvent.objects.values("pk")[:3]).update(ip_address="198.51.100.9")
    asked = {"show": "succeeded", "address": "198.51.100.9"}
    for sql, found in explained(lambda: keyset.page(_wanted(asked), SIZE, {})):
        assert "org_members_logins_address" in indexes(found), sql
        assert max(map(rows, found)) <= 300, sql
