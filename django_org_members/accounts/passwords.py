"""Temporary passwords, and the change that they demand."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.crypto import salted_hmac

from ..conf import settings
from ..exceptions import PasswordChangedMeanwhile
from ..models import Account, LoginEvent
from ..signals import password_changed
from . import activity, sessions

# 32 characters that are not mistaken for one another (no 0 O 1 l, lower case only): 5 bits each.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 6, 4
"""Twenty-four characters, 120 bits: more than the 100 that an online guess must never reach."""


class Secret(str):
    """A password that error reports and logs, which show variables by their `repr`, do not tell."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "********"


def generate() -> Secret:
    """Return a new temporary password in groups that can be read aloud, such as `k7mw-…`."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return Secret("-".join(groups))


def set_temporary(user: Any, account: Account, *, now: datetime) -> Secret:
    """Give the user a temporary password and return it: it is kept nowhere but as a hash.

    It signs in once, until TEMPORARY_PASSWORD_LIFETIME is over, and must be changed before anything else. `account` is
    locked by the caller.
    """
    password = generate()
    user.set_password(password)
    with activity.told_otherwise():
        user.save(update_fields=["password"])
    account.must_change_password = True
    account.temporary_password_expires_at = now + settings.TEMPORARY_PASSWORD_LIFETIME
    account.temporary_password_used_at = None
    account.save(update_fields=["must_change_password", "temporary_password_expires_at", "temporary_password_used_at"])
    return password


def set_unknown(user: Any) -> None:
    """Give the user a password that nobody knows: a link to set one, sent now or again, is the only way to another."""
    user.set_password(generate())
    with activity.told_otherwise():
        user.save(update_fields=["password"])


def forget_temporary(user: Any) -> None:
    """The user has another password now: it neither expires nor must be changed."""
    Account.objects.filter(user=user.pk, must_change_password=True).update(
        must_change_password=False, temporary_password_expires_at=None, temporary_password_used_at=None
    )


def change(user: Any, password: str, *, session: SessionBase | None = None) -> None:
    """Give the user a password of their own choice and end every session, but the one that is given.

    `user` is as it was when the right to do so was shown: raises `PasswordChangedMeanwhile` where it has another password
    by now, such as a temporary one. Sends `password_changed`, and `sign_in_ended`: whoever knew the old password may have
    made a token with it.
    """
    users = get_user_model()
    with transaction.atomic():
        account = Account.objects.locked([user.pk])[user.pk]
        if not users._base_manager.filter(pk=user.pk, password=user.password).exists():
            raise PasswordChangedMeanwhile
        user.set_password(password)
        user.save(update_fields=["password"])
        sessions.end([account], but=session)
        password_changed.send(sender=users, user=user)
        sessions.tell([user], LoginEvent.Action.PASSWORD_CHANGED)


def fingerprint(user: Any) -> str:
    """Return what identifies the present password without telling it.

    A form that carries it cannot be sent again after the password changed.
    """
    return salted_hmac("django_org_members.password", f"{user.pk}:{user.password}", algorithm="sha256").hexdigest()
