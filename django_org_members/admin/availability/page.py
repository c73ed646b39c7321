"""The tab: who is on call now and who is next, who is away, and the week."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...availability import OnCall
from ...availability.loading import instant
from ...models import Closure, ImportedCalendar, Membership, Override, TimeOff
from ...numbers import page_number
from ...policy import Permission
from .calendar import PAGE_VAR, Calendar
from .links import OVERVIEW, WEEK_VAR, section_url, ways
from .weeks import Week, viewer_zone

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page

TITLE = gettext_lazy("Availability")
AWAY, CLOSURES, OVERRIDES = 6, 4, 20
"""So many rows of each; of more, the number is told."""


@dataclass(frozen=True)
class Unread:
    """That the last try to read an imported calendar failed."""

    read_at: datetime | None
    """When it was read last, if ever."""


@dataclass(frozen=True)
class Row:
    """One rotation, or imported calendar: who is on call now, and who is next."""

    label: Any
    now: list[Membership]
    until: datetime | None
    following: list[Membership]
    since: datetime | None
    """From when on; None: from `until` on."""
    is_imported: bool
    unread: Unread | None
    """Where the calendar could not be read."""


@dataclass(frozen=True)
class Some:
    """The first rows of a list, and how many more there are."""

    rows: list[Any]
    more: int


def availability_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show who is on call in each rotation, until when, and who is next; who is away; and a week of it all."""
    org.require(Permission.VIEW_MEMBERS)
    manage = org.judge.may(Permission.MANAGE_AVAILABILITY)
    calendar = Calendar(org, _week(request, org), page_number(request.GET.get(PAGE_VAR, "")), may_edit=bool(manage))
    on_call = org.availability.on_call(org.now)
    members = _members(org, on_call, calendar.member_ids)
    unread = _unread(org)
    context = org.context(
        request,
        tab="availability",
        title=TITLE,
        rows=[_row(each, members, unread) for each in on_call],
        away=_some(_away(org), AWAY),
        closures=_some(_closures(org), CLOSURES),
        overrides=_some(_overrides(org), OVERRIDES),
        unread=unread,
        now=org.now,
        manage=manage,
        sections=ways(org, OVERVIEW),
        rotations_url=section_url(org, "rotations"),
        schedules_url=section_url(org, "schedules"),
        zone_name=str(viewer_zone()),
        organization_zone=str(org.organization.zone),
        override_url=org.url("override_add"),
        **calendar.context(members),
    )
    return TemplateResponse(request, "org_members/availability/page.html", context)


def _week(request: HttpRequest, org: OrgSettings) -> Week:
    """Return the week that is asked for; this one, with a message, where what is asked for is none."""
    zone, text = viewer_zone(), request.GET.get(WEEK_VAR, "")
    week = Week.read(text, zone)
    if text and week is None:
        messages.warning(request, _("There is no such week: write the year and its number, such as 2026-W48."))
    return week or Week.of(instant(org.now), zone)


def _members(org: OrgSettings, on_call: Iterable[OnCall], more: set[int]) -> Mapping[int, Membership]:
    pks = more.union(*((*each.member_ids, *each.next_ids) for each in on_call))
    return Membership.objects.filter(organization=org.organization).select_related("user").in_bulk(pks)


def _row(each: OnCall, members: Mapping[int, Membership], unread: Mapping[int | None, Unread]) -> Row:
    return Row(
        label=each.label,
        now=[members[pk] for pk in each.member_ids if pk in members],
        until=each.until,
        following=[members[pk] for pk in each.next_ids if pk in members],
        since=each.next_at if each.next_at != each.until else None,
        is_imported=each.calendar_id is not None,
        unread=unread.get(each.calendar_id),
    )


def _unread(org: OrgSettings) -> dict[int | None, Unread]:
    """Return the imported calendars whose last try failed, by pk.

    Everybody is told that what they see may be old; why, and where it is read from, is for those who can mend it.
    """
    rows = ImportedCalendar.objects.filter(organization=org.organization).exclude(error="")
    return {pk: Unread(read_at) for pk, read_at in rows.values_list("pk", "read_at")}


def _away(org: OrgSettings) -> QuerySet[TimeOff]:
    rows = TimeOff.objects.filter(organization=org.organization, membership__is_active=True, ends_at__gt=org.now)
    return rows.select_related("membership__user").order_by("starts_at", "pk")


def _closures(org: OrgSettings) -> QuerySet[Closure]:
    return Closure.objects.filter(organization=org.organization, ends_on__gte=org.today)


def _overrides(org: OrgSettings) -> QuerySet[Override]:
    rows = Override.objects.filter(rotation__organization=org.organization, ends_at__gt=org.now)
    return rows.select_related("rotation", "membership__user").order_by("starts_at", "pk")


def _some(rows: QuerySet[Any], limit: int) -> Some:
    """Read the first rows, and count where there are more."""
    found = list(rows[: limit + 1])
    return Some(found[:limit], rows.count() - limit if len(found) > limit else 0)


routes: list[tuple[str, Page, str]] = [("availability/", availability_page, "organization_availability")]
