"""Audit events: who did what to whom, when and from where. Written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from ..accounts import clients
from ..accounts.adapter import address_of, get_adapter
from ..models import AuditEvent, Membership
from ..models.audit import EMAIL_LENGTH, NAME_LENGTH


def event(
    organization_id: int,
    verb: str,
    *,
    actor: Any,
    user_id: Any = None,
    name: str = "",
    email: str = "",
    details: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> AuditEvent:
    """Return an unsaved event of an organization.

    `actor` is a user, or None where nobody was signed in. `user_id`, `name` and `email` tell whom it was done to; `name`
    alone may be that of a role or of the organization. `details` are JSON values, before and after, never a secret. `at`
    is aware; None is now. Where it came from is the request, or the command, that is running.
    """
    client = clients.current()
    who = (get_adapter().full_name(actor), address_of(actor)) if actor is not None else ("", "")
    return AuditEvent(
        organization_id=organization_id,
        verb=verb,
        actor_id=getattr(actor, "pk", None),
        actor_name=who[0][:NAME_LENGTH],
        actor_email=who[1][:EMAIL_LENGTH],
        user_id=user_id,
        name=name[:NAME_LENGTH],
        email=email[:EMAIL_LENGTH],
        details=details or {},
        ip_address=client.ip_address,
        client=client.user_agent,
        created_at=at or timezone.now(),
        search_text=AuditEvent.searched(name, email, *who),
    )


def about(
    member: Membership, verb: str, *, actor: Any, details: dict[str, Any] | None = None, at: datetime | None = None
) -> AuditEvent:
    """Return an unsaved event about a member; the arguments are those of `event`."""
    return event(
        member.organization_id,
        verb,
        actor=actor,
        user_id=member.user_id,
        name=member.display_name,
        email=member.email,
        details=details,
        at=at,
    )


def write(*events: AuditEvent | Iterable[AuditEvent]) -> None:
    """Append events, or lists of them, in the caller's transaction: one INSERT."""
    rows = [row for each in events for row in ([each] if isinstance(each, AuditEvent) else each)]
    AuditEvent.objects.bulk_create(rows)
