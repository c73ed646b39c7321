"""Send MFA Reminder."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import notifications
from ..accounts import mfa
from ..audit import reading
from ..models import AuditEvent, Membership
from ..policy import Judge, Permission, Verdict
from ..policy.guards import has_access, mfa_is_required
from ..policy.verdicts import refused
from .base import MemberAction
from .registry import register
from .run import Run

AT_MOST_EVERY = timedelta(days=1)
_HAS_MFA = refused("has_mfa", _("This member has MFA."))
_TOLD_LATELY = refused("reminded", _("This member was reminded within the last 24 hours."))


@register
class RemindMFA(MemberAction):
    """Send an e-mail to members who have no MFA yet, where the organization requires it; at most once a day."""

    name, label, icon, position = "remind-mfa", _("Send MFA Reminder"), "mail", 41
    description = _("Sends an e-mail with the day until which MFA must be set up, and the link to do it.")
    done = _("Sent a reminder to %(who)s.")
    permission = Permission.MANAGE_SECURITY
    guards = (mfa_is_required, has_access)
    submit = _("Send")
    verb = AuditEvent.Verb.MFA_REMINDED
    in_bulk = True
    touches_accounts = False

    def refusals(self, judge: Judge, members: list[Membership]) -> dict[int, Verdict]:
        """Those who have MFA, and those who were reminded lately: the audit trail knows."""
        methods = mfa.methods([member.user for member in members])
        since, people = timezone.now() - AT_MOST_EVERY, [member.user_id for member in members]
        told = reading.told_since(judge.organization.pk, self.verb, people, since)
        found: dict[int, Verdict] = {}
        for member in members:
            if any(method.is_confirmed for method in methods.get(member.user_id, ())):
                found[member.pk] = _HAS_MFA
            elif member.user_id in told:
                found[member.pk] = _TOLD_LATELY
        return found

    def apply(self, run: Run) -> None:
        """Nothing is stored but the audit event; the e-mails leave after the commit."""
        due = {member.pk: member.mfa_due_at(run.organization) for member in run.members}
        run.notes = {pk: {"mfa_due_at": at.isoformat(timespec="seconds")} for pk, at in due.items() if at is not None}
        whom = [(member.user, due[member.pk]) for member in run.members]
        run.after_commit(partial(notifications.mfa_reminder, whom, run.organization))

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep what the e-mail says."""
        return run.notes[member.pk]
