"""What is done with a pending invitation: send it again, show its link, revoke it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from ... import joining
from ...exceptions import InvitationUnusable
from ...models import Invitation
from ...policy import Permission
from ..back import back_url

if TYPE_CHECKING:
    from ..shell import OrgSettings

InvitationPage = Callable[[HttpRequest, "OrgSettings", Invitation], HttpResponse]


def _of_invitation(page: InvitationPage) -> Callable[..., HttpResponse]:
    """Find the invitation in this organization, and lead back with words where it can no longer be done."""

    @wraps(page)
    def view(request: HttpRequest, org: OrgSettings, invitation_id: int) -> HttpResponse:
        org.require(Permission.INVITE_MEMBER)
        invitation = Invitation.objects.filter(organization=org.organization, pk=invitation_id).first()
        if invitation is None:
            raise Http404(_("There is no such invitation."))
        try:
            return page(request, org, invitation)
        except InvitationUnusable as unusable:
            messages.warning(request, _gone(unusable.reason))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(back_url(request, org))

    return view


def _gone(reason: str) -> str:
    words = {
        "accepted": _("This invitation has been accepted already."),
        "revoked": _("This invitation has been revoked already."),
        "expired": _("This invitation has expired. Resend it to get a new link."),
    }
    return words[reason]


@_of_invitation
def resend_page(request: HttpRequest, org: OrgSettings, invitation: Invitation) -> HttpResponse:
    """Send it again, with a new link and the full time."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    joining.resend(actor=request.user, invitation=invitation)
    messages.success(request, _("Invitation sent again to %(email)s.") % {"email": invitation.email})
    return HttpResponseRedirect(back_url(request, org))


@_of_invitation
def link_page(request: HttpRequest, org: OrgSettings, invitation: Invitation) -> HttpResponse:
    """Show the link, to be copied. By POST, because who saw it is written down."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    url = joining.link(actor=request.user, invitation=invitation)
    context = org.context(
        request,
        tab="members",
        title=_("Invitation link"),
        crumbs=org.way_to_members,
        invitation=invitation,
        link=url,
        back_url=back_url(request, org),
    )
    response = render(request, "org_members/member/invitation_link.html", context)
    patch_cache_control(response, no_store=True, private=True)
    return response


@_of_invitation
def revoke_page(request: HttpRequest, org: OrgSettings, invitation: Invitation) -> HttpResponse:
    """Ask on GET, revoke on POST."""
    if request.method == "POST":
        joining.revoke(actor=request.user, invitation=invitation)
        messages.success(request, _("Invitation to %(email)s revoked.") % {"email": invitation.email})
        return HttpResponseRedirect(back_url(request, org))
    context = org.context(
        request,
        tab="members",
        title=_("Revoke invitation"),
        crumbs=org.way_to_members,
        invitation=invitation,
        back_url=back_url(request, org),
    )
    return TemplateResponse(request, "org_members/member/revoke.html", context)
