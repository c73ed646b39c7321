"""The public page of a calendar's secret address, and a person's own address of their own shifts."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.auth.decorators import login_not_required, login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from ..availability.calendars import export, is_installed
from ..exceptions import Refused
from ..models import CalendarFeed, Organization
from ..notifications.links import absolute
from . import feeds

_TYPE = "text/calendar; charset=utf-8"


@login_not_required
@require_safe
@sensitive_variables("token")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Serve the shifts of a feed. Whoever may not read it any more gets what everybody gets who guesses.

    Knows no session: the address alone says whose it is. Six queries at most, and one more once an hour.
    """
    if not is_installed():
        return _private(HttpResponse("Unavailable", content_type="text/plain", status=503))
    feed = feeds.look_up(token)
    if feed is None:
        return _private(HttpResponse("Not found", content_type="text/plain", status=404))
    feeds.note_use(feed)
    now = timezone.now()
    events, name = _events(feed, now)
    etag = _etag(name, events)
    response = get_conditional_response(request, etag=etag, response=None)
    if response is None:
        response = HttpResponse(export.written(events, name=name, at=now), content_type=_TYPE)
        response.headers["Content-Disposition"] = 'inline; filename="on-call.ics"'
    response.headers["ETag"] = etag
    return _private(response)


def address(token: str) -> str:
    """Return the whole address of a feed."""
    return absolute(reverse("org_members:calendar_feed", args=[token]))


def subscription(url: str) -> str:
    """Return the address that calendar programs open by themselves."""
    return f"webcal://{url.partition('://')[2]}"


@never_cache
@login_required
@require_POST
@sensitive_variables("token", "url")
def create_own(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Make an address of one's own shifts in an organization, and show it, once."""
    organization = _organization(request, organization_id)
    try:
        _feed, token = feeds.create_feed(actor=request.user, organization=organization)
    except (Refused, ValidationError) as error:
        words = error.verdict.reason if isinstance(error, Refused) else " ".join(error.messages)
        return _page(request, organization, refusal=words)
    url = address(token)
    response = _page(request, organization, url=url, webcal=subscription(url))
    patch_cache_control(response, no_store=True, private=True)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@never_cache
@login_required
@require_POST
def revoke_own(request: HttpRequest, feed_id: int) -> HttpResponse:
    """End one of one's own addresses; another person's is as missing as one that is gone."""
    feed = CalendarFeed.objects.select_related("organization").filter(pk=feed_id, user=request.user.pk).first()
    if feed is None:
        raise Http404
    feeds.revoke_feed(actor=request.user, feed=feed)
    return HttpResponseRedirect(own_page())


def own_page() -> str:
    """Return the address to which one goes back from one's own feeds."""
    return reverse("org_members:availability")


def own_context(user: Any) -> dict[str, Any]:
    """Return what the list of one's own addresses needs: two queries."""
    rows = CalendarFeed.objects.filter(user=user.pk).select_related("organization", "rotation")
    places = Organization.objects.filter(memberships__user=user.pk, memberships__is_active=True).order_by("name", "pk")
    return {
        "feeds": list(rows),
        "feed_organizations": list(places),
        "feeds_are_installed": is_installed(),
    }


def _organization(request: HttpRequest, organization_id: int) -> Organization:
    mine = Organization.objects.filter(memberships__user=request.user.pk, memberships__is_active=True)
    found = mine.filter(pk=organization_id).first()
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, organization: Organization, **more: Any) -> HttpResponse:
    context = {"title": _("Your calendar address"), "organization": organization, "next": own_page(), **more}
    status = 200 if "url" in more else 403
    return render(request, "org_members/account/feed.html", context, status=status)


def _events(feed: CalendarFeed, now: Any) -> tuple[list[export.Event], str]:
    if feed.rotation is not None:
        feed.rotation.organization = feed.organization
        return export.events_of_rotation(feed.rotation, now), feed.rotation.name
    if feed.membership is None:
        raise ValueError("A feed of nothing.")
    name = _("On call: %(name)s") % {"name": feed.membership}
    return export.events_of_member(feed.membership, now), name


def _etag(name: str, events: list[export.Event]) -> str:
    """Return a weak one: the same events, written at another time."""
    return f'W/"{hashlib.sha256(repr((name, events)).encode()).hexdigest()[:32]}"'


def _private(response: HttpResponse) -> HttpResponse:
    """Nobody else may keep it, index it, or learn the address from it."""
    patch_cache_control(response, private=True, max_age=0)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
