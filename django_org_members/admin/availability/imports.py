"""Imported calendars: added, edited, read again, removed.

The pages that ask the network are in no transaction, in projects with ATOMIC_REQUESTS either: it would be open that long,
and lock the calendar before its organization, which is locked first elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from ...availability.calendars import EXTRA, is_installed
from ...availability.calendars.fetching import masked
from ...availability.calendars.problems import in_words
from ...form_errors import add_errors
from ...models import ImportedCalendar
from ...policy import Permission
from ...scheduling.calendars import add_calendar, edit_calendar, remove_calendar
from ...scheduling.refreshing import refresh_calendar
from .calendar_forms import CalendarForm
from .sections import context as section_context

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page


@non_atomic_requests
@sensitive_post_parameters("url")
@sensitive_variables("form")
def add_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for a name, and an address or a file; read it at once, and add it if it can be read."""
    org.require(Permission.MANAGE_AVAILABILITY)
    form = _form(request)
    if form.is_valid():
        try:
            calendar = add_calendar(actor=request.user, organization=org.organization, **form.source)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Imported the calendar %(name)s.") % {"name": calendar.name})
            return _back(org)
    return _form_page(request, org, form, title=_("Import Calendar"))


@non_atomic_requests
@sensitive_post_parameters("url")
@sensitive_variables("form")
def edit_page(request: HttpRequest, org: OrgSettings, calendar_id: int) -> HttpResponse:
    """Ask for another name, address or file; the address that is stored is never shown."""
    org.require(Permission.MANAGE_AVAILABILITY)
    calendar = _calendar(org, calendar_id)
    form = _form(request, calendar=calendar, initial={"name": calendar.name})
    if form.is_valid():
        try:
            calendar = edit_calendar(actor=request.user, calendar=calendar, **form.source)
        except ValidationError as error:
            add_errors(form, error)
        except ImportedCalendar.DoesNotExist:  # removed while its new address was read
            raise _missing() from None
        else:
            messages.success(request, _("Saved the calendar %(name)s.") % {"name": calendar.name})
            return _back(org)
    return _form_page(request, org, form, title=_("Edit Calendar"), calendar=calendar)


@non_atomic_requests
def refresh_page(request: HttpRequest, org: OrgSettings, calendar_id: int) -> HttpResponse:
    """Read a calendar again, now, and say what came of it."""
    org.require(Permission.MANAGE_AVAILABILITY)
    calendar = _calendar(org, calendar_id)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    done = refresh_calendar(calendar=calendar, actor=request.user)
    words = {"name": calendar.name}
    if done.is_busy:
        text = _("%(name)s was read a moment ago. Wait half a minute, and try again.")
        messages.info(request, text % words)
    elif done.error:
        text = _("%(name)s could not be read; what was read last stays. %(error)s")
        messages.error(request, text % {**words, "error": in_words(done.error)})
    else:
        text = (
            _("Read %(name)s: something has changed.") if done.has_changed else _("Read %(name)s: nothing has changed.")
        )
        messages.success(request, text % words)
    return _back(org)


def remove_page(request: HttpRequest, org: OrgSettings, calendar_id: int) -> HttpResponse:
    """Ask on GET, remove on POST."""
    org.require(Permission.MANAGE_AVAILABILITY)
    calendar = _calendar(org, calendar_id)
    if request.method == "POST":
        remove_calendar(actor=request.user, calendar=calendar)
        messages.success(request, _("Removed the calendar %(name)s.") % {"name": calendar.name})
        return _back(org)
    context = section_context(
        request,
        org,
        section="calendars",
        title=_("Remove Calendar"),
        calendar=calendar,
        shifts=calendar.shifts.count(),
    )
    return TemplateResponse(request, "org_members/availability/calendars/remove.html", context)


def _form(request: HttpRequest, **more: Any) -> CalendarForm:
    return CalendarForm(*((request.POST, request.FILES) if request.method == "POST" else (None, None)), **more)


def _calendar(org: OrgSettings, calendar_id: int) -> ImportedCalendar:
    rows = ImportedCalendar.objects.filter(organization=org.organization).defer("document")
    calendar = rows.filter(pk=calendar_id).first()
    if calendar is None:
        raise _missing()
    calendar.organization = org.organization
    return calendar


def _missing() -> Http404:
    return Http404(_("There is no such calendar."))


def _form_page(
    request: HttpRequest, org: OrgSettings, form: CalendarForm, *, title: str, calendar: ImportedCalendar | None = None
) -> HttpResponse:
    context = section_context(
        request,
        org,
        section="calendars",
        title=title,
        form=form,
        calendar=calendar,
        source=masked(calendar.url) if calendar is not None and calendar.url else "",
        extra="" if is_installed() else EXTRA,
    )
    return TemplateResponse(request, "org_members/availability/calendars/form.html", context)


def _back(org: OrgSettings) -> HttpResponse:
    return HttpResponseRedirect(org.url("organization_calendars"))


routes: list[tuple[str, Page, str]] = [
    ("availability/calendars/add/", add_page, "calendar_add"),
    ("availability/calendars/<int:calendar_id>/edit/", edit_page, "calendar_edit"),
    ("availability/calendars/<int:calendar_id>/refresh/", refresh_page, "calendar_refresh"),
    ("availability/calendars/<int:calendar_id>/remove/", remove_page, "calendar_remove"),
]
