"""Cancel Time Off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.choices import CallableChoiceIterator
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from .. import moments
from ..models import AuditEvent, Membership, TimeOff
from ..numbers import LARGEST_ID, whole_number
from ..policy import Permission
from ..scheduling import absences
from ..signals import availability_changed
from .add_time_off import span_details
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run


class CancelTimeOffForm(MemberActionForm):
    """Which one: the Profile tab sends it along; without, the page offers the member's."""

    time_off = forms.IntegerField(label=_("Time off"), widget=forms.RadioSelect, max_value=LARGEST_ID)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.member is not None:
            self.fields["time_off"].widget.choices = CallableChoiceIterator(partial(_choices, self.member))


def _choices(member: Membership) -> list[tuple[int, str]]:
    return [(row.pk, _described(row)) for row in absences.of([member], now()).get(member.pk, ())]


def _described(row: TimeOff) -> str:
    when = moments.span_in_words(row.starts_at, row.ends_at)
    return f"{when}, {row.note}" if row.note else when


def _as_id(value: Any) -> int:
    number = whole_number(str(value), largest=LARGEST_ID)
    if number is None:
        raise ValidationError({"time_off": forms.IntegerField.default_error_messages["invalid"]})
    return number


@register
class CancelTimeOff(MemberAction):
    """Delete one time off of a member, current or to come or past."""

    name, label, icon, position = "cancel-time-off", _("Cancel Time Off"), "x", 34
    description = _("The member can be reached in that time again, and takes on-call shifts as the rotations say.")
    done = _("Cancelled time off of %(who)s.")
    permission = Permission.MANAGE_AVAILABILITY
    form_class = CancelTimeOffForm
    required = frozenset({"time_off"})
    verb, signal = AuditEvent.Verb.TIME_OFF_CANCELLED, availability_changed
    touches_accounts = is_power = False

    def changing(self, members: list[Membership], params: Mapping[str, Any]) -> list[Membership]:
        """The one whose it is. One that is gone, and one of somebody else's, are none."""
        pks = [member.pk for member in members]
        rows = TimeOff.objects.select_for_update().filter(pk=_as_id(params["time_off"]), membership__in=pks)
        owners = set(rows.values_list("membership_id", flat=True))
        return [member for member in members if member.pk in owners]

    def apply(self, run: Run) -> None:
        """Delete it."""
        (member,) = run.members
        row = TimeOff.objects.get(pk=_as_id(run.params["time_off"]))
        run.notes[member.pk] = span_details(row.starts_at, row.ends_at, row.note)
        row.delete()

    def details(self, run: Run, member: Membership) -> dict[str, str]:
        """Keep from when until when it would have been, and the note."""
        return run.notes[member.pk]

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell what it was."""
        return {"verb": self.verb.value}
