"""Exempt from MFA, and End MFA Exemption."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..accounts.identity import clean_lines
from ..form_errors import field_error
from ..models import AuditEvent, Membership
from ..moments import midnight, today
from ..policy import Permission
from ..policy.guards import is_not_oneself, mfa_is_required
from ..signals import member_mfa_exemption_changed
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run

MOST_DAYS = 90
"""How far ahead an exemption may end."""
REASON_LIMIT = 500


def end_of(day: date) -> datetime:
    """Return when the day is over in the current time zone: the viewer's, where the project activates it."""
    return midnight(day + timedelta(days=1))


def latest_day() -> date:
    """Return the last day that an exemption may last."""
    return today() + timedelta(days=MOST_DAYS)


def check_until(until: datetime) -> datetime:
    """Return the end of an exemption; raises `ValidationError` at `until` for one that is past or too far ahead."""
    if until <= timezone.now():
        raise field_error("until", _("Choose a day from today on."), "past")
    if until > end_of(latest_day()):
        raise field_error("until", _("An exemption lasts 90 days at most."), "far")
    return until


class ExemptFromMFAForm(MemberActionForm):
    """Until when, and why."""

    until = forms.DateField(label=_("Exempt until"), help_text=_("This day included; 90 days from today at most."))
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept in the audit log."),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LIMIT}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bounds = {"type": "date", "min": today().isoformat(), "max": latest_day().isoformat()}
        self.fields["until"].widget = forms.DateInput(format="%Y-%m-%d", attrs={**bounds, "autofocus": True})

    def clean_until(self) -> datetime:
        """Return the end of the day, in the viewer's time zone."""
        try:
            return check_until(end_of(self.cleaned_data["until"]))
        except OverflowError:
            raise forms.ValidationError(_("An exemption lasts 90 days at most."), code="far") from None
        except ValidationError as error:
            raise forms.ValidationError(error.error_dict["until"]) from None

    def clean_reason(self) -> str:
        """Check it as the action does."""
        try:
            return clean_lines(self.cleaned_data["reason"], field="reason", limit=REASON_LIMIT)
        except ValidationError as error:
            raise forms.ValidationError(error.error_dict["reason"]) from None


class _Exemption(MemberAction):
    """What giving and ending an exemption have in common."""

    permission = Permission.MANAGE_SECURITY
    guards = (is_not_oneself, mfa_is_required)
    verb, signal = AuditEvent.Verb.MFA_EXEMPTION_CHANGED, member_mfa_exemption_changed
    touches_accounts = False

    def set_end(self, run: Run, until: datetime | None) -> None:
        """One UPDATE; what was before is kept for the audit event."""
        run.notes = {
            member.pk: {"exempt_until": [_text(member.mfa_exempt_until), _text(until)]} for member in run.members
        }
        run.rows.update(mfa_exempt_until=until)
        for member in run.members:
            member.mfa_exempt_until = until


@register
class ExemptFromMFA(_Exemption):
    """A member need not set MFA up for a while, where the organization requires it. Nobody exempts themselves."""

    name, label, icon, position = "exempt-from-mfa", _("Exempt from MFA"), "clock", 42
    description = _(
        "Until the exemption ends the member may sign in without MFA. Then it must be set up before anything else. "
        "Whoever has MFA already goes on using it."
    )
    done = _("Exempted %(who)s from MFA.")
    form_class = ExemptFromMFAForm
    required = frozenset({"until", "reason"})
    submit = _("Exempt")
    in_bulk = True

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise `ValidationError` at `until`, an aware `datetime`, or `reason` where they do not fit."""
        super().check_params(params)
        check_until(params["until"])
        clean_lines(params["reason"], field="reason", limit=REASON_LIMIT)

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether the exemption ends then."""
        return bool(member.mfa_exempt_until == params["until"])

    def apply(self, run: Run) -> None:
        """Set the end, in place of any other."""
        self.set_end(run, run.params["until"])

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep the end before and after, and the reason."""
        reason = clean_lines(run.params["reason"], field="reason", limit=REASON_LIMIT)
        return {**run.notes[member.pk], "reason": reason}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell when it ends."""
        return {"until": run.params["until"]}


@register
class EndMFAExemption(_Exemption):
    """The exemption ends before its time."""

    name, label, icon, position = "end-mfa-exemption", _("End MFA Exemption"), "shield", 43
    description = _("The member must set MFA up: at the next request, if the grace period is over.")
    done = _("Ended the exemption of %(who)s from MFA.")

    def is_relevant(self, member: Membership) -> bool:
        """Where there is one that has not ended by itself."""
        return member.mfa_exempt_until is not None and member.mfa_exempt_until > timezone.now()

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether there is none."""
        return not self.is_relevant(member)

    def apply(self, run: Run) -> None:
        """Forget the end."""
        self.set_end(run, None)

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep when it would have ended."""
        return run.notes[member.pk]

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """There is no end any more."""
        return {"until": None}


def _text(until: datetime | None) -> str | None:
    return until.isoformat(timespec="seconds") if until is not None else None
