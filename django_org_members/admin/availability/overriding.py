"""Overriding a span of a rotation, and taking that back."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ...availability import loading
from ...availability.engine import Turn
from ...form_errors import add_errors, renamed
from ...models import Membership, Override, Rotation
from ...numbers import LARGEST_ID, whole_number
from ...policy import Permission
from ...scheduling import overrides
from .links import week_of
from .override_forms import OverrideForm
from .page import TITLE
from .weeks import FIRST_YEAR, LAST_YEAR, viewer_zone
from .words import span_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings, Page

SHOWN = 6
"""So many turns that a new override would take over are shown."""
LOOKED_AT = timedelta(days=31)
"""Of a longer span, so much is looked at for them."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def add_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask which rotation, who, and from when until when, beginning with the span in the address; override it on POST."""
    _require(org)
    rotation = _rotation(request, org)
    if rotation is None:
        return _page(request, org, "override.html", title=_("Add Override"), form=None)
    initial = {"rotation": rotation.pk, **_span(request, org)}
    data = request.POST if request.method == "POST" else None
    form = OverrideForm(data, org=org, rotation=rotation, initial=initial)
    if form.is_valid():
        try:
            override = _add(request, org, form.cleaned_data)
        except ValidationError as error:
            add_errors(form, renamed(error, {"member": "somebody" if form.cleaned_data["somebody"] else "who"}))
        else:
            messages.success(request, _told(override))
            return HttpResponseRedirect(week_of(org, override.starts_at))
    more = _planned(org, form, rotation)
    return _page(request, org, "override.html", title=_("Add Override"), form=form, **more)


def remove_page(request: HttpRequest, org: OrgSettings, override_id: int) -> HttpResponse:
    """Ask on GET, with what would become of the span; take the override back on POST."""
    _require(org)
    override = (
        Override.objects.select_related("rotation", "membership__user")
        .filter(pk=override_id, rotation__organization=org.organization)
        .first()
    )
    if override is None:
        raise Http404(_("There is no such override."))
    error = None
    if request.method == "POST":
        try:
            overrides.remove_override(actor=request.user, organization=org.organization, override=override)
        except ValidationError as refused:
            error = " ".join(refused.messages)
        else:
            messages.success(request, _("Removed the override of %(rotation)s.") % {"rotation": override.rotation.name})
            return HttpResponseRedirect(week_of(org, override.starts_at))
    return _page(
        request,
        org,
        "remove_override.html",
        title=_("Remove Override"),
        override=override,
        error=error,
        has_begun=override.starts_at <= org.now < override.ends_at,
        is_over=override.ends_at <= org.now,
        span=span_in_words(loading.instant(override.starts_at), loading.instant(override.ends_at), viewer_zone()),
    )


def _require(org: OrgSettings) -> None:
    org.require(Permission.VIEW_MEMBERS)
    org.require(Permission.MANAGE_AVAILABILITY)


def _add(request: HttpRequest, org: OrgSettings, data: dict[str, Any]) -> Override:
    return overrides.add_override(
        actor=request.user,
        organization=org.organization,
        rotation=data["rotation"],
        member=data["member"],
        begins=data["begins"],
        ends=data["ends"],
    )


def _told(override: Override) -> str:
    span = span_in_words(loading.instant(override.starts_at), loading.instant(override.ends_at), viewer_zone())
    words = {"who": str(override.membership or ""), "rotation": override.rotation.name, "span": span}
    if override.membership is None:
        return _("%(span)s: %(rotation)s is left open.") % words
    return _("%(span)s: %(who)s takes %(rotation)s.") % words


def _rotation(request: HttpRequest, org: OrgSettings) -> Rotation | None:
    """Return the rotation of the address, else the first one; another organization's is missing."""
    rotations = Rotation.objects.filter(organization=org.organization)
    text = request.GET.get("rotation")
    if text is None:
        return rotations.first()
    pk = whole_number(text, largest=LARGEST_ID)
    found = rotations.filter(pk=pk).first() if pk is not None else None
    if found is None:
        raise Http404(_("There is no such rotation."))
    return found


def _span(request: HttpRequest, org: OrgSettings) -> dict[str, datetime]:
    """Return the span of the address; a day from the next full hour on, where there is none."""
    begins, ends = (_read(request.GET.get(name, "")) for name in ("begins", "ends"))
    if begins is None or ends is None or ends <= begins:
        begins = loading.instant(org.now).replace(minute=0, second=0, microsecond=0) + _HOUR
        ends = begins + _DAY
    return {"begins": begins, "ends": ends}


def _read(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    if at is None or at.tzinfo is None or not FIRST_YEAR <= at.year <= LAST_YEAR:
        return None
    return at.astimezone(timezone.utc)


def _planned(org: OrgSettings, form: OverrideForm, rotation: Rotation) -> dict[str, Any]:
    """Return who has the span now: the first turns, and whether there are more."""
    chosen = form.rotations.get(str(form["rotation"].value()), rotation)
    if form.times is None:
        return {"chosen": chosen, "planned": [], "has_more": False}
    begins, ends = form.times
    looked = min(ends, begins + LOOKED_AT)
    plan = loading.load(org.organization, begins, looked)
    found = next((each for each in plan.rotations if each.pk == chosen.pk), None)
    turns = plan.turns(found) if found is not None else []  # deleted meanwhile
    members = Membership.objects.filter(organization=org.organization).select_related("user")
    people = members.in_bulk({turn.member for turn in turns[:SHOWN] if turn.member is not None})
    rows = [_row(org, turn, people) for turn in islice(turns, SHOWN)]
    return {"chosen": chosen, "planned": rows, "has_more": len(turns) > SHOWN or looked < ends}


def _row(org: OrgSettings, turn: Turn, people: dict[int, Membership]) -> dict[str, Any]:
    return {
        "who": people.get(turn.member) if turn.member is not None else None,
        "span": span_in_words(turn.begins, turn.ends, viewer_zone()),
        "remove_url": org.url("override_remove", override_id=turn.override) if turn.override is not None else "",
    }


def _page(request: HttpRequest, org: OrgSettings, template: str, *, title: StrOrPromise, **more: Any) -> HttpResponse:
    context = org.context(
        request,
        tab="availability",
        title=title,
        crumbs=[(TITLE, org.url("organization_availability"))],
        back_url=org.url("organization_availability"),
        zone_name=str(viewer_zone()),
        **more,
    )
    return TemplateResponse(request, f"org_members/availability/{template}", context)


routes: list[tuple[str, Page, str]] = [
    ("availability/overrides/add/", add_page, "override_add"),
    ("availability/overrides/<int:override_id>/remove/", remove_page, "override_remove"),
]
