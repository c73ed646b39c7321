"""Invitations: some that can still be accepted, and some that came to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django_org_members import joining
from django_org_members.accounts import clients
from django_org_members.models import Invitation, Organization, Role

from . import clock
from .activity import OFFICE


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


def add(
    organization: Organization,
    invitations: tuple[Invited, ...],
    *,
    roles: dict[str, Role],
    actor: Any,
    now: datetime,
) -> None:
    """Send those that were never sent, each on its day. Each leaves an e-mail with its link, as in life."""
    known = set(Invitation.objects.filter(organization=organization).values_list("email", flat=True))
    for wanted in invitations:
        if wanted.email not in known:
            with clock.set_to(now - timedelta(days=wanted.days_ago)), clients.serving(OFFICE):
                joining.invite(actor=actor, organization=organization, email=wanted.email, role=roles[wanted.role])
