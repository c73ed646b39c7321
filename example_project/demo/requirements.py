"""Globex requires MFA of its members; the grace period runs, one member is exempt, and one was reminded."""

from __future__ import annotations

from datetime import datetime, timedelta

from django_org_members import actions, security
from django_org_members.accounts import clients
from django_org_members.models import AuditEvent, Membership, Organization

from . import activity, clock

SINCE, GRACE, EXEMPT = timedelta(days=3), timedelta(days=30), timedelta(days=60)
DECIDES, EXEMPTED, REMINDED = (f"{name}@globex.example" for name in ("rosalind.achieng", "noor.alsayed", "sione.tupou"))
"""An Admin who has MFA; somebody without a phone; somebody who has not set it up yet."""


def add(organization: Organization, *, now: datetime) -> None:
    """Require it as the Admin would, once: whoever turns it off in the demo finds it off later."""
    if AuditEvent.objects.filter(organization=organization, verb=AuditEvent.Verb.SECURITY_CHANGED).exists():
        return
    admin = _member(organization, DECIDES).user
    with clock.set_to(now - SINCE), clients.serving(activity.OFFICE):
        security.require_mfa(actor=admin, organization=organization, grace=GRACE)
        params = {"until": now - SINCE + EXEMPT, "reason": "Gets a company phone next month."}
        actions.perform("exempt-from-mfa", actor=admin, members=[_member(organization, EXEMPTED)], **params)
    with clock.set_to(now - timedelta(days=1, hours=4)), clients.serving(activity.OFFICE):
        actions.perform("remind-mfa", actor=admin, members=[_member(organization, REMINDED)])


def _member(organization: Organization, email: str) -> Membership:
    return Membership.objects.select_related("user", "organization").get(organization=organization, email=email)
