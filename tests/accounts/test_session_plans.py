"""What PostgreSQL makes of the queries about sessions: an index for each table."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.accounts import sessions
from django_org_members.models import Account, LiveSession, Membership, Organization, Role

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
MANY = 5_000
TABLES = ("org_members_livesession", "org_members_membership", "org_members_account", "org_members_organization")


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


@pytest.fixture
def busy(acme, crowd, make_user):
    """Somebody of many, who belongs to organizations that require MFA, and is signed in at many places."""
    crowd(acme, MANY)
    users = get_user_model()._default_manager.order_by("pk")
    until = timezone.now() + timedelta(days=14)
    LiveSession.objects.bulk_create(LiveSession(user=user, expires_at=until) for user in users)
    Account.objects.bulk_create(Account(user=user) for user in users)
    owners = list(users[:300])
    organizations = Organization.objects.bulk_create(
        Organization(name=f"Place {n}", slug=f"place-{n}", owner=owner, mfa_required_since=timezone.now())
        for n, owner in enumerate(owners)
    )
    user, role = make_user(), Role.objects.member()
    Membership.objects.bulk_create(Membership(organization=each, user=user, role=role) for each in organizations[:3])
    LiveSession.objects.bulk_create(LiveSession(user=user, expires_at=until) for _ in range(40))
    with connection.cursor() as cursor:
        for table in (*TABLES, get_user_model()._meta.db_table):
            cursor.execute(f"ANALYZE {table}")
    return user


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def read(queries):
    """Return the ways in which the tables are read by the queries that know sessions."""
    ways = []
    for query in queries:
        if "org_members_livesession" in query["sql"] and query["sql"].startswith(("SELECT", "DELETE", "UPDATE")):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"].replace("%", "%%"))
                (answer,) = cursor.fetchone()
            answer = json.loads(answer) if isinstance(answer, str) else answer
            found = nodes(answer[0]["Plan"])
            ways += [(node["Relation Name"], node["Node Type"]) for node in found if "Relation Name" in node]
    return ways


def test_the_query_of_each_request_uses_indexes_only(busy, sign_in, client):
    sign_in(client, busy)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/account/sessions/").status_code == 200
    ways = read(queries.captured_queries)
    assert {table for table, _ in ways} >= {"org_members_livesession", "org_members_membership"}
    assert [way for way in ways if "Seq Scan" in way[1]] == [], ways


def test_listing_and_ending_and_pruning_use_indexes(busy):
    some = LiveSession.objects.filter(user=busy).first()
    with CaptureQueriesContext(connection) as queries:
        sessions.listed(busy)
        sessions.end_one(busy, some.pk)
        sessions.prune()
    ways = read(queries.captured_queries)
    assert [way for way in ways if "Seq Scan" in way[1]] == [], ways
