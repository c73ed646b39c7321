"""Linking a subscription, in place of the one there is or not, and unlinking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...billing import linking, seats
from ...form_errors import add_errors
from . import page, words
from .forms import LinkForm

if TYPE_CHECKING:
    from ..shell import OrgSettings

CHOOSING = "choosing"
"""The form was sent by a page that showed the items."""


@non_atomic_requests
def link_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask which subscription, and which of its items where it has several; link it. In no transaction: Stripe is asked."""
    linking.may_link(org.judge).require()
    before = page.linked(org)
    if request.method != "POST" or page.usable_gateway() is None:
        ids = {name: getattr(before, name) for name in ("customer_id", "subscription_id")} if before else {}
        return _form_page(request, org, LinkForm(initial=ids))
    form = LinkForm(request.POST)
    if form.is_valid():
        try:
            linking.link(actor=request.user, organization=org.organization, wanted=form.wanted)
        except linking.Several as several:
            return _form_page(request, org, _choice(request, form, several))
        except ValidationError as error:
            form.forget_item()
            add_errors(form, error)
            return _form_page(request, org, form)
        messages.success(request, _("The subscription is linked."))
        page.tell(request, org, None)
        return page.back(org)
    form.forget_item()
    return _form_page(request, org, form)


def _choice(request: HttpRequest, form: LinkForm, several: linking.Several) -> LinkForm:
    """Return the form with the items to choose from; that nothing is chosen is wrong only where they were shown before."""
    if CHOOSING not in request.POST:
        return LinkForm(initial=form.cleaned_data, items=several.items)
    choice = LinkForm(request.POST, items=several.items)
    add_errors(choice, several)
    return choice


def _form_page(request: HttpRequest, org: OrgSettings, form: LinkForm) -> HttpResponse:
    before = page.linked(org)
    context = org.context(
        request,
        tab="billing",
        title=_("Link Subscription") if before is None else _("Change Link"),
        crumbs=[(page.TITLE, org.url("organization_billing"))],
        form=form,
        subscription=before,
        is_set_up=page.usable_gateway() is not None,
        wanted=seats.wanted(org.organization),
        counted=words.counted(),
        choosing=CHOOSING if "item_id" in form.fields else "",
        back_url=org.url("organization_billing"),
    )
    return TemplateResponse(request, "org_members/billing/link.html", context)


def unlink_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Say what follows on GET, unlink on POST."""
    linking.may_link(org.judge).require()
    found = page.linked(org)
    if request.method == "POST":
        if linking.unlink(actor=request.user, organization=org.organization):
            messages.success(request, _("The subscription is unlinked. Nothing has changed at Stripe."))
        else:
            messages.info(request, _("No subscription is linked."))
        return page.back(org)
    if found is None:
        return page.back(org)
    context: dict[str, Any] = org.context(
        request,
        tab="billing",
        title=_("Unlink Subscription"),
        crumbs=[(page.TITLE, org.url("organization_billing"))],
        subscription=found,
        consequences=words.unlink_consequences(found, seats.wanted(org.organization)),
        back_url=org.url("organization_billing"),
    )
    return TemplateResponse(request, "org_members/billing/unlink.html", context)
