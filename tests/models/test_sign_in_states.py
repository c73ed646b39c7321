"""When MFA is due, computed in SQL: the same as in Python, on every database."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.models import Membership, Organization
from django_org_members.models.sign_in_states import state_of, with_state

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def due_of(user):
    return state_of(with_state(get_user_model()._base_manager).get(pk=user.pk)).mfa_due_at


@pytest.fixture
def required():
    """Let an organization require MFA: `required(organization, since, grace)`; times are ago."""

    def make(organization, since, grace=7 * DAY):
        organization.mfa_required_since, organization.mfa_grace = timezone.now() - since, grace
        organization.save(update_fields=["mfa_required_since", "mfa_grace"])

    return make


def set_times(member, *, joined=None, exempt=None):
    """Set when the member joined (ago) and until when there is an exemption (ahead)."""
    now = timezone.now()
    member.joined_at = now - joined if joined is not None else member.joined_at
    member.mfa_exempt_until = now + exempt if exempt is not None else None
    member.save()


CASES = {
    "joined before": (10 * DAY, 100 * DAY, None),
    "joined later": (10 * DAY, 3 * DAY, None),
    "an exemption within the grace": (1 * DAY, 100 * DAY, 2 * DAY),
    "an exemption beyond the grace": (10 * DAY, 100 * DAY, 30 * DAY),
    "an exemption that is over": (30 * DAY, 100 * DAY, -1 * DAY),
    "an exemption from before all": (3 * DAY, 100 * DAY, -60 * DAY),
    "a fraction of a second": (timedelta(microseconds=1), 100 * DAY, None),
    "turned on when joining": (DAY, DAY, None),
}


@pytest.mark.parametrize("grace", [timedelta(0), timedelta(hours=36), 90 * DAY])
@pytest.mark.parametrize("case", CASES)
def test_sql_and_python_agree(make_organization, make_member, required, case, grace):
    since, joined, exempt = CASES[case]
    acme = make_organization()
    member = make_member(acme)
    required(acme, since, grace)
    set_times(member, joined=joined, exempt=exempt)
    member.refresh_from_db()
    due = due_of(member.user)
    assert due == member.mfa_due_at(acme)
    start = max(acme.mfa_required_since, member.joined_at)
    assert due == max(start + grace, member.mfa_exempt_until or start)


def test_whole_seconds_are_compared_with_fractions(make_organization, make_member):
    """SQLite compares texts."""
    acme = make_organization()
    member = make_member(acme)
    whole = timezone.now().replace(microsecond=0)
    later = whole + timedelta(microseconds=500)
    for since, joined in ((whole, later), (later, whole)):
        Organization.objects.filter(pk=acme.pk).update(mfa_required_since=since, mfa_grace=DAY)
        Membership.objects.filter(pk=member.pk).update(joined_at=joined)
        assert due_of(member.user) == later + DAY


def test_the_earliest_of_several_organizations_counts(make_organization, make_member, required, make_user):
    user = make_user()
    lax, strict, third = (make_organization() for _ in range(3))
    for organization in (lax, strict, third):
        make_member(organization, user=user)
    required(lax, DAY, 30 * DAY)
    required(strict, DAY, 2 * DAY)
    strictest = Membership.objects.get(organization=strict, user=user)
    assert due_of(user) == strictest.mfa_due_at(strict)
    set_times(strictest, exempt=60 * DAY)
    assert due_of(user) == Membership.objects.get(organization=lax, user=user).mfa_due_at(lax)


def test_only_active_members_of_organizations_that_require_it(make_organization, make_member, required, make_user):
    acme, globex = make_organization(), make_organization()
    required(acme, 10 * DAY)
    assert due_of(make_user()) is None
    assert due_of(make_member(globex).user) is None
    disabled = make_member(acme, disabled=True)
    assert due_of(disabled.user) is None
    Membership.objects.filter(pk=disabled.pk).enable()
    assert due_of(disabled.user) is not None
    disabled.delete()
    assert due_of(disabled.user) is None
    acme.mfa_required_since = None
    assert make_member(acme).mfa_due_at(acme) is None


def test_it_is_read_with_the_user(make_organization, make_member, required):
    acme = make_organization()
    required(acme, DAY)
    user = make_member(acme).user
    with CaptureQueriesContext(connection) as queries:
        due_of(user)
    assert len(queries) == 1


def test_postgresql_walks_indexes(make_organization, crowd, required):
    """One user's memberships by the index on the user, their organizations by primary key."""
    if connection.vendor != "postgresql":
        pytest.skip("PostgreSQL's plans: set DATABASE_URL.")
    acme = make_organization()
    required(acme, DAY)
    crowd(acme, 5000)
    user = acme.memberships.exclude(user=acme.owner).first().user
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    users = with_state(get_user_model()._base_manager).filter(pk=user.pk)
    plan = json.dumps(json.loads(users.explain(format="json"))) if users else ""
    assert "Seq Scan" not in _scans(plan, "org_members_membership")
    assert "org_members_membership_user_id" in plan


def _scans(plan, table):
    """Return the kinds of nodes that read the table."""

    def walk(node):
        if node.get("Relation Name") == table:
            yield node["Node Type"]
        for child in node.get("Plans", ()):
            yield from walk(child)

    return {kind for tree in json.loads(plan) for kind in walk(tree["Plan"])}
