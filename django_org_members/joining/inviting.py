"""Invitations: sent, sent again, revoked, shown again as a link."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import audit, invitations, notifications
from ..commits import after_commit, in_one_transaction
from ..conf import settings
from ..exceptions import InvitationUnusable
from ..models import AuditEvent, Invitation, Organization, Role
from ..models.invitations import hashed, new_nonce
from ..policy import Judge, Permission
from ..signals import invitation_sent
from . import rules


@in_one_transaction
def invite(*, actor: Any, organization: Organization, email: str, role: Role | None) -> Invitation:
    """Invite a person by e-mail, with a link that works for INVITATION_LIFETIME.

    Raises `Refused` if the actor may not invite, and `ValidationError` at `role` or `email`: a role that the actor may
    not give, no address, a member's address, one with a pending invitation, one of a deactivated account or of several.
    Writes an audit event, sends `invitation_sent`; the e-mail leaves after the commit.
    """
    organization = Organization.objects.locked(organization.pk)
    judge = Judge(actor, organization)
    judge.may(Permission.INVITE_MEMBER).require()
    role = rules.check_role(judge, role)
    email = rules.addressee(organization, email).email
    if rules.pending_invitation(organization, email) is not None:
        message = _("An invitation to this address is pending already. You can resend it below the members list.")
        raise ValidationError({"email": ValidationError(message, code="pending")})
    now = timezone.now()
    invitation = Invitation.objects.create(
        organization=organization,
        email=email,
        role=role,
        invited_by=actor,
        created_at=now,
        sent_at=now,
        expires_at=now + settings.INVITATION_LIFETIME,
    )
    _send(invitation, actor=actor, resent=False)
    return invitation


@in_one_transaction
def resend(*, actor: Any, invitation: Invitation) -> Invitation:
    """Send a pending invitation again, now from the actor, with a new link and the full time; the old link is dead.

    Raises `Refused`, `InvitationUnusable` if it is no longer pending, and `ValidationError` at `role` if the actor may
    not give its role, or at `email` if the address cannot join any more.
    """
    invitation, judge = _locked(actor, invitation)
    rules.check_role(judge, invitation.role)
    rules.addressee(invitation.organization, invitation.email)
    now = timezone.now()
    invitation.nonce, invitation.sent_at, invitation.invited_by = new_nonce(), now, actor
    invitation.expires_at = now + settings.INVITATION_LIFETIME
    invitation.save(update_fields=["nonce", "sent_at", "invited_by", "expires_at"])
    _send(invitation, actor=actor, resent=True)
    return invitation


@in_one_transaction
def revoke(*, actor: Any, invitation: Invitation) -> Invitation:
    """Make a pending invitation unusable.

    Raises `Refused`, `ValidationError` at `role` if the actor may not give its role, and `InvitationUnusable` if it is
    no longer pending.
    """
    invitation, judge = _locked(actor, invitation)
    rules.check_role(judge, invitation.role)
    close(invitation, actor=actor)
    return invitation


@in_one_transaction
def link(*, actor: Any, invitation: Invitation) -> str:
    """Return the address on which a pending invitation is accepted, to be handed over; an audit event tells who saw it.

    Raises `Refused`, `ValidationError` at `role` if the actor may not give its role, and `InvitationUnusable` if it is
    no longer pending, has expired, or was made under another SECRET_KEY: send it again then.
    """
    invitation, judge = _locked(actor, invitation)
    rules.check_role(judge, invitation.role)
    if invitation.is_expired(timezone.now()) or hashed(invitation.derive_token()) != invitation.token_hash:
        raise InvitationUnusable("expired")
    _audit(invitation, AuditEvent.Verb.INVITATION_LINK_COPIED, actor)
    return notifications.invitation_url(invitation)


def look_up(token: str) -> Invitation:
    """Return the invitation that the token opens; raises `InvitationUnusable` with the reason."""
    found = Invitation.objects.with_token(token).select_related("organization", "role", "invited_by").first()
    invitation = usable(found)
    rules.check_inviter(invitation, invitation.organization)
    return invitation


def usable(invitation: Invitation | None) -> Invitation:
    """Return the invitation if it can be accepted now; raises `InvitationUnusable` with the reason."""
    if invitation is None:
        raise InvitationUnusable("unknown")
    if invitation.accepted_at:
        raise InvitationUnusable("accepted")
    if invitation.revoked_at:
        raise InvitationUnusable("revoked")
    if invitation.is_expired(timezone.now()):
        raise InvitationUnusable("expired")
    return invitation


def close(invitation: Invitation, *, actor: Any) -> None:
    """Revoke a pending invitation that is locked, by its organization: it is answered, or not wanted any more."""
    invitations.close([invitation], organization=invitation.organization, actor=actor, at=timezone.now())


def _locked(actor: Any, invitation: Invitation) -> tuple[Invitation, Judge]:
    organization = Organization.objects.locked(invitation.organization_id)
    judge = Judge(actor, organization)
    judge.may(Permission.INVITE_MEMBER).require()
    row = Invitation.objects.select_for_update().get(pk=invitation.pk, organization=organization)
    if not row.is_pending:
        raise InvitationUnusable("accepted" if row.accepted_at else "revoked")
    row.organization = organization
    return row, judge


def _send(invitation: Invitation, *, actor: Any, resent: bool) -> None:
    invitation.token_hash = hashed(invitation.derive_token())
    invitation.save(update_fields=["token_hash"])
    verb = AuditEvent.Verb.INVITATION_RESENT if resent else AuditEvent.Verb.INVITATION_SENT
    _audit(invitation, verb, actor)
    _signal(invitation_sent, invitation, actor, resent=resent)
    after_commit(partial(notifications.invitation, invitation, actor))


def _audit(invitation: Invitation, verb: AuditEvent.Verb, actor: Any) -> None:
    details = {"role": invitation.offered_role.name}
    audit.write(audit.event(invitation.organization_id, verb, actor=actor, email=invitation.email, details=details))


def _signal(signal: Any, invitation: Invitation, actor: Any, **more: Any) -> None:
    signal.send(sender=Invitation, organization=invitation.organization, actor=actor, invitations=[invitation], **more)
