"""The addresses to which people are sent."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve, reverse
from django.utils import translation

from ..conf import settings
from .messages import caution, error


def public_pages() -> Iterator[CheckMessage]:
    """The public pages must be mounted: the middleware sends people there."""
    try:
        reverse("org_members:change_password")
    except NoReverseMatch:
        hint = 'Add path("account/", include("django_org_members.urls")) to the root URLconf.'
        yield error("E004", "The public pages are not mounted.", hint)


def sign_in() -> Iterator[CheckMessage]:
    """Whoever has to sign in must find a page there."""
    url = django_settings.LOGIN_URL
    if not _leads_somewhere(url):
        hint = 'Set LOGIN_URL = "org:login", or to your own sign-in page.'
        yield caution("W012", f"LOGIN_URL is {str(url)!r}, which leads to no page.", hint)


def enrolment() -> Iterator[CheckMessage]:
    """Whoever must set MFA up is kept away from everything else, so the page must be there."""
    url = settings.MFA_ENROLMENT_URL
    if url and not _leads_somewhere(url):
        hint = "Give the name or the path of a page of yours, or leave it out: then the package's own page is used."
        yield error("E014", f"MFA_ENROLMENT_URL is {url!r}, which leads to no page.", hint)


def _leads_somewhere(to: object) -> bool:
    """Whether a name or a path leads to a view, in any of the languages. Of other sites nothing is known."""
    try:
        url = resolve_url(to)  # type: ignore[arg-type]  # text, also translated
    except NoReverseMatch:
        return False
    parts = urlsplit(url)
    if parts.netloc:
        return True
    path = "/" + parts.path.removeprefix(get_script_prefix()).lstrip("/")
    return any(_resolves(path, language) for language, _name in django_settings.LANGUAGES)


def _resolves(path: str, language: str) -> bool:
    with translation.override(language):
        try:
            resolve(path)
        except Resolver404:
            return False
    return True
