"""Enable Access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..accounts import signin
from ..models import AuditEvent, Membership
from ..policy import Judge, Permission
from ..signals import members_enabled
from . import seats
from .base import MemberAction
from .consequences import Consequence
from .registry import register
from .run import Run


@register
class Enable(MemberAction):
    """Give a disabled member the access back. Sessions from before stay dead; a sign-in that we ended works again."""

    name, label, icon, position = "enable", _("Enable Access"), "check", 61
    description = _("Access to this organization is restored, with the same role as before.")
    done = _("Access enabled for %(who)s.")
    permission = Permission.DISABLE_MEMBER
    verb, signal = AuditEvent.Verb.MEMBER_ENABLED, members_enabled
    in_menu = in_bulk = True

    def is_relevant(self, member: Membership) -> bool:
        """Offered to those whose access is disabled."""
        return member.is_disabled

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether the member has access."""
        return member.is_active

    def apply(self, run: Run) -> None:
        """Unmark, turn the sign-in on where this package turned it off, and start from no session."""
        run.rows.enable()
        for member in run.members:
            run.notes[member.pk] = {"disabled_at": member.disabled_at}
            member.is_active, member.disabled_at, member.disabled_by = True, None, None
        signin.restore(run.accounts.values())
        run.end_sessions_here()

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Seats are taken, where only active members count."""
        return list(seats.enabled(judge, members))

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """The same, of nobody in particular."""
        return list(seats.any_enabled(judge))

    def details(self, run: Run, member: Membership) -> dict[str, str]:
        """Keep since when access was disabled: enabling forgets it."""
        disabled_at = run.notes[member.pk]["disabled_at"]
        return {"disabled_at": disabled_at.isoformat(timespec="seconds")} if disabled_at else {}
