"""Reset Password."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from .. import notifications
from ..accounts import activity, passwords
from ..accounts.adapter import get_adapter
from ..conf import settings
from ..models import AuditEvent, LoginEvent, Membership
from ..policy import Judge, Permission, Verdict, refused
from ..policy.guards import account_is_ours, is_not_oneself
from ..signals import member_password_reset
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run


def has_password(judge: Judge, member: Membership) -> Verdict | None:
    """Only accounts that sign in by password have one to reset."""
    if get_adapter().authentication_method(member.user).has_password:
        return None
    return refused("no_password", _("This account does not sign in with a password."))


def temporary_passwords_are_used(judge: Judge, member: Membership) -> Verdict | None:
    """A project may leave passwords to links (setting TEMPORARY_PASSWORDS), which show nobody a password."""
    if settings.TEMPORARY_PASSWORDS:
        return None
    return refused("links_only", _("There are no temporary passwords here. Send a reset link instead."))


class ResetPasswordForm(MemberActionForm):
    """Carries what the password was when the page was made, so that sending the same form again resets nothing."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.member is not None:
            self.fields["fingerprint"].initial = passwords.fingerprint(self.member.user)


@register
class ResetPassword(MemberAction):
    """Set a new temporary password, shown once in `Outcome.secrets`, and end every session.

    Not in bulk: each password is handed to one person.
    """

    name, label, icon, position = "reset-password", _("Reset Password"), "key", 50
    description = _("Generates a new temporary password, shown once, and logs the member out of all sessions.")
    done = _("Password reset for %(who)s.")
    permission = Permission.RESET_MEMBER_PASSWORD
    guards = (temporary_passwords_are_used, is_not_oneself, account_is_ours, has_password)
    form_class = ResetPasswordForm
    verb, signal = AuditEvent.Verb.PASSWORD_RESET, member_password_reset
    danger = True

    def check(self, judge: Judge, member: Membership, params: Mapping[str, Any]) -> Verdict | None:
        """Refuse a form that was made before the present password."""
        given = params.get("fingerprint")
        if given is None or constant_time_compare(given, passwords.fingerprint(member.user)):
            return None
        return refused("stale", _("This password was reset meanwhile. A temporary password is shown only once."))

    def apply(self, run: Run) -> None:
        """Set the passwords, end the sessions, tell each person (not the password)."""
        for member in run.members:
            account = run.accounts[member.user_id]
            run.secrets[member.pk] = passwords.set_temporary(member.user, account, now=run.now)
        run.after_commit(partial(notifications.password_reset, run.users, run.organization))
        activity.record_done_to(run.users, LoginEvent.Action.PASSWORD_RESET)
        run.end_sessions()
