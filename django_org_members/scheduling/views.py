"""A person's own page of availability: working hours, time off and shifts, in each organization."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ..availability import get_provider
from ..models import Membership
from ..numbers import LARGEST_ID, whole_number
from .feed_views import own_context
from .looking import planned, together

ORGANIZATION = "organization"


@never_cache
@login_required
def own_availability(request: HttpRequest) -> HttpResponse:
    """Show what is planned for oneself in one of one's organizations, with the way to the others.

    One at a time, so that it costs the same however many they are. Nothing is changed here.
    """
    members = Membership.objects.active().filter(user=request.user.pk).select_related("organization")
    own = list(members.order_by("organization__name", "pk"))
    member = _chosen(own, request.GET.get(ORGANIZATION))
    context: dict[str, Any] = own_context(request.user) | {
        "title": _("Your availability"),
        "memberships": own,
        "member": member,
        "parameter": ORGANIZATION,
    }
    if member is not None:
        now, organization = timezone.now(), member.organization
        provider = get_provider(organization)
        row = provider.annotate(Membership.objects.filter(pk=member.pk), now).get()
        found = planned(organization, provider, member, now)
        context |= {
            "organization": organization,
            "planned": found,
            "together": together(organization, provider, found.shifts, now),
            "availability": row.availability,  # type: ignore[attr-defined]
            "until": provider.until([member], now).get(member.pk),
            "now": now,
        }
    return render(request, "org_members/account/availability.html", context)


def _chosen(own: list[Membership], wanted: str | None) -> Membership | None:
    """Return the membership of the organization that the address names, or the first; another's is as missing as none."""
    if wanted is None:
        return own[0] if own else None
    pk = whole_number(wanted, largest=LARGEST_ID)
    for member in own:
        if member.organization_id == pk:
            return member
    raise Http404(_("There is no such organization."))
