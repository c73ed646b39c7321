"""Invitations: some that can still be accepted, and some that came to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django_org_members import joining
from django_org_members.conf import settings
from django_org_members.models import Invitation, Organization, Role


@dataclass(frozen=True)
class Invited:
    """One invitation, sent some days ago."""

    email: str
    role: str
    days_ago: float


ACME = (
    Invited("noemi.kovacs@acme.example", "Engineer", 0.1),
    Invited("tariq.mansour@acme.example", "Member", 2),
    Invited("bao.tran@acme.example", "Recruiter", 5),
    Invited("agnieszka.zielinska@acme.example", "Member", 9),
    Invited("oleksandr.bondar@acme.example", "Auditor", 23),
)
GLOBEX = (
    Invited("lucia.benedetti@globex.example", "Field Crew", 1),
    Invited("hamid.nazari@globex.example", "Member", 12),
)


def add(organization: Organization, invitations: tuple[Invited, ...], *, roles: dict[str, Role], actor: Any) -> None:
    """Send those that were never sent. Each leaves an e-mail with its link, as in life."""
    known = set(Invitation.objects.filter(organization=organization).values_list("email", flat=True))
    for wanted in invitations:
        if wanted.email not in known:
            sent = joining.invite(actor=actor, organization=organization, email=wanted.email, role=roles[wanted.role])
            _move_to_the_past(sent, timedelta(days=wanted.days_ago))


def _move_to_the_past(invitation: Invitation, age: timedelta) -> None:
    sent_at = invitation.sent_at - age
    Invitation.objects.filter(pk=invitation.pk).update(
        created_at=sent_at, sent_at=sent_at, expires_at=sent_at + settings.INVITATION_LIFETIME
    )
