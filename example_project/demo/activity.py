"""Weeks of sign-ins: who came, from where, and what went wrong. The same person always gets the same history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django_org_members.accounts.clients import Client
from django_org_members.models import LoginEvent

from .people import Person, Trait

WEEKS = 6
_CLIENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)
_ADDRESSES = ("192.0.2.{}", "198.51.100.{}", "203.0.113.{}", "2001:db8:7::{}")
"""Networks that are set aside for examples."""
OFFICE = Client("192.0.2.44", _CLIENTS[2])
"""Where the Owners sit: from there the audit trail tells."""
_SLIPS = (LoginEvent.Reason.WRONG_PASSWORD, LoginEvent.Reason.WRONG_PASSWORD, LoginEvent.Reason.MFA_CODE_WRONG)


def add(user: Any, someone: Person, *, until: datetime) -> None:
    """Write the history of a new user's sign-ins, and the last one on the user."""
    events = sorted(_events(user, someone, until), key=lambda event: event.created_at)
    LoginEvent.objects.bulk_create(events)
    signed_in = [event.created_at for event in events if event.action == LoginEvent.Action.SIGNED_IN]
    if signed_in:
        user.last_login = signed_in[-1]
        user.save(update_fields=["last_login"])


def add_failures_after_disable(user: Any, *, since: datetime) -> None:
    """Write what a disabled person tried in vain."""
    rng = Random(f"in vain {user.pk}")
    LoginEvent.objects.bulk_create(
        _event(user, rng, since + timedelta(hours=rng.randint(2, 40)), reason=LoginEvent.Reason.DISABLED)
        for _ in range(rng.randint(1, 3))
    )


def _events(user: Any, someone: Person, until: datetime) -> Iterator[LoginEvent]:
    rng = Random(someone.email)
    if Trait.NEVER_SIGNED_IN in someone.traits:
        return
    for days_ago in sorted(rng.sample(range(1, WEEKS * 7), rng.randint(4, 16)), reverse=True):
        morning = until - timedelta(days=days_ago, hours=rng.uniform(-3, 5))
        yield from _day(user, someone, rng, morning)


def _day(user: Any, someone: Person, rng: Random, start: datetime) -> Iterator[LoginEvent]:
    """Perhaps a slip first, then a sign-in, and now and then a sign-out."""
    if rng.random() < 0.15 and Trait.SSO not in someone.traits:
        yield _event(user, rng, start - timedelta(seconds=rng.randint(8, 90)), reason=_slip(rng, someone))
    yield _event(user, rng, start)
    if rng.random() < 0.3:
        yield _event(user, rng, start + timedelta(hours=rng.uniform(1, 9)), action=LoginEvent.Action.SIGNED_OUT)


def _slip(rng: Random, someone: Person) -> LoginEvent.Reason:
    reason = rng.choice(_SLIPS)
    has_mfa = Trait.MFA in someone.traits
    return reason if has_mfa else LoginEvent.Reason.WRONG_PASSWORD


def _event(
    user: Any,
    rng: Random,
    at: datetime,
    *,
    action: LoginEvent.Action = LoginEvent.Action.SIGNED_IN,
    reason: LoginEvent.Reason = LoginEvent.Reason.NONE,
) -> LoginEvent:
    return LoginEvent(
        user=user,
        action=LoginEvent.Action.SIGN_IN_FAILED if reason else action,
        succeeded=not reason,
        reason=reason,
        ip_address=rng.choice(_ADDRESSES).format(rng.randint(1, 250)),
        user_agent=rng.choice(_CLIENTS),
        created_at=at,
    )
