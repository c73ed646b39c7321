"""Where people go next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ..conf import settings as members_settings

if TYPE_CHECKING:
    from django.http import HttpRequest

_DJANGOS_DEFAULT = "/accounts/profile/"


def next_url(request: HttpRequest) -> str:
    """Return the address in `next`, if it is one of this site, else the project's landing page."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    is_safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_safe else landing_url()


def landing_url() -> str:
    """Return LOGIN_REDIRECT_URL, or the root of the site where the project left Django's default."""
    url = settings.LOGIN_REDIRECT_URL
    return "/" if url == _DJANGOS_DEFAULT else resolve_url(url)


def sign_in_url() -> str:
    """Return LOGIN_URL, which a project may give as the name of a view."""
    try:
        return resolve_url(settings.LOGIN_URL)
    except NoReverseMatch:
        return str(settings.LOGIN_URL)


def managers_url(organization_id: int, page: str = "settings") -> str | None:
    """Return where managers enter their organization (setting MEMBERS_SITE), None where that site is not mounted.

    `page`: one of its pages, by the end of its URL's name.
    """
    site = members_settings.MEMBERS_SITE
    try:
        return reverse(f"{site}:org_members_organization_{page}", kwargs={"organization_id": organization_id})
    except NoReverseMatch:
        return None
