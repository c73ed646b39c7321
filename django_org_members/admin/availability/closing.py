"""Closures: the list, adding and removing them, and public holidays to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ...availability import public_holidays
from ...form_errors import add_errors
from ...models import Closure
from ...policy import Permission
from ...scheduling import closures as scheduling
from ...scheduling.closures import Days
from .forms import ClosureForm, HolidaysForm
from .links import SECTIONS, section_url
from .sections import context, require_editor

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page

YEARS_BACK, YEARS_AHEAD = 1, 5


@dataclass(frozen=True)
class Offer:
    """One public holiday to choose."""

    value: str
    days: Days
    is_there: bool
    is_past: bool


def closures_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the closures; POST adds one."""
    org.require(Permission.VIEW_MEMBERS)
    form = ClosureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require_editor(org)
        if form.is_valid() and _add_one(request, org, form):
            return HttpResponseRedirect(section_url(org, "closures"))
    day = org.today
    rows = list(Closure.objects.filter(organization=org.organization))
    past = [row for row in rows if row.ends_on < day]
    return TemplateResponse(
        request,
        "org_members/availability/closures.html",
        context(
            request,
            org,
            section="closures",
            title=SECTIONS["closures"],
            form=form,
            coming=[_line(org, row, day) for row in rows if row.ends_on >= day],
            past=[_line(org, row, day) for row in reversed(past)],
            zone=org.organization.zone.key,
            holidays_url=org.url("closures_holidays"),
        ),
    )


def remove_page(request: HttpRequest, org: OrgSettings, closure_id: int) -> HttpResponse:
    """Remove a closure, by POST."""
    require_editor(org)
    try:
        closure = Closure.objects.select_related("organization").get(pk=closure_id, organization=org.organization)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        scheduling.remove_closure(actor=request.user, closure=closure)
    except Closure.DoesNotExist:
        raise Http404(_("There is no such closure.")) from None
    messages.success(request, _("Removed the closure %(name)s.") % {"name": closure.name})
    return HttpResponseRedirect(section_url(org, "closures"))


def holidays_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Offer the public holidays of a country and year (GET); POST adds those that are ticked."""
    require_editor(org)
    more: dict[str, Any] = {"is_installed": public_holidays.is_installed()}
    if more["is_installed"]:
        form = _holidays_form(request, org)
        offers = _offers(org, form) if form.is_bound and form.is_valid() else None
        if request.method == "POST" and offers is not None:
            chosen = set(request.POST.getlist("day"))
            return _add_chosen(request, org, [each.days for each in offers if each.value in chosen])
        more |= {"form": form, "offers": offers}
    page = context(request, org, section="closures", title=_("Add Public Holidays"), **more)
    return TemplateResponse(request, "org_members/availability/holidays.html", page)


def _add_one(request: HttpRequest, org: OrgSettings, form: ClosureForm) -> bool:
    cleaned = form.cleaned_data
    days = Days(cleaned["name"], cleaned["starts_on"], cleaned["ends_on"] or cleaned["starts_on"])
    try:
        added = scheduling.add_closures(actor=request.user, organization=org.organization, closures=[days])
    except ValidationError as error:
        add_errors(form, error)
        return False
    _tell(request, len(added))
    return True


def _add_chosen(request: HttpRequest, org: OrgSettings, chosen: list[Days]) -> HttpResponse:
    _tell(request, len(scheduling.add_closures(actor=request.user, organization=org.organization, closures=chosen)))
    return HttpResponseRedirect(section_url(org, "closures"))


def _tell(request: HttpRequest, count: int) -> None:
    if count:
        messages.success(request, ngettext("Added %d closure.", "Added %d closures.", count) % count)
    else:
        messages.info(request, _("Nothing to change."))


def _line(org: OrgSettings, row: Closure, day: date) -> dict[str, Any]:
    return {
        "closure": row,
        "is_one_day": row.starts_on == row.ends_on,
        "is_now": row.starts_on <= day <= row.ends_on,
        "url": org.url("closure_remove", closure_id=row.pk),
    }


def _holidays_form(request: HttpRequest, org: OrgSettings) -> HolidaysForm:
    data = request.POST if request.method == "POST" else request.GET
    country = data.get("country", "")
    try:
        parts = public_holidays.parts(country) if country else ()
    except LookupError:
        parts = ()
    year = org.today.year
    posted = {name: data.get(name, "") for name in ("country", "part", "year")}
    if posted["part"] not in dict(parts):  # of the country that was chosen before
        posted["part"] = ""
    return HolidaysForm(
        posted if "country" in data else None,
        initial={"year": str(year)},
        countries=public_holidays.countries(),
        parts=parts,
        years=range(year - YEARS_BACK, year + YEARS_AHEAD + 1),
    )


def _offers(org: OrgSettings, form: HolidaysForm) -> list[Offer]:
    cleaned, today = form.cleaned_data, org.today
    found = public_holidays.of_year(
        cleaned["country"], cleaned["part"] or None, cleaned["year"], get_language() or "en"
    )
    days = [Days(each.name[: scheduling.NAME_LIMIT], each.first, each.last) for each in found]
    there = scheduling.already(org.organization, days)
    return [
        Offer(f"{each.starts_on} {each.name}", each, is_there=each in there, is_past=each.ends_on < today)
        for each in days
    ]


routes: list[tuple[str, Page, str]] = [
    ("availability/closures/", closures_page, "organization_closures"),
    ("availability/closures/holidays/", holidays_page, "closures_holidays"),
    ("availability/closures/<int:closure_id>/remove/", remove_page, "closure_remove"),
]
