"""What PostgreSQL makes of the queries behind "Who can act here": no walk over all the members, whatever the page."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from django_org_members.access import who_can_act
from django_org_members.models import Membership

pytestmark = pytest.mark.django_db
MEMBERS = 20_000
TABLE = "org_members_membership"


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


@pytest.fixture
def big(acme, crowd, make_role, make_organization, make_user):
    """Half of the members have a custom role with rights; somebody was granted something."""
    crowd(acme, MEMBERS)
    half = list(acme.memberships.values_list("pk", flat=True)[1 : MEMBERS // 2])
    Membership.objects.filter(pk__in=half).update(role=make_role(acme, "view_members", "view_roles"))
    crowd(make_organization(), MEMBERS, name="Somebody else {}")
    assign_perm("org_members.view_members", make_user(), acme)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return acme


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(function):
    """Run the function; yields the nodes of the plan of each query that reads members."""
    with CaptureQueriesContext(connection) as captured:
        function()
    for query in captured.captured_queries:
        if f'"{TABLE}"' not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"].replace("%", "%%"))
            (answer,) = cursor.fetchone()
        answer = json.loads(answer) if isinstance(answer, str) else answer
        yield query["sql"], list(nodes(answer[0]["Plan"]))


def test_every_page_walks_an_index(big):
    middle = Membership.objects.filter(organization=big, role__key=None).order_by("sort_name")[MEMBERS // 4]
    pages = {
        "first": {},
        "second": {"after": who_can_act(big).next},
        "deep": {"after": f"member:{middle.pk}:{middle.sort_name}"},
    }
    for name, how in pages.items():
        found = list(explained(lambda how=how: who_can_act(big, **how)))
        assert found, name
        for sql, plan in found:
            scans = {node["Node Type"] for node in plan if node.get("Relation Name") == TABLE}
            assert "Seq Scan" not in scans, (name, sql)
            if sql.startswith(f'SELECT "{TABLE}"'):
                assert "Sort" not in {node["Node Type"] for node in plan}, (name, sql)
    ((_, plan),) = explained(lambda: who_can_act(big, **pages["deep"]))
    walk = next(node for node in plan if node.get("Relation Name") == TABLE)
    assert "sort_name" in walk["Index Cond"], "it begins where the page before ended"
