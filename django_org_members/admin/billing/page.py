"""The tab: the subscription, what it owes, what was changed, and Sync Now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...billing import linking, seats
from ...billing.gateway import Gateway, NotConfigured, get_gateway
from ...models import Subscription
from ...policy import Permission
from . import words
from .forms import LinkForm
from .history import history

if TYPE_CHECKING:
    from datetime import datetime

    from ..shell import OrgSettings

TITLE = gettext_lazy("Billing")


def billing_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the subscription as it is known here, or the form that links one. Asks Stripe nothing."""
    org.require(Permission.MANAGE_BILLING)
    found, gateway = linked(org), usable_gateway()
    context: dict[str, Any] = {
        "subscription": found,
        "is_set_up": gateway is not None,
        "may_link": bool(linking.may_link(org.judge)),
        "wanted": seats.wanted(org.organization),
        "counted": words.counted(),
        **{f"{name}_url": org.url(f"billing_{name}") for name in ("sync", "link", "unlink")},
    }
    if found is None:
        context["form"] = LinkForm()
        template = "org_members/billing/unlinked.html"
    else:
        context |= _known(request, org, found, gateway, context["wanted"])
        template = "org_members/billing/page.html"
    return TemplateResponse(request, template, org.context(request, tab="billing", title=TITLE, **context))


def _known(
    request: HttpRequest, org: OrgSettings, found: Subscription, gateway: Gateway | None, wanted: int
) -> dict[str, Any]:
    status, color = words.status(found)
    live = gateway and gateway.dashboard_url(found.subscription_id, is_live=found.is_live)
    return {
        "status": status,
        "color": color,
        "owed": words.owed(found, wanted),
        "is_syncing": found.leased_until is not None and found.leased_until > org.now,
        "what_to_do": words.what_to_do(found) if found.parked_at else "",
        "period": words.period(found),
        "dashboard_url": live,
        "history": history(found, org.url("organization_billing"), request.GET),
    }


@non_atomic_requests
def sync_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Look what Stripe has, and settle it now; say what came of it. In no transaction: Stripe is asked."""
    org.require(Permission.MANAGE_BILLING)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    before = linked(org)
    if before is None:
        messages.info(request, _("There is no subscription to sync."))
        return back(org)
    try:
        linking.sync_now(actor=request.user, organization=org.organization)
    except Subscription.DoesNotExist:  # unlinked just now
        messages.info(request, _("There is no subscription to sync."))
    else:
        tell(request, org, before.synced_at)
    return back(org)


def tell(request: HttpRequest, org: OrgSettings, synced_before: datetime | None) -> None:
    """Say what came of the sync that has just been asked for."""
    found = linked(org)
    if found is not None:
        told = words.outcome(found, seats.wanted(org.organization), org.now, synced_before)
        getattr(messages, told.level)(request, told.words)


def linked(org: OrgSettings) -> Subscription | None:
    """Return the organization's subscription, if it has one."""
    return Subscription.objects.filter(organization=org.organization).first()


def usable_gateway() -> Gateway | None:
    """Return the biller; None where it is not set up."""
    try:
        return get_gateway()
    except NotConfigured:
        return None


def back(org: OrgSettings) -> HttpResponseRedirect:
    """Return the way to the tab."""
    return HttpResponseRedirect(org.url("organization_billing"))
