"""Rules about whom an action reaches, beside its permission. A guard returns a refusal, or None to let pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..models import Membership
from .authority import is_platform_staff
from .verdicts import Verdict, refused

if TYPE_CHECKING:
    from .judge import Judge

Guard = Callable[["Judge", Membership], "Verdict | None"]


def is_not_the_owner(judge: Judge, member: Membership) -> Verdict | None:
    """For everyone: the Owner is not disabled, removed, given a role or edited; ownership moves by a transfer."""
    if member.user_id == judge.organization.owner_id:
        return refused("owner", _("This is the Owner of the organization."))
    return None


def is_not_oneself(judge: Judge, member: Membership) -> Verdict | None:
    """For everyone: not to one's own account, where it would lock out or bypass the password that is asked there."""
    if member.user_id == judge.actor.pk:
        return refused("oneself", _("You cannot do this to your own account."))
    return None


def is_by_the_owner(judge: Judge, member: Membership) -> Verdict | None:
    """Only the Owner, with a live membership, or a superuser does this, whatever permissions somebody else has."""
    is_owner = judge.membership is not None and judge.actor.pk == judge.organization.owner_id
    if is_owner or judge.authority.is_superuser:
        return None
    return refused("owner_only", _("Only the Owner can do this."))


def has_access(judge: Judge, member: Membership) -> Verdict | None:
    """Only to an active member with a live account."""
    if member.is_disabled:
        return refused("disabled", _("The access of this member is disabled."))
    if not member.user.is_active:
        return refused("inactive", _("The account of this member is deactivated."))
    return None


def mfa_is_required(judge: Judge, member: Membership) -> Verdict | None:
    """Only where the organization requires MFA of its members."""
    if judge.organization.mfa_required_since is None:
        return refused("mfa_not_required", _("This organization does not require MFA of its members."))
    return None


def is_not_platform_staff(judge: Judge, member: Membership) -> Verdict | None:
    """A superuser, or platform staff, is acted on only by a superuser."""
    if is_platform_staff(member.user) and not judge.authority.is_superuser:
        return refused("platform_staff", _("Only a superuser can act on the platform's staff."))
    return None


def does_not_exceed(judge: Judge, member: Membership) -> Verdict | None:
    """The principle: only on members whose authority does not exceed one's own."""
    if not judge.authority.covers(judge.authority_over(member)):
        return refused("exceeds", _("This member has permissions that you do not have."))
    return None


def account_is_ours(judge: Judge, member: Membership) -> Verdict | None:
    """Password, MFA, e-mail and sign-in belong to the account, not to one organization (see `SHARED_ACCOUNTS`).

    The other organization is never named, and that there is one is told only where that is the reason.
    """
    rule = settings.SHARED_ACCOUNTS
    if judge.authority.is_superuser or rule == "any_member":
        return None
    if judge.belongs_elsewhere(member):
        return refused("shared", _("This person also belongs to another organization and manages the account alone."))
    if rule == "provisioned" and not judge.provisioned(member):
        return refused("not_provisioned", _("This account was not created by your organization."))
    return None
