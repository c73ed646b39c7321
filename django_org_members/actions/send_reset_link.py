"""Send Reset Link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .. import notifications
from ..accounts import activity
from ..accounts.adapter import get_adapter
from ..models import AuditEvent, LoginEvent, Membership
from ..policy import Judge, Permission, Verdict, refused
from ..policy.guards import account_is_ours, is_not_oneself
from ..signals import member_reset_link_sent
from .base import MemberAction
from .consequences import Consequence
from .registry import register
from .reset_password import has_password
from .run import Run

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AGAIN_AFTER = timedelta(minutes=5)
"""How long after a link was sent another one is: nobody's mailbox is flooded."""
_SENT = LoginEvent.Action.RESET_LINK_SENT


def has_address(judge: Judge, member: Membership) -> Verdict | None:
    """A link is sent by e-mail."""
    if get_adapter().email(member.user):
        return None
    return refused("no_address", gettext_lazy("This account has no e-mail address."))


@register
class SendResetLink(MemberAction):
    """Send a link with which the person sets a new password: nobody else knows one.

    It works once, for Django's PASSWORD_RESET_TIMEOUT. The present password and the sessions go on until it is used.
    """

    name, label, icon, position = "send-reset-link", gettext_lazy("Send Reset Link"), "send", 51
    description = gettext_lazy("Sends an e-mail with a link to set a new password. You do not see the password.")
    done = gettext_lazy("Sent a reset link to %(who)s.")
    unchanged = gettext_lazy(
        "A reset link was sent to %(who)s less than five minutes ago. Wait before sending another."
    )
    permission = Permission.RESET_MEMBER_PASSWORD
    guards = (is_not_oneself, account_is_ours, has_password, has_address)
    verb, signal = AuditEvent.Verb.RESET_LINK_SENT, member_reset_link_sent
    in_bulk = True

    def changing(self, members: list[Membership], params: Mapping[str, Any]) -> list[Membership]:
        """Those who were sent none lately: one query."""
        sent = activity.happened_to([member.user_id for member in members], _SENT, since=timezone.now() - AGAIN_AFTER)
        return [member for member in members if member.user_id not in sent]

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Say where the links go, for how long they work, and what goes on."""
        where: StrOrPromise = _("Each gets a link of their own, at their own address.")
        if len(members) == 1:
            where = format_html(_("The link goes to <bdi>{}</bdi>."), get_adapter().email(members[0].user))
        return [Consequence(where, "mail"), *self.general_consequences(judge)]

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """Say it whoever they are."""
        now = timezone.now()
        lifetime = timesince(now, now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT), depth=1)
        until_used = _(
            "The present password and all sessions go on until the link is used. To end the sessions now, choose "
            "Sign Out Everywhere."
        )
        return [
            Consequence(_("A link works once, for {lifetime}.").format(lifetime=lifetime), "clock"),
            Consequence(until_used, "key"),
        ]

    def apply(self, run: Run) -> None:
        """Record it, and send after the commit."""
        activity.record_done_to(run.users, _SENT)
        run.after_commit(partial(notifications.reset_link, run.users, run.organization))
