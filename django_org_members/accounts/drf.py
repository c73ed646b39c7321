"""For APIs made with Django REST framework, whose requests never meet the session middleware. Import it there only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission

from . import mfa, sessions

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from ..models.sign_in_states import SignInState

ENDED = _("Your sign-in has ended.")
PASSWORD = _("Sign in to the website and change your temporary password first.")
MFA = _("Sign in to the website and set up multi-factor authentication first.")
TOKEN = _("Multi-factor authentication is on for your account: a password alone does not sign in here.")


class SignInIsComplete(BasePermission):
    """Lets those pass who would get past the middleware in a browser, whether they came by token, password or session.

    Refuses, with 403 and the reason: who has a temporary password; who must set MFA up first; whose account is not
    active; and who has a second factor but came by HTTP Basic, which asks for the password alone. Anybody who is not
    signed in is another permission's business, such as `IsAuthenticated`, which stands beside it. One query, and those
    of the MFA adapters where MFA decides; none for a session.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether nothing is missing; `message` tells what is."""
        if not request.user or not request.user.is_authenticated:
            return True
        missing = _missing(request)
        if missing:
            self.message = missing
        return not missing


def _missing(request: Request) -> StrOrPromise:
    user: Any = request.user
    known = _known(request)
    account, now = known.account, timezone.now()
    if not user.is_active or (account is not None and account.temporary_password_expired(now)):
        return ENDED
    if account is not None and account.must_change_password:
        return PASSWORD
    is_basic = isinstance(request.successful_authenticator, BasicAuthentication)
    is_demanded = known.mfa_is_demanded(now)
    if not is_basic and not is_demanded:
        return ""
    if mfa.is_enabled(user):
        return TOKEN if is_basic else ""
    return MFA if is_demanded else ""


def _known(request: Request) -> SignInState:
    """Return what is known of the user: what the middleware read is that only for whoever came by the session.

    A cookie of somebody else's may come along with a token or a password.
    """
    found: SignInState | None = None
    if isinstance(request.successful_authenticator, SessionAuthentication):
        found = getattr(request._request, "org_members_state", None)
    return found or sessions.state(request.user, None)
