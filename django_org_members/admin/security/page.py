"""The tab: whether MFA is required, and changing that, with what follows said before it is done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import security
from ...form_errors import add_errors
from ...policy import Permission
from ..members.filters import url_without_mfa
from .forms import GraceForm
from .words import require_consequences, stop_consequences, without_mfa

if TYPE_CHECKING:
    from ..shell import OrgSettings

TITLE = gettext_lazy("Security")
STOP, BACK, CONFIRMED = "stop", "back", "confirmed"
"""Buttons: require MFA no more, go on editing, and do what was reviewed."""


def security_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show what is required; POST reviews a change in words, and makes it once that is confirmed."""
    org.require(Permission.MANAGE_SECURITY)
    if request.method != "POST":
        return _page(request, org, GraceForm(initial={"grace": org.organization.mfa_grace.days}))
    if STOP in request.POST and BACK not in request.POST:
        return _stop(request, org)
    security.may_require_mfa(org.judge).require()
    form = GraceForm(request.POST)
    if BACK in request.POST or not form.is_valid():
        return _page(request, org, form)
    if CONFIRMED not in request.POST:
        return _review_requirement(request, org, form.period)
    try:
        is_changed = security.require_mfa(actor=request.user, organization=org.organization, grace=form.period)
    except ValidationError as error:
        add_errors(form, error)
        return _page(request, org, form)
    return _done(request, org, _("MFA is required of every member now.") if is_changed else "")


def _stop(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    if CONFIRMED not in request.POST:
        title, button = _("Stop requiring MFA"), _("Stop Requiring MFA")
        return _review(request, org, title, button, stop_consequences(), [(STOP, "1")], danger=True)
    is_changed = security.stop_requiring_mfa(actor=request.user, organization=org.organization)
    return _done(request, org, _("MFA is not required any more.") if is_changed else "")


def _review_requirement(request: HttpRequest, org: OrgSettings, grace: timedelta) -> HttpResponse:
    is_new = org.organization.mfa_required_since is None
    if not is_new and grace == org.organization.mfa_grace:
        return _done(request, org, "")
    title = _("Require multi-factor authentication") if is_new else _("Change the grace period")
    button = _("Require MFA") if is_new else _("Save")
    words = require_consequences(org, grace, security.outlook(org.organization))
    return _review(request, org, title, button, words, [("grace", str(grace.days))])


def _review(
    request: HttpRequest,
    org: OrgSettings,
    title: str,
    button: str,
    consequences: list[Any],
    hidden: list[tuple[str, str]],
    *,
    danger: bool = False,
) -> HttpResponse:
    context = org.context(
        request,
        tab="security",
        title=title,
        crumbs=[(TITLE, org.url("organization_security"))],
        button=button,
        danger=danger,
        consequences=consequences,
        hidden=hidden,
    )
    return TemplateResponse(request, "org_members/security/review.html", context)


def _page(request: HttpRequest, org: OrgSettings, form: GraceForm) -> HttpResponse:
    organization, found = org.organization, security.outlook(org.organization)
    context = org.context(
        request,
        tab="security",
        title=TITLE,
        form=form,
        required_since=organization.mfa_required_since,
        grace_days=organization.mfa_grace.days,
        verdict=security.may_require_mfa(org.judge),
        without_words=without_mfa(found) if found.without_mfa is not None else "",
        without_url=url_without_mfa(org) if found.without_mfa else None,
    )
    return TemplateResponse(request, "org_members/security/page.html", context)


def _done(request: HttpRequest, org: OrgSettings, words: str) -> HttpResponse:
    if words:
        messages.success(request, words)
    else:
        messages.info(request, _("Nothing to change."))
    return HttpResponseRedirect(org.url("organization_security"))
