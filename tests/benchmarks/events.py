"""As many audit events as the organization has members: a few managers did them all, to everybody."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.db import connection
from django.utils import timezone

from django_org_members.models import AuditEvent, Membership

CHUNK = 10_000
RARE_VERB = AuditEvent.Verb.OWNERSHIP_TRANSFERRED
_VERBS = (AuditEvent.Verb.ROLE_CHANGED, AuditEvent.Verb.MEMBER_DISABLED, AuditEvent.Verb.PROFILE_CHANGED)
_PEOPLE = 5000


def fill(organization, *, upto, output):
    """Write the events that are missing, the newest first, a minute apart."""
    events = AuditEvent.objects.filter(organization=organization)
    people = list(Membership.objects.filter(organization=organization).order_by("pk")[:_PEOPLE])
    now, start = timezone.now(), events.count()
    for first in range(start, upto, CHUNK):
        numbers = range(first, min(first + CHUNK, upto))
        AuditEvent.objects.bulk_create(_event(organization, number, people, now) for number in numbers)
        output.write(f"{numbers[-1] + 1:,} events")
    _tidy()


def _event(organization, number, people, now):
    rng = Random(number)
    actor = people[0] if rng.random() < 0.7 else rng.choice(people[:30])
    whom = rng.choice(people)
    return AuditEvent(
        organization=organization,
        verb=RARE_VERB if number % 20_000 == 7 else rng.choice(_VERBS),
        actor_id=actor.user_id,
        actor_name=actor.display_name,
        actor_email=actor.email,
        user_id=whom.user_id,
        name=whom.display_name,
        email=whom.email,
        details={"role": ["Member", "Admin"]},
        ip_address="192.0.2.17",
        client="Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        search_text=AuditEvent.searched(whom.display_name, whom.email, actor.display_name, actor.email),
        created_at=now - timedelta(minutes=number),
    )


def _tidy():
    table = connection.ops.quote_name(AuditEvent._meta.db_table)
    statements = {"postgresql": f"VACUUM (ANALYZE) {table}", "mysql": f"ANALYZE TABLE {table}", "sqlite": "ANALYZE"}
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
