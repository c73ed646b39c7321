"""Sign-in activity: a tenth of it of one busy person, the rest of a few thousand others, a second apart."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django.db import connection
from django.utils import timezone as django_timezone

from django_org_members.models import LoginEvent, Membership

CHUNK = 500_000
LONG_AGO = datetime(2015, 1, 1, tzinfo=timezone.utc)
_PEOPLE = 5000
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
_INSERT = """
    INSERT INTO {table} (user_id, action, succeeded, reason, ip_address, user_agent, created_at)
    SELECT CASE WHEN n %% 10 = 0 THEN %s ELSE (%s::bigint[])[1 + n %% %s] END,
           CASE WHEN n %% 50 = 7 THEN 'sign_in_failed' ELSE 'signed_in' END, n %% 50 <> 7,
           CASE WHEN n %% 50 = 7 THEN 'wrong_password' ELSE '' END,
           ('192.0.2.' || n %% 250)::inet, %s, %s::timestamptz - n * interval '1 second'
    FROM generate_series(%s, %s) AS n
"""


def fill(organization, *, upto, output):
    """Write what is missing; returns the busy member, who has been one for long, with `upto / 10` events."""
    people = list(Membership.objects.filter(organization=organization).order_by("pk")[: _PEOPLE + 1])
    busy, others = people[1], [member.user_id for member in people[2:]]
    Membership.objects.filter(pk=busy.pk).update(joined_at=LONG_AGO)
    written = LoginEvent.objects.filter(user_agent=_AGENT, user__in=[busy.user_id]).count() * 10
    now = django_timezone.now()
    for first in range(written, upto, CHUNK):
        last = min(first + CHUNK, upto) - 1
        (_copy if connection.vendor == "postgresql" else _create)(busy.user_id, others, now, first, last)
        output.write(f"{last + 1:,} login events")
    _tidy()
    return busy


def _copy(busy, others, now, first, last):
    table = connection.ops.quote_name(LoginEvent._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(table=table), [busy, others, len(others), _AGENT, now, first, last])


def _create(busy, others, now, first, last):
    events = (
        LoginEvent(
            user_id=others[number % len(others)] if number % 10 else busy,
            action="sign_in_failed" if number % 50 == 7 else "signed_in",
            succeeded=number % 50 != 7,
            reason="wrong_password" if number % 50 == 7 else "",
            ip_address=f"192.0.2.{number % 250}",
            user_agent=_AGENT,
            created_at=now - timedelta(seconds=number),
        )
        for number in range(first, last + 1)
    )
    LoginEvent.objects.bulk_create(events, batch_size=10_000)


def _tidy():
    table = connection.ops.quote_name(LoginEvent._meta.db_table)
    statements = {"postgresql": f"VACUUM (ANALYZE) {table}", "mysql": f"ANALYZE TABLE {table}", "sqlite": "ANALYZE"}
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
