"""Grants at once, with real threads and transactions: PostgreSQL and MariaDB."""

from __future__ import annotations

import pytest

from django_org_members import access
from django_org_members.models import AuditEvent
from django_org_members.policy.permissions import grantable
from tests.racing import at_once

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions"),
]
THREADS = 10


@pytest.mark.parametrize("scope", ["one", "all"])
@pytest.mark.parametrize("kind", ["user", "group"])
def test_the_same_grant_at_once_is_made_and_written_down_once(acme, superuser, make_user, make_group, scope, kind):
    to = make_user() if kind == "user" else make_group("Support")
    how = {"actor": superuser, "to": to, "permissions": grantable(), "organization": acme if scope == "one" else None}
    results = at_once([lambda: access.grant(**how)] * THREADS)
    assert sorted(results, key=len) == [frozenset()] * (THREADS - 1) + [grantable()]
    assert AuditEvent.objects.filter(verb="access_granted").count() == 1
    results = at_once([lambda: access.revoke(**how)] * THREADS)
    assert sorted(results, key=len) == [frozenset()] * (THREADS - 1) + [grantable()]
    assert AuditEvent.objects.filter(verb="access_revoked").count() == 1
