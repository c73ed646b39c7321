"""Sign-in activity: one row for each thing that happens to a sign-in. Recording never breaks what is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from .. import keyset
from ..keyset import Page
from ..models import LoginEvent
from .clients import Client, current, current_user

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("django_org_members")

FAILURES, FAILURES_WITHIN = 10, timedelta(minutes=10)
"""How many wrong codes or passwords somebody may give before having to wait."""


def record(
    user: Any,
    action: LoginEvent.Action,
    *,
    request: HttpRequest | None,
    reason: LoginEvent.Reason = LoginEvent.Reason.NONE,
) -> int | None:
    """Store an event and return its pk; `user` is None where the name typed is nobody's.

    One INSERT; whatever fails is only logged, and None is returned.
    """
    return _store(user, action, reason, lambda: Client.of(request))


def record_password_change(user: Any) -> None:
    """Store that a saved user has another password, whichever page or command set it.

    The address is that of the person, so there is none where somebody else did it.
    """
    if _told_otherwise.get():
        return

    def client() -> Client:
        somebody = current_user()
        return current() if somebody is None or somebody.pk == user.pk else Client()

    _store(user, LoginEvent.Action.PASSWORD_CHANGED, LoginEvent.Reason.NONE, client)


@contextmanager
def told_otherwise() -> Iterator[None]:
    """While this lasts, a password that is saved is not recorded as changed: who sets it records what it is."""
    token = _told_otherwise.set(True)
    try:
        yield
    finally:
        _told_otherwise.reset(token)


_told_otherwise: ContextVar[bool] = ContextVar("org_members_told_otherwise", default=False)


def _store(
    user: Any, action: LoginEvent.Action, reason: LoginEvent.Reason, client_of: Callable[[], Client]
) -> int | None:
    try:
        client = client_of()
        event = LoginEvent(
            user=user,
            action=action,
            succeeded=not reason,
            reason=reason,
            ip_address=client.ip_address,
            user_agent=client.user_agent,
        )
        with transaction.atomic():
            event.save(force_insert=True)
    except Exception:
        logger.exception("A login event could not be stored.")
        return None
    return event.pk


def withdraw(event_id: int, user: Any, reason: LoginEvent.Reason) -> None:
    """Delete an event that turned out otherwise, if it is one of this user's with this reason. Failing is only logged."""
    try:
        with transaction.atomic():
            LoginEvent.objects.filter(pk=event_id, user=user.pk, reason=reason).delete()
    except Exception:
        logger.exception("A login event could not be withdrawn.")


def record_done_to(users: Iterable[Any], action: LoginEvent.Action) -> None:
    """Store that somebody else did this to each of these users: one INSERT, in the caller's transaction.

    Without an address: it would be taken for the person's own. Who did it stands in the audit log.
    """
    LoginEvent.objects.bulk_create(LoginEvent(user=user, action=action) for user in users)


def happened_to(user_ids: Iterable[Any], action: LoginEvent.Action, *, since: datetime) -> set[Any]:
    """Return the pks of those users to whom it happened since then: one query."""
    events = LoginEvent.objects.filter(user__in=list(user_ids), action=action, created_at__gt=since)
    return set(events.order_by().values_list("user", flat=True).distinct())


def has_to_wait(user: Any, reason: LoginEvent.Reason, *, at: HttpRequest | None = None) -> bool:
    """Whether there were too many failures of this kind lately: an online guess is slowed to a crawl.

    With `at` those from the address of this request.
    """
    since = timezone.now() - FAILURES_WITHIN
    failures = LoginEvent.objects.filter(user=user.pk, created_at__gt=since, reason=reason)
    if at is not None:
        failures = failures.filter(ip_address=Client.of(at).ip_address)
    return failures[:FAILURES].count() >= FAILURES


def page_of(user: Any, size: int, address: Mapping[str, str], *, since: datetime | None = None) -> Page[LoginEvent]:
    """Return the page of a user's events that an address asks for, the newest first; those from `since` on, if given."""
    events = LoginEvent.objects.filter(user=user.pk)
    return keyset.page(events if since is None else events.filter(created_at__gte=since), size, address)
