"""Create User."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from ... import joining
from ...actions import seats
from ...conf import settings
from ...form_errors import add_errors
from ...policy import Permission
from ..back import back_url
from ..secrets import secret_page
from .forms import CreateForm
from .page import joining_page

if TYPE_CHECKING:
    from ..shell import OrgSettings


def create_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for name, address and role; make the account and show its temporary password once, or send a link.

    Sending the form again shows none: the address is a member's by then.
    """
    org.require(Permission.CREATE_MEMBER)
    form = CreateForm(request.POST if request.method == "POST" else None, judge=org.judge)
    if form.is_valid():
        try:
            created = joining.create_member(actor=request.user, organization=org.organization, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _answer(request, org, created)
    return joining_page(
        request,
        org,
        form,
        title=_("Create User"),
        intro=_intro(),
        submit=_("Create User"),
        consequences=seats.taken(org.judge),
    )


def _intro() -> str:
    if settings.TEMPORARY_PASSWORDS:
        return _("Creates an account immediately, with a one-time temporary password for you to share.")
    return _("Creates an account immediately, and sends the person a link to set a password.")


def _answer(request: HttpRequest, org: OrgSettings, created: joining.Created) -> HttpResponse:
    back = back_url(request, org)
    if created.temporary_password is not None:
        member, password = created.membership, created.temporary_password
        return secret_page(request, org, member, password, title=_("User created"), back_url=back)
    words = {"name": created.membership, "email": created.membership.email}
    if created.link_sent:
        text = _("User created. A link to set a password was sent to %(name)s (%(email)s).")
        messages.success(request, text % words)
        return HttpResponseRedirect(back)
    text = _("%(name)s (%(email)s) has an account already and was added. They sign in with their existing credentials.")
    messages.success(request, text % words)
    return HttpResponseRedirect(back)
