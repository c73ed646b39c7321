"""Pending invitations that end without an answer: revoked one by one, or together with whoever sent them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from . import audit
from .models import AuditEvent, Invitation, Organization
from .models.invitations import InvitationQuerySet
from .signals import invitation_revoked


def sent_by(organization: Organization, users: Iterable[Any]) -> InvitationQuerySet:
    """Return the pending invitations of the organization that any of these users sent, expired ones too."""
    senders = [user.pk for user in users]
    return Invitation.objects.pending().filter(organization=organization, invited_by__in=senders)


def close(invitations: Iterable[Invitation], *, organization: Organization, actor: Any, at: datetime) -> None:
    """Revoke pending invitations of an organization that the caller has locked; no permission is asked.

    For any number: one UPDATE, one audit event each, one `invitation_revoked` with the list. Nothing for none.
    """
    rows = list(invitations)
    if not rows:
        return
    Invitation.objects.filter(pk__in=[row.pk for row in rows]).update(is_pending=None, revoked_at=at)
    for row in rows:
        row.organization, row.is_pending, row.revoked_at = organization, None, at
    audit.write(_event(row, actor, at) for row in rows)
    invitation_revoked.send(sender=Invitation, organization=organization, actor=actor, invitations=rows)


def _event(invitation: Invitation, actor: Any, at: datetime) -> AuditEvent:
    verb, details = AuditEvent.Verb.INVITATION_REVOKED, {"role": invitation.offered_role.name}
    return audit.event(invitation.organization_id, verb, actor=actor, email=invitation.email, details=details, at=at)
