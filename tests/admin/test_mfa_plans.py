"""What PostgreSQL makes of the list of those without MFA, and of counting them: no row is asked one by one."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import security
from django_org_members.admin.members import MembersAdmin, NoMFAFilter
from django_org_members.admin.organizations import OrganizationAdmin
from tests.otp import TOTPDevice, needs_otp

from .test_list_plans import plans

pytestmark = [pytest.mark.django_db, needs_otp]
MEMBERS = 10_000
TABLE, DEVICES = "org_members_membership", "otp_totp_totpdevice"
PAGES = {
    "first": "mfa=none",
    "deep": "mfa=none&p=19",
    "by joining, backwards": "mfa=none&o=-5",
    "with a rare search": "mfa=none&q=000777",
    "with the toggle": "mfa=none&show=available",
}


@pytest.fixture(autouse=True)
def _plans_of_postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")


@pytest.fixture
def big(acme, crowd, make_organization, monkeypatch):
    """A large organization in a larger table, whose project opted in."""

    class People(MembersAdmin):
        list_filter = (NoMFAFilter,)

    monkeypatch.setattr(OrganizationAdmin, "members_admin_class", People)
    crowd(acme, MEMBERS)
    crowd(make_organization(), MEMBERS, name="Somebody else {}")
    return acme


def give(organization, *, but):
    """Give everybody a device but so many."""
    TOTPDevice.objects.all().delete()
    people = get_user_model()._default_manager.filter(memberships__organization=organization).order_by("pk")[but:]
    TOTPDevice.objects.bulk_create((TOTPDevice(user=user, confirmed=True) for user in people), batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {TABLE}; ANALYZE {DEVICES}")


def asked_one_by_one(found):
    """Whether the devices are a subplan, which is run, or kept in memory, for every member; a join is not."""
    return any(
        node.get("Parent Relationship") == "SubPlan" and node.get("Relation Name") == DEVICES and "Subplan Name" in node
        for node in found
    )


def test_the_devices_are_joined(big, as_user, list_url):
    """Whether all, half or few have MFA, on every page: an anti join, in whichever of its ways."""
    client = as_user(big.owner)
    for without in (MEMBERS, MEMBERS // 2, 20):
        give(big, but=without)
        for name, query in PAGES.items():
            with CaptureQueriesContext(connection) as captured:
                assert client.get(f"{list_url(big)}?{query}").status_code in (200, 302), name
            narrowed = [(sql, found) for sql, found in plans(captured.captured_queries) if DEVICES in sql]
            assert narrowed, name
            for sql, found in narrowed:
                assert not asked_one_by_one(found), (name, sql)
                assert any(node.get("Join Type") == "Anti" for node in found), (name, sql)


def test_counting_them_stops_at_the_limit(big):
    for without in (MEMBERS, 20):
        give(big, but=without)
        with CaptureQueriesContext(connection) as captured:
            found = security.outlook(big)
        assert found.is_limited is (without == MEMBERS)
        (query,) = captured.captured_queries
        assert "LIMIT" in query["sql"]
