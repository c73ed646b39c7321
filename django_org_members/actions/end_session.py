"""End Session."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext_lazy as _

from ..accounts import activity, agents, sessions
from ..models import AuditEvent, LiveSession, LoginEvent, Membership
from ..policy import Permission
from ..policy.guards import account_is_ours
from ..signals import member_session_ended
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run


class EndSessionForm(MemberActionForm):
    """Which one: the Security tab sends it along; without, the page offers the member's."""

    session = forms.UUIDField(label=_("Session"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.member is not None:
            choices = CallableChoiceIterator(partial(_choices, self.member))
            self.fields["session"].widget.choices = choices


def _choices(member: Membership) -> list[tuple[UUID, str]]:
    return [(session.pk, described(session)) for session in sessions.live(member.user)[: sessions.SHOWN]]


def described(session: LiveSession) -> str:
    """Return the device and the address in one line."""
    device = agents.in_words(session.user_agent)
    return f"{device}, {session.ip_address}" if session.ip_address else device


def _as_id(value: Any) -> UUID:
    try:
        return UUID(str(value))
    except ValueError:
        raise ValidationError({"session": forms.UUIDField.default_error_messages["invalid"]}) from None


@register
class EndSession(MemberAction):
    """End one session of the account behind a member; the others go on."""

    name, label, icon, position = "end-session", _("End Session"), "sign-out", 54
    description = _("Ends one session at its next request. Signing in again is possible at once.")
    done = _("Ended one session of %(who)s.")
    permission = Permission.SIGN_OUT_MEMBER
    guards = (account_is_ours,)
    form_class = EndSessionForm
    required = frozenset({"session"})
    verb, signal = AuditEvent.Verb.SESSION_ENDED, member_session_ended

    def changing(self, members: list[Membership], params: Mapping[str, Any]) -> list[Membership]:
        """The one whose session it is. One that has ended, and one of somebody else's, are none."""
        users = [member.user_id for member in members]
        found = LiveSession.objects.select_for_update().filter(pk=_as_id(params["session"]), user__in=users)
        owners = set(found.values_list("user_id", flat=True))
        return [member for member in members if member.user_id in owners]

    def apply(self, run: Run) -> None:
        """Delete the session's row, and record it in the person's activity."""
        (member,) = run.members
        run.notes[member.pk] = {"session": sessions.end_one(member.user, _as_id(run.params["session"]))}
        activity.record_done_to([member.user], LoginEvent.Action.SESSION_ENDED)

    def details(self, run: Run, member: Membership) -> dict[str, str]:
        """Keep device and address, in the project's language whoever ends it."""
        ended = run.notes[member.pk]["session"]
        with translation.override(settings.LANGUAGE_CODE):
            return {"device": agents.in_words(ended.user_agent), "ip_address": ended.ip_address or ""}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell what the session was."""
        (kept,) = run.notes.values()
        return {"session": kept["session"]}
