"""Ends sessions at the next request, and asks for a new password or MFA before anything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from ..models import Account
from . import clients, mfa, sessions
from .mfa import enrolment

_ALWAYS = frozenset({"logout", "jsi18n", "confirm_identity"})
"""Names of views that stay open to those who must do something else first: what leads out, or that thing asks for."""

GetResponse = Callable[[HttpRequest], Any]


class AccountMiddleware:
    """Put it right after Django's `AuthenticationMiddleware`, before django-otp's if that is there.

    Works in sync and async stacks. No query where `MembersBackend` loaded the user; else one, by primary key. A request
    without a session cookie passes untouched, so that public pages do not vary by cookie.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """End a session of an earlier epoch before anything sees its user; let the audit trail know the client."""
        if self.is_async:
            return self._acall(request)
        with clients.serving(request):
            return self._call(request)

    def _call(self, request: HttpRequest) -> HttpResponseBase:
        if _has_cookie(request) and USER_KEY in request.session and request.user.is_authenticated:
            is_known, account = sessions.cached_account(request.user)
            if not is_known:
                account = Account.objects.filter(pk=request.user.pk).first()
            if not sessions.is_live(request.session, account):
                request.session.flush()
                _forget_user(request)
            else:
                request.org_members_account = account  # type: ignore[attr-defined]
        response: HttpResponseBase = self.get_response(request)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        with clients.serving(request):
            return await self._acall_as_client(request)

    async def _acall_as_client(self, request: HttpRequest) -> HttpResponseBase:
        if _has_cookie(request) and await request.session.ahas_key(USER_KEY):
            user = await request.auser()
            if user.is_authenticated:
                is_known, account = sessions.cached_account(user)
                if not is_known:
                    account = await Account.objects.filter(pk=user.pk).afirst()
                if not sessions.is_live(request.session, account):
                    await request.session.aflush()
                    _forget_user(request)
                else:
                    request.org_members_account = account  # type: ignore[attr-defined]
        response: HttpResponseBase = await self.get_response(request)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Send people to the page on which they set a new password, or MFA up, if they must."""
        account: Account | None = getattr(request, "org_members_account", None)
        if account is None or _is_always_open(request):
            return None
        if account.must_change_password:
            return _ask_first(request, reverse("org_members:change_password"))
        if account.mfa_enrolment_required:
            return self._ask_for_mfa(request, account)
        return None

    def _ask_for_mfa(self, request: HttpRequest, account: Account) -> HttpResponseBase | None:
        """Ask until a method is there, on whichever page it was set up; not where there is no such page."""
        if mfa.is_enabled(request.user):
            Account.objects.filter(pk=account.pk).update(mfa_enrolment_required=False)
            return None
        url = enrolment.page_url()
        return _ask_first(request, url) if url else None


def _has_cookie(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _is_always_open(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name in _ALWAYS


def _ask_first(request: HttpRequest, url: str) -> HttpResponseBase | None:
    path = url.partition("?")[0]
    if request.path == path or (path.endswith("/") and path != "/" and request.path.startswith(path)):
        return None
    if request.method not in ("GET", "HEAD"):
        return HttpResponseRedirect(url)
    return HttpResponseRedirect(f"{url}?{urlencode({'next': request.get_full_path()}, safe='/')}")


def _forget_user(request: HttpRequest) -> None:
    anonymous = AnonymousUser()
    request.user = anonymous
    request._cached_user = request._acached_user = anonymous  # type: ignore[attr-defined]
