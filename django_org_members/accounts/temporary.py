"""A temporary password signs in once: of two sign-ins at once one is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import BACKEND_SESSION_KEY, get_user_model, load_backend
from django.contrib.auth.backends import ModelBackend, RemoteUserBackend
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import password_checks
from ..exceptions import SignInRefused
from ..models import Account, LoginEvent
from . import activity, sessions
from .mfa.allauth import SIGNED_IN_BY_KEY

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

_Reason = LoginEvent.Reason
_WORDS: dict[str, StrOrPromise] = {
    _Reason.TEMPORARY_PASSWORD_EXPIRED: _("This temporary password has expired. Ask for a new one."),
    _Reason.TEMPORARY_PASSWORD_USED: _("This temporary password was used already. Ask for a new one."),
}


def refusal(user: Any) -> LoginEvent.Reason:
    """Return why the user's temporary password signs nobody in; `Reason.NONE` where it does, or there is none."""
    account = sessions.account_of(user)
    return account.temporary_password_refusal(timezone.now()) if account is not None else _Reason.NONE


def in_words(reason: str) -> StrOrPromise:
    """Return what to tell a person who gave the right temporary password; empty for another reason."""
    return _WORDS.get(reason, "")


def why(refused: SignInRefused) -> StrOrPromise:
    """Return what to tell a person whose sign-in was turned away at its end."""
    return in_words(refused.reason) or _("Your password was changed meanwhile. Sign in with the new one.")


def turns_away(request: HttpRequest, user: Any) -> bool:
    """Use the temporary password up by which somebody has just been signed in.

    Where it has expired, or was used or replaced meanwhile: end the session before it lives, record why, and return True.
    """
    account = sessions.account_of(user)
    if account is None or not account.has_temporary_password or not _is_by_password(request, user):
        return False
    reason = account.temporary_password_refusal(timezone.now()) or _use_up(account, user)
    if not reason:
        return False
    request.session.flush()
    request.user = AnonymousUser()
    request.org_members_turned_away = reason  # type: ignore[attr-defined]
    activity.record(user, LoginEvent.Action.SIGN_IN_FAILED, request=request, reason=reason)
    return True


def check_admitted(request: HttpRequest) -> None:
    """Raise `SignInRefused` if the sign-in just now was turned away."""
    if not request.user.is_authenticated:
        raise SignInRefused(getattr(request, "org_members_turned_away", _Reason.WRONG_PASSWORD))


def _use_up(account: Account, user: Any) -> LoginEvent.Reason:
    """One UPDATE, which finds only the temporary password that was given; returns why it found none."""
    now = timezone.now()
    as_read = Account.objects.filter(pk=account.pk, must_change_password=True, session_epoch=account.session_epoch)
    same = get_user_model()._base_manager.filter(pk=user.pk, password=user.password)
    if as_read.filter(temporary_password_used_at=None, user__in=same).update(temporary_password_used_at=now):
        account.temporary_password_used_at = now
        return _Reason.NONE
    is_used = as_read.filter(temporary_password_used_at__isnull=False).exists()
    return _Reason.TEMPORARY_PASSWORD_USED if is_used else _Reason.WRONG_PASSWORD


def _is_by_password(request: HttpRequest, user: Any) -> bool:
    """Whether a password was given: single sign-on, or a passkey, uses no password up.

    Another backend that takes passwords notes nothing: it is believed to have taken one, unless allauth tells otherwise.
    """
    noted = password_checks.was_given(user)
    if noted is not None:
        return noted
    backend = load_backend(request.session[BACKEND_SESSION_KEY])
    if getattr(backend, "org_members_notes_passwords", False) or isinstance(backend, RemoteUserBackend):
        return False
    methods = request.session.get(SIGNED_IN_BY_KEY)
    return isinstance(backend, ModelBackend) and (
        not methods or any(method.get("method") == "password" for method in methods)
    )
