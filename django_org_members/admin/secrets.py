"""A temporary password on a page: once, in the answer to the POST that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from ..conf import settings

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..models import Membership
    from .shell import OrgSettings


def secret_page(
    request: HttpRequest, org: OrgSettings, member: Membership, password: str, *, title: StrOrPromise, back_url: str
) -> HttpResponse:
    """Return the page. Neither the browser nor a proxy may keep it."""
    context: dict[str, Any] = org.context(
        request,
        tab="members",
        title=title,
        crumbs=org.way_to_members,
        member=member,
        password=password,
        hours=int(settings.TEMPORARY_PASSWORD_LIFETIME.total_seconds() // 3600),
        back_url=back_url,
    )
    response = render(request, "org_members/member/secret.html", context)
    patch_cache_control(response, no_store=True, private=True)
    return response
