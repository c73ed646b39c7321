"""Where a page leads back to: the list as it was left, or the member's detail."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from ..policy import Permission

if TYPE_CHECKING:
    from .shell import OrgSettings


def back_url(request: HttpRequest, org: OrgSettings) -> str:
    """Return `next`, else the page that led here; only pages of this organization's members count, else the list.

    Who may not see the list is led to where they enter.
    """
    members = org.url("organization_members")
    for wanted in (request.POST.get("next"), request.GET.get("next"), _referer(request)):
        if wanted and _is_ours(request, wanted) and urlsplit(wanted).path.startswith(members):
            return wanted
    return members if org.judge.may(Permission.VIEW_MEMBERS) else org.url("organization_settings")


def _is_ours(request: HttpRequest, url: str) -> bool:
    return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def _referer(request: HttpRequest) -> str:
    parts = urlsplit(request.META.get("HTTP_REFERER", ""))
    if parts.netloc != request.get_host() or parts.path == request.path:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
