"""Calendars in and out: one's secret addresses of rotations, everybody's for managers, and what is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from ...availability.calendars import EXTRA, is_installed
from ...availability.calendars.fetching import masked
from ...availability.calendars.problems import in_words
from ...form_errors import add_errors
from ...models import CalendarFeed, ImportedCalendar, Membership
from ...policy import Permission
from ...scheduling import feeds
from ...scheduling.feed_views import address, subscription
from .calendar_forms import FeedForm
from .sections import context as section_context

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page

TITLE = gettext_lazy("Calendars")
MOST_SHOWN = 200
"""How many addresses of others are listed, the newest first."""


@sensitive_variables("made")
def calendars_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the addresses and the imported calendars; POST makes an address of a rotation, and shows it this once."""
    org.require(Permission.VIEW_MEMBERS)
    form = FeedForm(request.POST if request.method == "POST" else None, organization=org.organization)
    if form.is_valid():
        try:
            made = feeds.create_feed(
                actor=request.user, organization=org.organization, rotation=form.cleaned_data["rotation"]
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _secret(request, org, *made)
    return _page(request, org, form)


def revoke_page(request: HttpRequest, org: OrgSettings, feed_id: int) -> HttpResponse:
    """Ask on GET, revoke on POST: one's own address, or anybody's for those who manage availability."""
    org.require(Permission.VIEW_MEMBERS)
    rows = CalendarFeed.objects.select_related("user", "rotation", "membership", "organization")
    feed = rows.filter(pk=feed_id, organization=org.organization).first()
    if feed is None:
        raise Http404(_("There is no such address."))
    feeds.may_revoke(org.judge, feed).require()
    if request.method == "POST":
        feeds.revoke_feed(actor=request.user, feed=feed)
        messages.success(request, _("Revoked the address. Calendar programs find nothing there from now on."))
        return HttpResponseRedirect(org.url("organization_calendars"))
    context = section_context(
        request,
        org,
        section="calendars",
        title=_("Revoke Address"),
        feed=feed,
        what=_what(feed),
        owner=_names(org, [feed]).get(feed.user_id),
    )
    return TemplateResponse(request, "org_members/availability/calendars/revoke.html", context)


def _page(request: HttpRequest, org: OrgSettings, form: FeedForm) -> HttpResponse:
    may_edit = org.judge.may(Permission.MANAGE_AVAILABILITY)
    own, others = _feeds(org, request.user, with_others=bool(may_edit))
    context = section_context(
        request,
        org,
        section="calendars",
        title=TITLE,
        form=form,
        extra="" if is_installed() else EXTRA,
        own=own,
        others=others,
        most_shown=MOST_SHOWN,
        imported=_imported(org) if may_edit else [],
        add_url=org.url("calendar_add"),
    )
    return TemplateResponse(request, "org_members/availability/calendars/page.html", context)


@sensitive_variables()
def _secret(request: HttpRequest, org: OrgSettings, feed: CalendarFeed, token: str) -> HttpResponse:
    """Show the address. Neither the browser nor a proxy may keep the page."""
    url = address(token)
    context = section_context(
        request,
        org,
        section="calendars",
        title=_("Calendar Address"),
        rotation=feed.rotation,
        url=url,
        webcal=subscription(url),
    )
    response = TemplateResponse(request, "org_members/availability/calendars/secret.html", context)
    patch_cache_control(response, no_store=True, private=True)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _feeds(org: OrgSettings, user: Any, *, with_others: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return one's own addresses, and, for managers, the others': two queries."""
    rows = CalendarFeed.objects.filter(organization=org.organization).select_related("rotation", "membership", "user")
    if not with_others:
        rows = rows.filter(user=user.pk)
    found = list(rows.order_by("-created_at", "-pk")[:MOST_SHOWN])
    names = _names(org, found)
    mine = [each for each in found if each.user_id == user.pk]
    return _described(org, mine, names), _described(org, [each for each in found if each not in mine], names)


def _described(org: OrgSettings, found: list[CalendarFeed], names: dict[Any, str]) -> list[dict[str, Any]]:
    return [
        {
            "feed": each,
            "what": _what(each),
            "owner": names.get(each.user_id),
            "revoke_url": org.url("feed_revoke", feed_id=each.pk),
        }
        for each in found
    ]


def _names(org: OrgSettings, found: list[CalendarFeed]) -> dict[Any, str]:
    """Return how the members among their owners are called, by account."""
    members = Membership.objects.filter(organization=org.organization, user__in={each.user_id for each in found})
    names = {member.user_id: str(member) for member in members} if found else {}
    return {each.user_id: names.get(each.user_id) or str(each.user) for each in found}


def _what(feed: CalendarFeed) -> str:
    if feed.rotation is not None:
        return feed.rotation.name
    return _("Own shifts")


def _imported(org: OrgSettings) -> list[dict[str, Any]]:
    rows = ImportedCalendar.objects.filter(organization=org.organization).defer("document")
    return [
        {
            "calendar": each,
            "source": masked(each.url) if each.url else _("a file"),
            "error": in_words(each.error),
            "edit_url": org.url("calendar_edit", calendar_id=each.pk),
            "remove_url": org.url("calendar_remove", calendar_id=each.pk),
            "refresh_url": org.url("calendar_refresh", calendar_id=each.pk),
        }
        for each in rows.annotate(shift_count=Count("shifts"), member_count=Count("shifts__membership", distinct=True))
    ]


routes: list[tuple[str, Page, str]] = [
    ("availability/calendars/", calendars_page, "organization_calendars"),
    ("availability/calendars/addresses/<int:feed_id>/revoke/", revoke_page, "feed_revoke"),
]
