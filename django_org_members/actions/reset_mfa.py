"""Reset MFA."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from .. import notifications
from ..accounts import activity, mfa
from ..models import Account, AuditEvent, LoginEvent, Membership
from ..policy import Permission
from ..policy.guards import account_is_ours, is_not_oneself
from ..signals import member_mfa_reset
from .base import MemberAction
from .registry import register
from .run import Run


@register
class ResetMFA(MemberAction):
    """Remove every second factor: confirmed, unconfirmed and backup codes. The next sign-in sets up a new one first."""

    name, label, icon, position = "reset-mfa", _("Reset MFA"), "shield", 40
    description = _("Ends all sessions. MFA must be set up again at the next sign-in, before anything else.")
    done = _("MFA reset for %(who)s.")
    permission = Permission.RESET_MEMBER_MFA
    guards = (is_not_oneself, account_is_ours)
    verb, signal = AuditEvent.Verb.MFA_RESET, member_mfa_reset
    danger = in_bulk = True

    def changing(self, members: list[Membership], params: Mapping[str, Any]) -> list[Membership]:
        """Those who have a method, confirmed or not."""
        methods = mfa.methods([member.user for member in members])
        return [member for member in members if methods.get(member.user_id)]

    def apply(self, run: Run) -> None:
        """Delete the methods, demand enrolment, end the sessions, tell the person."""
        methods = mfa.methods(run.users)
        run.notes = {member.pk: {"methods": methods.get(member.user_id, [])} for member in run.members}
        mfa.reset(run.users)
        Account.objects.filter(pk__in=run.accounts).update(mfa_enrolment_required=True)
        activity.record_done_to(run.users, LoginEvent.Action.MFA_RESET)
        run.end_sessions()
        run.after_commit(partial(notifications.mfa_reset, run.users, run.organization))

    def details(self, run: Run, member: Membership) -> dict[str, list[list[str]]]:
        """Keep what the methods were called, in the project's language whoever resets them."""
        with translation.override(settings.LANGUAGE_CODE):
            return {"methods": [[str(method.label) for method in run.notes[member.pk]["methods"]], []]}
