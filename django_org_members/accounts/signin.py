"""Whether an account can sign in at all: its user's `is_active`, turned off and on by what happens to memberships.

Only what this package turned off does it turn on again: `Account.sign_in_ended_at` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from ..models import Account, Membership, Organization


def end_where_unused(accounts: Iterable[Account], *, now: datetime) -> set[Any]:
    """Turn off the sign-in of those accounts that an organization made and that have no active membership left.

    `accounts` are locked; three statements for any number. Returns the pks of the users that were turned off.
    """
    ids = list(_unused(account.pk for account in accounts).values_list("pk", flat=True))
    _set_active(ids, active=False)
    Account.objects.filter(pk__in=ids).update(sign_in_ended_at=now)
    return set(ids)


def would_end(users: Iterable[Any], *, without: Organization) -> set[Any]:
    """Return the pks of those users whose sign-in `end_where_unused` would turn off, had they no access there: one query."""
    return set(_unused((user.pk for user in users), without=without).values_list("pk", flat=True))


def restore(accounts: Iterable[Account]) -> None:
    """Turn the sign-in of those accounts on again that this package turned off. `accounts` are locked."""
    ended = Account.objects.filter(pk__in=[account.pk for account in accounts], sign_in_ended_at__isnull=False)
    ids = list(ended.values_list("pk", flat=True))
    _set_active(ids, active=True)
    Account.objects.filter(pk__in=ids).update(sign_in_ended_at=None)


def forget_end(user: Any) -> None:
    """The user was turned on by somebody else: whoever turns it off next time, it is not this package's to undo."""
    Account.objects.filter(pk=user.pk, sign_in_ended_at__isnull=False).update(sign_in_ended_at=None)


def was_ended_by_us(user: Any) -> bool:
    """Whether the user is inactive because this package turned the sign-in off."""
    return not user.is_active and Account.objects.filter(pk=user.pk, sign_in_ended_at__isnull=False).exists()


def _unused(user_ids: Iterable[Any], *, without: Organization | None = None) -> QuerySet[Account]:
    """Return the live accounts that an organization made and that have no active membership (but in one organization)."""
    in_use = Membership.objects.active().filter(user=OuterRef("user"))
    if without is not None:
        in_use = in_use.exclude(organization=without)
    return Account.objects.filter(
        ~Exists(in_use), pk__in=list(user_ids), provisioned_by__isnull=False, user__is_active=True
    )


def _set_active(user_ids: list[Any], *, active: bool) -> None:
    get_user_model()._default_manager.filter(pk__in=user_ids).update(is_active=active)
