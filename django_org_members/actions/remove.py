"""Remove."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..availability import anchoring
from ..models import Account, AuditEvent, Membership
from ..policy import Judge, Permission
from ..policy.guards import is_not_oneself, is_not_the_owner
from ..signals import members_removed
from . import consequences, seats, shifts
from .consequences import Consequence
from .registry import register
from .run import Run


@register
class Remove(shifts.LeavesShifts):
    """Delete the membership. The account stays; its sessions end if this was its last organization."""

    name, label, icon, position = "remove", _("Remove"), "trash", 70
    description = _(
        "Removed members are permanently deleted from the organization. Prefer Disable Access when in doubt, to preserve audit history."
    )
    done = _("Removed %(who)s from the organization.")
    permission = Permission.REMOVE_MEMBER
    guards = (is_not_the_owner, is_not_oneself)
    verb, signal = AuditEvent.Verb.MEMBER_REMOVED, members_removed
    danger = in_menu = in_bulk = True

    def apply(self, run: Run) -> None:
        """Delete; the instances keep their pk for the receivers. The organization gives up the accounts that it made."""
        shifts.hand_over(run)
        anchoring.leave([member.pk for member in run.members], run.now)
        run.rows.delete()
        left = Account.objects.filter(pk__in=run.accounts, provisioned_by=run.organization)
        left.update(provisioned_by=None)
        run.end_sessions_here()
        run.revoke_invitations()

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Seats become free; invitations, shifts and sessions end; the accounts stay."""
        return [
            *seats.freed(judge, members),
            *consequences.invitations_revoked(judge, members),
            *shifts.left_behind(judge, members, removed=True),
            *consequences.accounts_stay(members),
            *consequences.sessions_end(judge, members),
        ]

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """The same, of nobody in particular."""
        return [
            *seats.any_freed(judge),
            consequences.ANY_INVITATIONS,
            Consequence(_("The accounts stay, and sign in as before."), "key"),
            Consequence(_("All sessions end of those who belong to no other organization."), "sign-out"),
        ]

    def details(self, run: Run, member: Membership) -> dict[str, str]:
        """Keep what the membership held, which is gone with it: role, since when, and since when disabled."""
        details = {"role": member.role.name, "joined_at": member.joined_at.isoformat(timespec="seconds")}
        if member.disabled_at is not None:
            details["disabled_at"] = member.disabled_at.isoformat(timespec="seconds")
        return details
