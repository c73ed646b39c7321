"""The epoch: one number a user that ends every session, on every session engine, without a password change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ..models import Account

SESSION_KEY = "_org_members_epoch"


def end(accounts: Iterable[Account]) -> None:
    """End every session of these (locked) accounts: one UPDATE."""
    rows = list(accounts)
    Account.objects.filter(pk__in=[account.pk for account in rows]).update(session_epoch=F("session_epoch") + 1)
    for account in rows:
        account.session_epoch += 1


def stamp(session: SessionBase, user: Any) -> None:
    """Mark a session that begins with the epoch that the user had when the password was checked.

    That is the account read with the user, if it was: a session that was ended meanwhile then never lives.
    """
    is_known, account = cached_account(user)
    if not is_known:
        account = Account.objects.filter(pk=user.pk).first()
    mark(session, account)


def mark(session: SessionBase, account: Account | None) -> None:
    """Mark a session with the account's present epoch."""
    session[SESSION_KEY] = account.session_epoch if account else 0


def is_live(session: SessionBase, account: Account | None) -> bool:
    """Whether the session was stamped with the account's present epoch; without a stamp it counts as the first.

    An expired temporary password keeps none alive: another authentication backend may have taken it.
    """
    if account is not None and account.temporary_password_expired(timezone.now()):
        return False
    return bool(session.get(SESSION_KEY, 0) == (account.session_epoch if account else 0))


def end_others(session: SessionBase, user: Any) -> None:
    """End every session of the user but this one."""
    with transaction.atomic():
        account = Account.objects.locked([user.pk])[user.pk]
        end([account])
    mark(session, account)


def cached_account(user: Any) -> tuple[bool, Account | None]:
    """Return whether the account was read together with the user, and the account, which may not exist."""
    field = user._meta.get_field("org_members_account")
    return field.is_cached(user), field.get_cached_value(user, default=None)
