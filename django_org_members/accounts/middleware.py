"""Ends sessions at the next request, and asks for a new password or MFA before anything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from .. import session_ids
from ..models import Account
from ..models.sign_in_states import SignInState
from . import clients, mfa, reauthentication, required_mfa, second_factor, sessions
from .mfa import enrolment

_ALWAYS = frozenset({"logout", "jsi18n", "account_logout"})
"""Names of views that stay open to those who must do something else first: what leads out."""
_FOR_ENROLMENT = frozenset(
    {
        "confirm_identity",
        # A passkey is set up beside an app, and asked for on the page that confirms.
        "add_passkey",
        "passkey_catalog",
        "passkey_step",
        # allauth's, which its page for setting MFA up leads to.
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        # Also allauth's: it lets nobody set MFA up whose e-mail address is not verified.
        "account_email",
        "account_email_verification_sent",
        "account_confirm_email",
    }
)
"""What setting MFA up leads to and asks for. Not open before: a temporary password is given once."""

_CHANGES_MFA = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_edit_webauthn",
        "mfa_remove_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)
"""allauth's pages that ask nobody for a method which another library keeps."""

GetResponse = Callable[[HttpRequest], Any]


class AccountMiddleware:
    """Put it right after Django's `AuthenticationMiddleware`, before django-otp's if that is there.

    Works in sync and async stacks. No query where `MembersBackend` loaded the user; else one, by primary key. Every five
    minutes a session is noted as seen, by one more. A request without a session cookie passes untouched, so that public
    pages do not vary by cookie.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """End what has ended before anything sees its user; let the audit trail know the client."""
        if self.is_async:
            return self._acall(request)
        with clients.serving(request):
            if _has_cookie(request):
                _admit(request)
            response: HttpResponseBase = self.get_response(request)
            if _has_begun(request):
                sessions.settle(request.session)
        return response

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        with clients.serving(request):
            if _has_cookie(request):
                await sync_to_async(_admit)(request)
            response: HttpResponseBase = await self.get_response(request)
            if _has_begun(request):
                await sync_to_async(sessions.settle)(request.session)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Send people to the page on which they set a new password, or MFA up, if they must."""
        known: SignInState | None = getattr(request, "org_members_state", None)
        if known is None or _is_any_of(request, _ALWAYS):
            return None
        account = known.account
        if account is not None and account.must_change_password:
            return _ask_first(request, reverse("org_members:change_password"))
        if _is_any_of(request, _CHANGES_MFA) and not second_factor.is_passed(request):
            return HttpResponseRedirect(reauthentication.confirm_url(request.get_full_path()))
        if _is_any_of(request, _FOR_ENROLMENT):
            return None
        return _ask_for_mfa(request) if self._needs_mfa(request, known) else None

    def _needs_mfa(self, request: HttpRequest, known: SignInState) -> bool:
        """Whether MFA has to be set up now: after a reset, or because an organization requires it. Told while there is time."""
        account = known.account
        if account is not None and account.mfa_enrolment_required and not self._has_enrolled(request, account):
            return True
        if known.mfa_is_required(timezone.now()):
            return not required_mfa.is_met(request)
        if known.mfa_due_at is not None:
            required_mfa.tell_once(request, known.mfa_due_at)
        return False

    def _has_enrolled(self, request: HttpRequest, account: Account) -> bool:
        """Whether a method is there, on whichever page it was set up: nothing is asked any more then."""
        if not mfa.is_enabled(request.user):
            return False
        Account.objects.filter(pk=account.pk).update(mfa_enrolment_required=False)
        return True


def _admit(request: HttpRequest) -> None:
    """Load the user of the session, and end the session if it has ended. Its state is left on the request."""
    if USER_KEY not in request.session:
        return
    session_id = sessions.id_of(request.session)
    with session_ids.coming_in_by(session_id):
        is_somebody = request.user.is_authenticated
    if is_somebody:
        known = sessions.state(request.user, session_id)
        if sessions.is_live(request.session, known):
            request.org_members_state = known  # type: ignore[attr-defined]
            request.org_members_session_id = session_id  # type: ignore[attr-defined]
            sessions.see(request.session, request.user, known, clients.current())
        else:
            request.session.flush()
            _forget_user(request)
    elif USER_KEY not in request.session:  # Django flushed it: it has another password's hash
        sessions.forget_id(session_id)
    if hasattr(request, "_cached_user"):  # an async view would load it again
        request._acached_user = request._cached_user  # type: ignore[attr-defined]


def _has_cookie(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES


def _has_begun(request: HttpRequest) -> bool:
    """Whether the session was stored in this request. Does not touch it, or every page would vary by cookie."""
    session = getattr(request, "session", None)
    return session is not None and sessions.was_stored(session)


def _is_any_of(request: HttpRequest, names: frozenset[str]) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name in names


def _ask_for_mfa(request: HttpRequest) -> HttpResponseBase | None:
    """Lead to the page on which to set MFA up; nobody is locked out where there is none."""
    url = enrolment.page_url(request.user)
    return _ask_first(request, url) if url else None


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
