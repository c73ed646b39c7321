"""The way into Org Settings: to the first page that the actor may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..policy import Permission
from ..policy.registry import in_words

if TYPE_CHECKING:
    from .shell import OrgSettings


def entrance_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Go to the first tab that the actor sees; who sees none is told what they may do, with the buttons for it."""
    url = org.entrance(request)
    if url is not None:
        return HttpResponseRedirect(url)
    invite, create = org.judge.may(Permission.INVITE_MEMBER), org.judge.may(Permission.CREATE_MEMBER)
    context = org.context(
        request,
        tab="",
        title=_("Your rights"),
        words=in_words(org.judge.authority.permissions),
        invite_url=org.url("member_invite") if invite else "",
        create_url=org.url("member_create") if create else "",
    )
    return TemplateResponse(request, "org_members/settings/entrance.html", context)
