"""Add Time Off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import moments
from ..accounts.identity import clean_remark
from ..availability.loading import instant
from ..models import AuditEvent, Membership, TimeOff
from ..policy import Judge, Permission, Verdict
from ..policy.verdicts import refused
from ..scheduling import absences
from ..signals import availability_changed
from . import shifts
from .base import MemberAction, MemberActionForm
from .consequences import Consequence
from .registry import register
from .run import Run

NOTE_LIMIT = 200


class DayAndTimeWidget(forms.MultiWidget):
    """A day, and a time of that day."""

    template_name = "org_members/member/day_and_time.html"

    def __init__(self) -> None:
        day = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "aria-label": _("Day")})
        clock = forms.TimeInput(
            format="%H:%M", attrs={"type": "time", "aria-label": _("Time, or empty for whole days")}
        )
        super().__init__([day, clock])

    def decompress(self, value: Any) -> list[Any]:
        """Show a (day, time) pair."""
        return list(value or (None, None))


class DayAndTimeField(forms.MultiValueField):
    """A day and perhaps a time: `(date, time or None)`."""

    def __init__(self, **kwargs: Any) -> None:
        day = forms.DateField()
        clock = forms.TimeField(required=False)
        super().__init__([day, clock], widget=DayAndTimeWidget(), require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> tuple[date, time | None] | None:
        """Return the pair."""
        return (data_list[0], data_list[1] or None) if data_list else None


class AddTimeOffForm(MemberActionForm):
    """From when until when: whole days, or exact times by the clock of the member's schedule."""

    starts_at = DayAndTimeField(label=_("From"))
    ends_at = DayAndTimeField(label=_("Until"))
    note = forms.CharField(
        label=_("Note"),
        help_text=_("For everybody who sees the members, and kept in the audit log."),
        required=False,
        max_length=NOTE_LIMIT,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].help_text = self._zone_in_words()
        self.fields["ends_at"].help_text = _("Without a time, this day included.")

    def _zone_in_words(self) -> Any:
        if self.member is None:
            return _("Without a time, whole days. By the clock of each member’s schedule, or else the organization’s.")
        zone = absences.zones(self.judge.organization, [self.member])[self.member.pk]
        return format_lazy(_("Without a time, whole days. By the clock in {zone}."), zone=zone.key)

    def clean_starts_at(self) -> datetime:
        """Return what the clock shows when it begins."""
        day, clock = self.cleaned_data["starts_at"]
        return datetime.combine(day, clock or time.min)

    def clean_ends_at(self) -> datetime:
        """Return what the clock shows when it is over."""
        day, clock = self.cleaned_data["ends_at"]
        try:
            return datetime.combine(day + timedelta(days=0 if clock else 1), clock or time.min)
        except OverflowError:
            raise forms.ValidationError(_("Time off lasts two years at most."), code="long") from None

    def clean(self) -> dict[str, Any]:
        """Check it as the action does, for the one member whose page this is: nothing that was typed is lost."""
        given = self.cleaned_data
        if "starts_at" in given and "ends_at" in given:
            try:
                absences.check(given["starts_at"], given["ends_at"])
            except ValidationError as error:
                self.add_error(None, error)
            else:
                self._check_overlap(given)
        return given

    def _check_overlap(self, given: Mapping[str, Any]) -> None:
        if self.member is None:
            return
        refusal = conflicts(self.judge, [self.member], given).get(self.member.pk)
        if refusal is not None:
            self.add_error("starts_at", forms.ValidationError(refusal.reason, code=refusal.code))


def conflicts(judge: Judge, members: list[Membership], params: Mapping[str, Any]) -> dict[int, Verdict]:
    """Return the refusals of members for whom it overlaps with other time off, or is nothing at all, by pk."""
    spans = spans_of(judge, members, params)
    found = absences.overlapping(spans)
    empty = refused("empty", _("These times are skipped by the clock: it is put forward then."))
    refusals = {pk: empty for pk, (begins, ends) in spans.items() if ends <= begins}
    return refusals | {pk: refused("overlap", _overlap(other)) for pk, other in found.items()}


def spans_of(
    judge: Judge, members: list[Membership], params: Mapping[str, Any]
) -> dict[int, tuple[datetime, datetime]]:
    """Return the instants for each member, by pk."""
    zones = absences.zones(judge.organization, members)
    return {member.pk: absences.span(params["starts_at"], params["ends_at"], zones[member.pk]) for member in members}


def _overlap(other: TimeOff) -> str:
    if other.note:
        words = gettext("This overlaps with time off: %(when)s, %(note)s")
    else:
        words = gettext("This overlaps with time off: %(when)s.")
    return words % {"when": moments.span_in_words(other.starts_at, other.ends_at), "note": other.note}


@register
class AddTimeOff(MemberAction):
    """Note when members cannot be reached.

    `starts_at` and `ends_at` are instants (aware), or naive: what clocks show in the zone of each member's schedule, or
    else of the organization. Whoever has time off then already is refused.
    """

    name, label, icon, position = "add-time-off", _("Add Time Off"), "clock", 32
    description = _("The member is Unavailable in that time.")
    done = _("Added time off for %(who)s.")
    permission = Permission.MANAGE_AVAILABILITY
    form_class = AddTimeOffForm
    required = frozenset({"starts_at", "ends_at"})
    submit = _("Add")
    verb, signal = AuditEvent.Verb.TIME_OFF_ADDED, availability_changed
    in_bulk = True
    touches_accounts = is_power = False

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise `ValidationError` at `ends_at` or `note` where they do not fit."""
        super().check_params(params)
        absences.check(params["starts_at"], params["ends_at"])
        _note(params)

    def conflicts(self, judge: Judge, members: list[Membership], params: Mapping[str, Any]) -> dict[int, Verdict]:
        """Refuse those who are away then already, naming what overlaps: two queries."""
        return conflicts(judge, members, params)

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """On-call shifts pass on; the next ones are listed."""
        return [*self.general_consequences(judge), *shifts.ahead(judge, members)]

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """Who is away is not on call."""
        words = _("On-call shifts in that time go to the next in order, or are left open, as each rotation says.")
        return [Consequence(words, "phone")]

    def apply(self, run: Run) -> None:
        """One INSERT."""
        spans = spans_of(run.judge, run.members, run.params)
        absences.add(run.organization, spans, _note(run.params))
        run.notes = {pk: {"starts_at": begins, "ends_at": ends} for pk, (begins, ends) in spans.items()}

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep from when until when, and the note."""
        return span_details(run.notes[member.pk]["starts_at"], run.notes[member.pk]["ends_at"], _note(run.params))

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell what it was."""
        return {"verb": self.verb.value}


def _note(params: Mapping[str, Any]) -> str:
    """Return the note on one line; raises `ValidationError` for characters that make it read as something else."""
    return clean_remark(params.get("note", ""), field="note", limit=NOTE_LIMIT)


def span_details(starts_at: datetime, ends_at: datetime, note: str) -> dict[str, str]:
    """Return what an audit event keeps of time off."""
    times = {"starts_at": starts_at, "ends_at": ends_at}
    return {name: instant(at).isoformat(timespec="seconds") for name, at in times.items()} | {"note": note}
