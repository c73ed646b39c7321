"""Sign Out Everywhere."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..models import AuditEvent
from ..policy import Permission
from ..policy.guards import account_is_ours
from .base import MemberAction
from .registry import register
from .run import Run


@register
class SignOut(MemberAction):
    """End every session of the account behind a member, without touching the password."""

    name, label, icon, position = "sign-out", _("Sign Out Everywhere"), "sign-out", 55
    description = _("Ends every session. Signing in again is possible at once.")
    done = _("Ended every session of %(who)s.")
    permission = Permission.SIGN_OUT_MEMBER
    guards = (account_is_ours,)
    verb = AuditEvent.Verb.SESSIONS_ENDED
    in_bulk = True

    def apply(self, run: Run) -> None:
        """Raise the epoch of the accounts; the signal of ended sessions is the action's signal."""
        run.end_sessions()
