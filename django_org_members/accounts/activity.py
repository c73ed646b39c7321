"""Sign-in activity: one row for each thing that happens to a sign-in. Recording never breaks what is recorded."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from ..models import LoginEvent
from .clients import Client

if TYPE_CHECKING:
    from django.db.models import QuerySet
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
) -> None:
    """Store an event; `user` is None where the name typed is nobody's. One INSERT; whatever fails is only logged."""
    try:
        client = Client.of(request)
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


def record_sessions_ended(users: Iterable[Any]) -> None:
    """Store for each of these users that somebody ended their sessions: one INSERT, in the caller's transaction."""
    ended = LoginEvent.Action.SESSIONS_ENDED
    LoginEvent.objects.bulk_create(LoginEvent(user=user, action=ended) for user in users)


def has_to_wait(user: Any, reason: LoginEvent.Reason) -> bool:
    """Whether there were too many failures of this kind lately: an online guess is slowed to a crawl."""
    since = timezone.now() - FAILURES_WITHIN
    failures = LoginEvent.objects.filter(user=user.pk, created_at__gt=since, reason=reason)
    return failures.count() >= FAILURES


def recent(user: Any) -> QuerySet[LoginEvent]:
    """Return a user's events, the newest first."""
    return LoginEvent.objects.filter(user=user.pk).order_by("-created_at", "-pk")
