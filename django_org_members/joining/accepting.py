"""Accepting an invitation: once, by the person to whom it was sent."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import password_checks
from ..accounts import signin, temporary
from ..accounts.adapter import get_adapter
from ..commits import in_one_transaction
from ..exceptions import Refused
from ..models import AuditEvent, Invitation, Membership, Organization
from ..models.text import normalized_email
from ..policy import refused
from ..signals import invitation_accepted
from . import membership, rules
from .inviting import look_up, usable


def is_for(invitation: Invitation, user: Any) -> bool:
    """Whether the invitation was sent to the address of this account."""
    return normalized_email(get_adapter().email(user)) == invitation.email


@in_one_transaction
def accept(token: str, *, user: Any) -> Membership:
    """Make a signed-in user a member, by the invitation to the user's own address.

    Raises `InvitationUnusable`, and `Refused` for another address or an inactive account. Someone who became a member
    meanwhile stays one as before.
    """
    invitation = _locked(token)
    if not is_for(invitation, user):
        raise Refused(refused("another_address", _("This invitation was sent to another address.")))
    if not user.is_active and not signin.was_ended_by_us(user):
        raise Refused(refused("inactive", _("This account is deactivated.")))
    return _join(invitation, user)


def accept_by_password(token: str, *, password: str) -> Membership:
    """Make the owner of an account a member whose sign-in this package ended, and which joining turns on again.

    Raises what `accept` raises, and `Refused` for a wrong password, and for a temporary one that signs nobody in any more.
    """
    invitation = look_up(token)
    users = [user for user in get_adapter().find_by_email(invitation.email) if signin.was_ended_by_us(user)]
    if len(users) != 1 or not password_checks.is_right(users[0], password):
        raise Refused(refused("wrong_password", _("This password is not right.")))
    unusable = temporary.refusal(users[0])
    if unusable:
        raise Refused(refused(unusable, temporary.in_words(unusable)))
    return accept(token, user=users[0])


@in_one_transaction
def accept_as_new(token: str, *, full_name: str, password: str) -> Membership:
    """Make an account for the invited address and make it a member; the organization is the account's provisioner.

    The caller checks the password against the project's validators. Raises `InvitationUnusable`, `ValidationError` at
    `full_name`, and `Refused` if an account has the address by now.
    """
    invitation = _locked(token)
    adapter = get_adapter()
    if adapter.find_by_email(invitation.email):
        raise Refused(refused("account_exists", _("An account with this address exists: sign in to join.")))
    user = adapter.create(email=invitation.email, full_name=full_name)
    user.set_password(password)
    user.save(update_fields=["password"])
    membership.provision(invitation.organization, user)
    return _join(invitation, user)


def _locked(token: str) -> Invitation:
    """Lock the organization first, as everything does, then look again: of many at once, one finds it pending."""
    found = usable(Invitation.objects.with_token(token).first())
    organization = Organization.objects.locked(found.organization_id)
    invitation = usable(Invitation.objects.select_for_update().with_token(token).first())
    invitation.organization = organization
    rules.check_inviter(invitation, organization)
    return invitation


def _join(invitation: Invitation, user: Any) -> Membership:
    organization, now = invitation.organization, timezone.now()
    invitation.is_pending, invitation.accepted_at, invitation.accepted_by = None, now, user
    invitation.save(update_fields=["is_pending", "accepted_at", "accepted_by"])
    member = Membership.objects.filter(organization=organization, user=user.pk).first()
    if member is None:
        verb = AuditEvent.Verb.MEMBER_JOINED
        member = membership.add(organization, user, invitation.offered_role, actor=user, verb=verb, how="accepted")
    invitation_accepted.send(
        sender=Invitation, organization=organization, actor=user, invitations=[invitation], members=[member]
    )
    return member
