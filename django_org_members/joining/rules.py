"""What inviting and creating ask alike: the actor's right, the role, the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from ..accounts import signin
from ..accounts.adapter import get_adapter
from ..accounts.identity import clean_email
from ..conf import settings
from ..exceptions import InvitationUnusable
from ..form_errors import field_error
from ..models import Invitation, Membership, Organization, Role
from ..policy import Judge, Permission
from ..policy.authority import is_platform_staff


def check_role(judge: Judge, role: Role | None) -> Role:
    """Return the role, as the organization has it; raises `ValidationError` at `role` if the actor may not give it."""
    verdict = judge.may_give(role)
    if role is None or not verdict:
        raise field_error("role", verdict.reason, verdict.code)
    return role


@dataclass(frozen=True)
class Addressee:
    """Whom an address belongs to."""

    email: str
    """Normalized."""
    user: Any | None
    """The one account that has it, if any."""


def addressee(organization: Organization, email: str) -> Addressee:
    """Find out who is meant; raises `ValidationError` at `email` where nobody can join by this address.

    That is: no address, a member's (disabled ones too), one of several accounts, or of an account that the platform
    deactivated. An account whose sign-in this package ended can join again.
    """
    address = clean_email(email)
    members = Membership.objects.filter(organization=organization)
    if members.filter(email=address).exists():
        raise field_error("email", _("This person is a member already."), "member")
    users = get_adapter().find_by_email(address)
    if len(users) > 1:
        raise field_error(
            "email", _("Several accounts have this address. Ask the platform's support to mend that."), "ambiguous"
        )
    user = users[0] if users else None
    if user is not None and members.filter(user=user.pk).exists():
        raise field_error("email", _("This person is a member already."), "member")
    if user is not None and not user.is_active and not signin.was_ended_by_us(user):
        raise field_error("email", _("This account is deactivated. Ask the platform's support."), "inactive")
    return Addressee(address, user)


def check_addable(judge: Judge, user: Any) -> None:
    """Raise `ValidationError` at `email` for an account that joins by an invitation only.

    That is any (setting EXISTING_ACCOUNTS), or the platform's staff, on whom only a superuser acts.
    """
    if settings.EXISTING_ACCOUNTS == "invite":
        raise field_error(
            "email", _("This person has an account already. Send an invitation instead."), "account_exists"
        )
    if is_platform_staff(user) and not judge.authority.is_superuser:
        raise field_error(
            "email", _("This account cannot be added directly. Send an invitation instead."), "platform_staff"
        )


def check_replaceable(judge: Judge, waiting: Invitation) -> None:
    """Raise `ValidationError` at `email` if the pending invitation gives a role that the actor may not give."""
    if not judge.may_give(waiting.role):
        raise field_error(
            "email", _("An invitation with a role that you may not give is pending for this address."), "exceeds"
        )


def check_inviter(invitation: Invitation, organization: Organization) -> None:
    """Raise `InvitationUnusable` unless whoever sent the invitation could send it now: it gives what they have."""
    judge = Judge(invitation.invited_by or AnonymousUser(), organization)
    if not (judge.may(Permission.INVITE_MEMBER) and judge.may_give(invitation.role)):
        raise InvitationUnusable("revoked")


def pending_invitation(organization: Organization, email: str) -> Invitation | None:
    """Return the one that waits for an answer, expired or not."""
    return Invitation.objects.pending().filter(organization=organization, email=email).first()
