"""What PostgreSQL makes of the list's queries: an index for each, whatever the page."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.models import search_index

pytestmark = pytest.mark.django_db
MEMBERS = 20_000
TABLE = "org_members_membership"
LAST = MEMBERS // 50
PAGES = {
    "first": "",
    "middle": f"p={LAST // 2}",
    "last": f"p={LAST}",
    **{
        f"ordered by column {column}, page {page}": f"o={sign}{column}&p={page}"
        for column in (1, 2, 4, 5)
        for sign in ("", "-")
        for page in (1, LAST // 2)
    },
    "available": "show=available&p=100",
    "unavailable": "show=unavailable",
    "rare search": "q=000777",
    "common search": "q=person",
    "common search, deep": "q=person&p=19&o=-5",
    "no match": "q=zzzz",
}


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


@pytest.fixture
def big(acme, crowd, make_organization):
    crowd(acme, MEMBERS)
    acme.memberships.filter(pk__in=list(acme.memberships.values_list("pk", flat=True)[1:800])).disable(
        at=timezone.now(), by=None
    )
    crowd(make_organization(), MEMBERS, name="Somebody else {}")
    with connection.cursor() as cursor:
        # What a vacuum does, as it would have long since done to rows that were not made just now.
        cursor.execute(f"SELECT gin_clean_pending_list('{search_index.MEMBERS[0]}'::regclass)")
        cursor.execute(f"ANALYZE {TABLE}")
    acme.refresh_from_db()
    return acme


def plans(queries):
    """Explain every query that reads members; yields the nodes of each plan."""
    for query in queries:
        if f'FROM "{TABLE}"' in query["sql"] and query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"].replace("%", "%%"))
                (answer,) = cursor.fetchone()
            answer = json.loads(answer) if isinstance(answer, str) else answer
            yield query["sql"], list(nodes(answer[0]["Plan"]))


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


# A search that half of a table of this size matches is rightly answered by reading the table until enough is found.
def test_every_page_uses_an_index(big, as_user, list_url):
    client, url = as_user(big.owner), list_url(big)
    for name, query in PAGES.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"{url}?{query}").status_code == 200, name
        explained = list(plans(captured.captured_queries))
        assert explained, name
        for sql, found in explained:
            if not name.startswith("common search"):
                kinds = {node["Node Type"] for node in found if node.get("Relation Name") == TABLE}
                assert "Seq Scan" not in kinds, (name, sql)
                assert any("Index Name" in node for node in found), (name, sql)


def test_a_deep_page_walks_an_index_and_fetches_its_own_rows_only(big, as_user, list_url):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = on")
    client = as_user(big.owner)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"{list_url(big)}?p={LAST // 2}")
    ((_, found),) = [plan for plan in plans(captured.captured_queries) if "OFFSET" in plan[0]]
    walk = next(node for node in found if node["Node Type"] == "Index Only Scan" and "by_name" in node["Index Name"])
    assert walk["Plan Rows"] > 50, "it skips in the index"


def test_without_trigrams_the_search_finds_the_same(acme, crowd, as_user, list_url):
    crowd(acme, 30)
    with connection.schema_editor() as editor:
        search_index.drop(None, editor)
        found = as_user(acme.owner).get(list_url(acme), {"q": "person 00001"}).context["cl"].result_count
    assert found > 0


def test_a_database_that_refuses_the_extension_is_migrated_all_the_same(caplog, monkeypatch):
    monkeypatch.setattr(search_index, "_EXTENSION", "CREATE EXTENSION no_such_extension")
    with connection.schema_editor() as editor:
        search_index.create(None, editor)
    assert "stays without its index" in caplog.text
