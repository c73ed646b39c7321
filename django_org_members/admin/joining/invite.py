"""Invite User."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ... import joining
from ...actions import seats
from ...form_errors import add_errors
from ...policy import Permission
from ..back import back_url
from .forms import InviteForm
from .page import joining_page

if TYPE_CHECKING:
    from ..shell import OrgSettings


def invite_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for address and role; send the invitation."""
    org.require(Permission.INVITE_MEMBER)
    form = InviteForm(request.POST if request.method == "POST" else None, judge=org.judge)
    if form.is_valid():
        try:
            sent = joining.invite(actor=request.user, organization=org.organization, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Invitation sent to %(email)s.") % {"email": sent.email})
            return HttpResponseRedirect(back_url(request, org))
    return joining_page(
        request,
        org,
        form,
        title=_("Invite User"),
        intro=_("Sends an email invitation. The person sets up their own account when they accept."),
        submit=_("Send Invitation"),
        consequences=seats.taken_later(org.judge),
    )
