"""Any number of further members, in chunks: bounded memory, and a second run adds only those that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import QuerySet

from django_org_members.models import Account, Membership, Organization, Role

from . import bulk, names
from .people import password_hash

CHUNK = 5000
_DISABLED_SHARE = 0.04
_DAYS = 1500


@dataclass(frozen=True)
class Recruit:
    """One more member: everything about them follows from the number."""

    number: int
    given: str
    family: str
    email: str
    joined_at: datetime
    disabled_at: datetime | None
    role: Role


def fill(organization: Organization, *, upto: int, domain: str, now: datetime) -> Iterator[int]:
    """Make the members numbered 1 to `upto` as far as they are missing, yielding how many have been looked after."""
    roles = [Role.objects.member(), *Role.objects.filter(organization=organization).order_by("pk")]
    for first in range(1, upto + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, upto + 1))
        recruits = [_recruit(number, roles, domain, now) for number in numbers]
        with transaction.atomic():
            _add(organization, recruits)
        yield numbers[-1]


def tidy() -> None:
    """Tell the database what it has become, so that the next query is planned well and reads indexes alone."""
    quote = connection.ops.quote_name
    tables = [quote(model._meta.db_table) for model in (get_user_model(), Account, Membership)]
    statements = {
        "postgresql": f"VACUUM (ANALYZE) {', '.join(tables)}",
        "mysql": f"ANALYZE TABLE {', '.join(tables)}",
        "sqlite": "ANALYZE",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])


def _recruit(number: int, roles: list[Role], domain: str, now: datetime) -> Recruit:
    """Return the same person for the same number, always."""
    rng = Random(number)
    given, family = names.pick(rng)
    joined_at = now - timedelta(seconds=rng.randint(0, _DAYS * 86400))
    is_disabled = rng.random() < _DISABLED_SHARE
    return Recruit(
        number=number,
        given=given,
        family=family,
        email=names.address(given, family, number, domain=domain),
        joined_at=joined_at,
        disabled_at=joined_at + (now - joined_at) * rng.uniform(0.1, 0.9) if is_disabled else None,
        role=roles[0] if rng.random() < 0.7 else rng.choice(roles),
    )


def _add(organization: Organization, recruits: list[Recruit]) -> None:
    """Make users, accounts and memberships as far as they are missing, a few statements for each."""
    known = _user_ids(recruits)
    accounts = _emails_in(Account.objects.all(), known)
    members = _emails_in(Membership.objects.filter(organization=organization), known)
    bulk.insert([_user(each) for each in recruits if each.email not in known])
    ids = _user_ids(recruits)
    bulk.insert([_account(organization, each, ids[each.email]) for each in recruits if each.email not in accounts])
    bulk.insert([_membership(organization, each, ids[each.email]) for each in recruits if each.email not in members])


def _user_ids(recruits: list[Recruit]) -> dict[str, Any]:
    """Return the keys of those recruits' users that exist, by address."""
    known = get_user_model()._default_manager.filter(username__in=[recruit.email for recruit in recruits])
    return dict(known.values_list("username", "pk"))


def _emails_in(rows: QuerySet[Any], known: dict[str, Any]) -> set[str]:
    """Return the addresses of those known users who have a row here already."""
    present = set(rows.filter(user__in=known.values()).values_list("user_id", flat=True))
    return {email for email, user_id in known.items() if user_id in present}


def _user(recruit: Recruit) -> Any:
    return get_user_model()(
        username=recruit.email,
        email=recruit.email,
        first_name=recruit.given,
        last_name=recruit.family,
        password=password_hash(),
        date_joined=recruit.joined_at,
        is_active=recruit.disabled_at is None,
    )


def _account(organization: Organization, recruit: Recruit, user_id: Any) -> Account:
    return Account(user_id=user_id, provisioned_by=organization, sign_in_ended_at=recruit.disabled_at)


def _membership(organization: Organization, recruit: Recruit, user_id: Any) -> Membership:
    """Return the unsaved membership. No signal runs in bulk, so the name is copied here."""
    member = Membership(
        organization=organization,
        user_id=user_id,
        role=recruit.role,
        joined_at=recruit.joined_at,
        is_active=recruit.disabled_at is None,
        disabled_at=recruit.disabled_at,
        disabled_by=organization.owner if recruit.disabled_at else None,
    )
    member.copy_profile(display_name=f"{recruit.given} {recruit.family}", email=recruit.email)
    return member
