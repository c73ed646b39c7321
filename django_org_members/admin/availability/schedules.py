"""Schedules: the list with the organization's own working time, and one schedule created, edited or deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...actions import Consequence
from ...availability import documents, words
from ...availability.engine import WorkingSpan
from ...form_errors import add_errors
from ...models import Membership, Schedule
from ...policy import Permission
from ...scheduling import schedules as scheduling
from .forms import ScheduleForm, WorkingTimeForm
from .hours import HoursEditor
from .links import SECTIONS, section_url
from .sections import confirmation, context, require_editor

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page

COMMAND = "do"
"""What a button asks for that changes the form, and saves nothing."""


@dataclass(frozen=True)
class Line:
    """One schedule in the list."""

    schedule: Schedule
    hours: str
    members: int
    is_default: bool
    url: str
    delete_url: str


def schedules_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the schedules; POST saves the organization's zone and default schedule."""
    org.require(Permission.VIEW_MEMBERS)
    organization = org.organization
    initial = {"time_zone": organization.time_zone, "default_schedule": organization.default_schedule_id}
    form = WorkingTimeForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        organization=organization,
        zone=settings.TIME_ZONE,
    )
    if request.method == "POST":
        require_editor(org)
        if form.is_valid() and _save_working_time(request, org, form):
            return HttpResponseRedirect(section_url(org, "schedules"))
    return TemplateResponse(
        request,
        "org_members/availability/schedules.html",
        context(
            request,
            org,
            section="schedules",
            title=SECTIONS["schedules"],
            form=form,
            lines=_lines(org),
            create_url=org.url("schedule_create"),
        ),
    )


def create_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for name, zone and hours; make the schedule."""
    require_editor(org)
    return _edit(request, org, None)


def edit_page(request: HttpRequest, org: OrgSettings, schedule_id: int) -> HttpResponse:
    """Show one schedule in a form; save it on POST."""
    require_editor(org)
    return _edit(request, org, _schedule_of(org, schedule_id))


def delete_page(request: HttpRequest, org: OrgSettings, schedule_id: int) -> HttpResponse:
    """Say on GET who has the schedule, and what they have afterwards; delete it on POST."""
    require_editor(org)
    schedule = _schedule_of(org, schedule_id)
    if request.method == "POST":
        try:
            scheduling.delete_schedule(actor=request.user, schedule=schedule)
        except Schedule.DoesNotExist:
            raise _missing() from None
        messages.success(request, _("Deleted the schedule %(name)s.") % {"name": schedule.name})
        return HttpResponseRedirect(section_url(org, "schedules"))
    return confirmation(
        request,
        org,
        section="schedules",
        title=_("Delete Schedule"),
        subject=schedule.name,
        button=_("Delete Schedule"),
        consequences=_consequences(org, schedule),
    )


def _save_working_time(request: HttpRequest, org: OrgSettings, form: WorkingTimeForm) -> bool:
    try:
        changed = scheduling.set_working_time(actor=request.user, organization=org.organization, **form.cleaned_data)
    except ValidationError as error:
        add_errors(form, error)
        return False
    if changed:
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("Nothing to change."))
    return True


def _lines(org: OrgSettings) -> list[Line]:
    having = Membership.objects.filter(organization=org.organization, schedule__isnull=False)
    members = dict(having.order_by().values_list("schedule").annotate(Count("pk")))
    return [
        Line(
            schedule=each,
            hours=words.hours(documents.spans(each.hours)),
            members=members.get(each.pk, 0),
            is_default=each.pk == org.organization.default_schedule_id,
            url=org.url("schedule_edit", schedule_id=each.pk),
            delete_url=org.url("schedule_delete", schedule_id=each.pk),
        )
        for each in Schedule.objects.filter(organization=org.organization)
    ]


def _schedule_of(org: OrgSettings, pk: int) -> Schedule:
    try:
        return Schedule.objects.get(pk=pk, organization=org.organization)
    except Schedule.DoesNotExist:
        raise _missing() from None


def _missing() -> Http404:
    return Http404(_("There is no such schedule."))


def _edit(request: HttpRequest, org: OrgSettings, schedule: Schedule | None) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, org, schedule, *_fresh(org, schedule))
    editor = HoursEditor.posted("hours", request.POST)
    command = request.POST.get(COMMAND)
    if command is not None:
        editor.press(command.removeprefix("hours:"))
        return _form_page(request, org, schedule, ScheduleForm(initial=request.POST.dict()), editor)
    form = ScheduleForm(request.POST)
    editor.spans()
    if form.is_valid() and not editor.is_wrong and _is_saved(request, org, schedule, form, editor):
        return HttpResponseRedirect(section_url(org, "schedules"))
    if not form.errors:
        editor.focus()
    return _form_page(request, org, schedule, form, editor)


def _is_saved(
    request: HttpRequest, org: OrgSettings, schedule: Schedule | None, form: ScheduleForm, editor: HoursEditor
) -> bool:
    try:
        _save(request, org, schedule, form, editor.spans())
    except ValidationError as error:
        _show(error, form, editor)
        return False
    except Schedule.DoesNotExist:
        raise _missing() from None
    return True


def _fresh(org: OrgSettings, schedule: Schedule | None) -> tuple[ScheduleForm, HoursEditor]:
    if schedule is None:
        zone = org.organization.time_zone or settings.TIME_ZONE
        form, editor = ScheduleForm(initial={"time_zone": zone}), HoursEditor("hours")
        editor.press("preset:0")
        form.fields["name"].widget.attrs["autofocus"] = True
        return form, editor
    initial = {"name": schedule.name, "time_zone": schedule.time_zone}
    return ScheduleForm(initial=initial), HoursEditor.saved("hours", documents.spans(schedule.hours))


def _save(
    request: HttpRequest, org: OrgSettings, schedule: Schedule | None, form: ScheduleForm, spans: list[WorkingSpan]
) -> None:
    name = {"name": form.cleaned_data["name"]}
    fields = {**form.cleaned_data, "hours": spans}
    if schedule is None:
        scheduling.create_schedule(actor=request.user, organization=org.organization, **fields)
        messages.success(request, _("Created the schedule %(name)s.") % name)
    elif scheduling.edit_schedule(actor=request.user, schedule=schedule, seen=request.POST.get("seen", ""), **fields):
        messages.success(request, _("Saved the schedule %(name)s.") % name)
    else:
        messages.info(request, _("Nothing to change."))


def _show(error: ValidationError, form: ScheduleForm, editor: HoursEditor) -> None:
    if hasattr(error, "error_dict"):
        editor.show(error.error_dict.pop("hours", []))
    add_errors(form, error)


def _seen(request: HttpRequest, org: OrgSettings, schedule: Schedule, form: ScheduleForm) -> str:
    """Return what the person has seen of the schedule: once told that it was changed, the state as of now."""
    if request.method == "POST" and not form.has_error(NON_FIELD_ERRORS, "stale"):
        return request.POST.get("seen", "")
    return scheduling.fingerprint(_schedule_of(org, schedule.pk))


def _form_page(
    request: HttpRequest, org: OrgSettings, schedule: Schedule | None, form: ScheduleForm, editor: HoursEditor
) -> HttpResponse:
    spans = editor.spans()
    return TemplateResponse(
        request,
        "org_members/availability/schedule_form.html",
        context(
            request,
            org,
            section="schedules",
            title=_("Edit Schedule") if schedule else _("Create Schedule"),
            form=form,
            editor=editor,
            schedule=schedule,
            seen=_seen(request, org, schedule, form) if schedule else "",
            members=schedule.members.count() if schedule is not None else 0,
            is_default=schedule is not None and schedule.pk == org.organization.default_schedule_id,
            week=[(day.label, _of_day(spans, day.number), _duration(spans, day.number)) for day in editor.days],
            total=_duration(spans),
        ),
    )


def _of_day(spans: list[WorkingSpan], day: int) -> list[str]:
    return [words.span(each.begins, each.ends) for each in sorted(spans) if each.weekday == day]


def _duration(spans: list[WorkingSpan], day: int | None = None) -> str:
    minutes = sum(each.minutes[1] - each.minutes[0] for each in spans if day is None or each.weekday == day)
    return _("%(number)s h") % {"number": formats.number_format(f"{minutes / 60:.2f}".rstrip("0").rstrip("."))}


def _consequences(org: OrgSettings, schedule: Schedule) -> list[Consequence]:
    count, default = schedule.members.count(), org.organization.default_schedule
    is_default = default is not None and default.pk == schedule.pk
    rest = None if is_default else default
    members = ngettext("%(count)d member has it.", "%(count)d members have it.", count) % {"count": count}
    if not count:
        found = [Consequence(_("No member has it as a schedule of their own."), "users")]
    elif rest is not None:
        after = format_html(_("From now on the default schedule is theirs: {name}."), name=_bdi(rest.name))
        found = [Consequence(format_html("{} {}", members, after), "users")]
    else:
        found = [Consequence(f"{members} {_('From now on they have none, and are always available.')}", "users")]
    if is_default:
        words = _("It is the default schedule: members without one of their own are always available from now on.")
        found.append(Consequence(words, "clock"))
    return found


def _bdi(text: str) -> str:
    return format_html("<bdi>{}</bdi>", text)


routes: list[tuple[str, Page, str]] = [
    ("availability/schedules/", schedules_page, "organization_schedules"),
    ("availability/schedules/create/", create_page, "schedule_create"),
    ("availability/schedules/<int:schedule_id>/", edit_page, "schedule_edit"),
    ("availability/schedules/<int:schedule_id>/delete/", delete_page, "schedule_delete"),
]
