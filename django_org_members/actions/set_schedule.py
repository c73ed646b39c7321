"""Set Schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import AuditEvent, Membership, Schedule
from ..policy import Judge, Permission, Verdict
from ..policy.verdicts import refused
from ..signals import availability_changed
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run


class SetScheduleForm(MemberActionForm):
    """Which schedule; another organization's is as unknown as one that does not exist."""

    schedule = forms.ModelChoiceField(
        label=_("Schedule"),
        queryset=Schedule.objects.none(),
        required=False,
        empty_label=_("The organization’s default"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["schedule"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Schedule.objects.filter(organization=self.judge.organization)
        if self.member is not None:
            field.initial = self.member.schedule_id


@register
class SetSchedule(MemberAction):
    """Give members working hours of their own, or (None) the organization's default again."""

    name, label, icon, position = "set-schedule", _("Set Schedule"), "clock", 30
    description = _(
        "Whether the member is Available follows these working hours at once. On-call shifts stay as they are."
    )
    done = _("Set the schedule of %(who)s to %(schedule)s.")
    permission = Permission.MANAGE_AVAILABILITY
    form_class = SetScheduleForm
    required = frozenset({"schedule"})
    submit = _("Set")
    verb, signal = AuditEvent.Verb.SCHEDULE_CHANGED, availability_changed
    in_bulk = True
    touches_accounts = is_power = False

    def conflicts(self, judge: Judge, members: list[Membership], params: Mapping[str, Any]) -> dict[int, Verdict]:
        """Refuse another organization's, and one that was deleted meanwhile: one query."""
        schedule: Schedule | None = params["schedule"]
        if schedule is None or Schedule.objects.filter(pk=schedule.pk, organization=judge.organization).exists():
            return {}
        return dict.fromkeys(
            (member.pk for member in members), refused("unknown_schedule", _("This schedule does not exist."))
        )

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether the member has this one."""
        return bool(member.schedule_id == (params["schedule"].pk if params["schedule"] else None))

    def apply(self, run: Run) -> None:
        """One UPDATE; what was before is kept for the audit event."""
        schedule = run.params["schedule"]
        names = Schedule.objects.in_bulk({member.schedule_id for member in run.members if member.schedule_id})
        for member in run.members:
            before = names.get(member.schedule_id) if member.schedule_id else None
            run.notes[member.pk] = {"before": before.name if before else None}
            member.schedule = schedule
        run.rows.update(schedule=schedule)

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep both names; None is the default."""
        schedule = run.params["schedule"]
        return {"schedule": [run.notes[member.pk]["before"], schedule.name if schedule else None]}

    def done_message(self, who: str, params: Mapping[str, Any]) -> str:
        """Name the schedule."""
        return str(self.done) % {"who": who, "schedule": params["schedule"] or _("the organization’s default")}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell what it was."""
        return {"verb": self.verb.value}
