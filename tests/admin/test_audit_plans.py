"""What PostgreSQL makes of the log's queries: an index for each, whatever is asked and however deep the page."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.audit import reading, verbs
from django_org_members.audit.reading import Cursor, Filter
from django_org_members.models import AuditEvent, search_index

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
EVENTS = 40_000
TABLE = AuditEvent._meta.db_table
START = datetime(2020, 1, 1, tzinfo=timezone.utc)
MIDDLE, DEEP = (Cursor(START + timedelta(minutes=EVENTS * share), 0) for share in (0.5, 0.02))
BUSY, RARE = 7_000_001, 7_000_002
"""Who did two events of three, and who did five: no user has to exist."""
WANTED = {
    "nothing": Filter(),
    "common verb": Filter(verb="role_changed"),
    "rare verb": Filter(verb="ownership_transferred"),
    "verb that never occurred": Filter(verb="unheard_of"),
    "busy person": Filter(person=BUSY),
    "person with few": Filter(person=RARE),
    "person with none": Filter(person=1),
    "busy person, rare verb": Filter(person=BUSY, verb="ownership_transferred"),
    "busy person, common verb": Filter(person=BUSY, verb="role_changed"),
    "rare word": Filter(words="rare.person"),
    "two words": Filter(words="rare.person busy"),
    "no match": Filter(words="zzzz"),
    "range": Filter(since=MIDDLE.at, until=MIDDLE.at + timedelta(days=1)),
    "range, rare word": Filter(words="rare.person", since=MIDDLE.at, until=MIDDLE.at + timedelta(days=3)),
    "everything": Filter(words="target", person=BUSY, verb="role_changed", since=DEEP.at),
}
PLACES = {
    "newest": lambda pk, wanted: reading.newest(pk, wanted, 50),
    "middle": lambda pk, wanted: reading.older(pk, wanted, 50, MIDDLE),
    "deep": lambda pk, wanted: reading.older(pk, wanted, 50, DEEP),
    "newer": lambda pk, wanted: reading.newer(pk, wanted, 50, MIDDLE),
    "oldest": lambda pk, wanted: reading.oldest(pk, wanted, 50),
}


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


def events(organization):
    for number in range(EVENTS):
        verb = "ownership_transferred" if number % 5000 == 3 else ("role_changed", "member_disabled")[number % 10 > 6]
        actor = RARE if number % 6000 == 5 else BUSY if number % 3 else 7_000_100 + number % 30
        who = {RARE: "rare.person@acme.example", BUSY: "busy@acme.example"}.get(actor, "somebody@acme.example")
        yield AuditEvent(
            organization=organization,
            verb=verb,
            actor_id=actor,
            user_id=number % 900 + 9,
            name=f"Target {number % 900}",
            search_text=AuditEvent.searched(f"Target {number % 900}", who),
            created_at=START + timedelta(minutes=number),
        )


@pytest.fixture
def big(acme, make_organization):
    for organization in (acme, make_organization()):
        AuditEvent.objects.bulk_create(events(organization), batch_size=2000)
    with connection.cursor() as cursor:
        # What a vacuum does, as it would have long since done to rows that were not written just now.
        cursor.execute(f"SELECT gin_clean_pending_list('{search_index.AUDIT[0]}'::regclass)")
        cursor.execute(f"ANALYZE {TABLE}")
    return acme


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(queries):
    """Run every query on events once more, explained; yields it with the nodes of its plan."""
    for query in queries:
        if TABLE in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"].replace("%", "%%"))
                (answer,) = cursor.fetchone()
            answer = json.loads(answer) if isinstance(answer, str) else answer
            yield query["sql"], list(nodes(answer[0]["Plan"]))


def read(node):
    """How many rows a node went through."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return rows * node["Actual Loops"]


def test_every_page_uses_an_index_and_reads_little(big):
    for name, wanted in WANTED.items():
        for place, page in PLACES.items():
            with CaptureQueriesContext(connection) as captured:
                page(big.pk, wanted)
            assert 1 <= len(captured) <= 12
            for sql, found in explained(captured.captured_queries):
                kinds = {node["Node Type"] for node in found if node.get("Relation Name") == TABLE}
                assert "Seq Scan" not in kinds, (name, place, sql)
                assert any("Index Name" in node for node in found), (name, place, sql)


def test_a_common_word_is_found_at_the_start_of_the_walk(big):
    for place, page in PLACES.items():
        with CaptureQueriesContext(connection) as captured:
            assert len(page(big.pk, Filter(words="target")).events) > 40 or place == "deep"
        for sql, found in explained(captured.captured_queries):
            assert max(map(read, found)) <= reading.LOOK_AT_LEAST + 5, (place, sql)


def test_a_word_too_short_for_trigrams_does_not_go_through_all_of_their_index(big):
    with CaptureQueriesContext(connection) as captured:
        assert reading.newest(big.pk, Filter(words="zq"), 50).events == []
    for sql, found in explained(captured.captured_queries):
        assert search_index.AUDIT[0] not in {node.get("Index Name") for node in found}, sql


def test_a_walk_reads_the_rows_of_its_page_only(big):
    for name in ("nothing", "common verb", "rare verb", "busy person", "person with few", "range"):
        for place, page in PLACES.items():
            with CaptureQueriesContext(connection) as captured:
                page(big.pk, WANTED[name])
            for sql, found in explained(captured.captured_queries):
                assert max(map(read, found)) <= 110, (name, place, sql)


def test_the_verbs_are_found_by_steps_in_the_index(big):
    with CaptureQueriesContext(connection) as captured:
        assert len(verbs.present(big.pk)) == 3
    ((_sql, found),) = explained(captured.captured_queries)
    assert {node["Index Name"] for node in found if "Index Name" in node} == {"org_members_audit_verb"}
    assert max(map(read, found)) < 10
