"""Disable Access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..accounts import signin
from ..models import AuditEvent, Membership
from ..policy import Judge, Permission
from ..policy.guards import is_not_oneself, is_not_the_owner
from ..signals import members_disabled
from . import consequences, seats, shifts
from .consequences import Consequence
from .registry import register
from .run import Run


@register
class Disable(shifts.LeavesShifts):
    """End a member's access; data and history stay, and Enable undoes it.

    The sign-in as a whole ends too where an organization made the account and no active membership is left.
    """

    name, label, icon, position = "disable", _("Disable Access"), "ban", 60
    description = _(
        "Access to this organization ends at once. Data and audit history are preserved, and access can be enabled again."
    )
    done = _("Access disabled for %(who)s.")
    permission = Permission.DISABLE_MEMBER
    guards = (is_not_the_owner, is_not_oneself)
    verb, signal = AuditEvent.Verb.MEMBER_DISABLED, members_disabled
    danger = in_menu = in_bulk = True

    def is_relevant(self, member: Membership) -> bool:
        """Offered to those who have access."""
        return member.is_active

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether access is disabled already; when and by whom is kept then."""
        return member.is_disabled

    def apply(self, run: Run) -> None:
        """Mark, turn off the sign-in where nothing is left to sign in to, end the sessions where nothing else is."""
        shifts.hand_over(run)
        run.rows.disable(at=run.now, by=run.actor)
        for member in run.members:
            member.is_active, member.disabled_at, member.disabled_by = False, run.now, run.actor
        ended = signin.end_where_unused(run.accounts.values(), now=run.now)
        run.end_sessions_here(ended)
        run.revoke_invitations()

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Seats stay taken, or become free; invitations, shifts, sign-in and sessions end."""
        ended = signin.would_end([member.user for member in members], without=judge.organization)
        return [
            *seats.disabled(judge, members),
            *consequences.invitations_revoked(judge, members),
            *shifts.left_behind(judge, members),
            *consequences.sign_in_ends(members, ended),
            *consequences.sessions_end(judge, members, ended),
        ]

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """The same, of nobody in particular."""
        return [
            *seats.any_disabled(judge),
            consequences.ANY_INVITATIONS,
            Consequence(
                _(
                    "Signing in ends altogether for those whose account an organization made and who have access to no other."
                ),
                "key",
            ),
            Consequence(
                _("All sessions end of those who belong to no other organization, and of those whose sign-in ends."),
                "sign-out",
            ),
        ]
