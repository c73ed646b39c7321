"""Signing in, in two steps for those who have a second factor: the password, then a token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import BACKEND_SESSION_KEY, get_user_model, load_backend, login
from django.utils.crypto import constant_time_compare

from ..models import LoginEvent
from . import activity, mfa, passwords

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

PASSED_KEY = "_org_members_second_factor"
"""In the session: a token was given, or none is needed."""
PENDING_KEY = "_org_members_pending_sign_in"
PENDING_SECONDS = 600


@dataclass(frozen=True)
class Pending:
    """The password was right; the token is awaited. Nobody is signed in yet."""

    user: Any
    backend: str
    next_url: str


def is_passed(request: HttpRequest) -> bool:
    """Whether this session needs no token (any more).

    Asked once a session: a sign-in on another page of the project may have asked for none.
    """
    if request.session.get(PASSED_KEY) == str(request.user.pk):
        return True
    if not mfa.is_verified(request) and mfa.is_enabled(request.user):
        return False
    mark_passed(request.session, request.user)
    return True


def mark_passed(session: SessionBase, user: Any) -> None:
    """Note that no token is needed any more in this session of the user."""
    session[PASSED_KEY] = str(user.pk)


def sign_in(request: HttpRequest, user: Any, *, next_url: str, backend: str | None = None) -> bool:
    """Sign the user in and return True; or return False, and await a token, where the user has a second factor."""
    if not mfa.is_enabled(user):
        login(request, user, backend=backend)
        mark_passed(request.session, user)
        return True
    request.session[PENDING_KEY] = {
        "user": str(user.pk),
        "backend": backend or user.backend,
        "next": next_url,
        "at": int(time.time()),
        "password": passwords.fingerprint(user),
    }
    return False


def ask_again(request: HttpRequest, *, next_url: str) -> None:
    """Await a token from a user whom another page of the project signed in without one."""
    backend = request.session[BACKEND_SESSION_KEY]
    sign_in(request, request.user, next_url=next_url, backend=backend)


def pending(request: HttpRequest) -> Pending | None:
    """Return the sign-in that waits for a token; None if there is none, or it is too old, or the user changed since."""
    kept = request.session.get(PENDING_KEY)
    if not kept or time.time() - kept["at"] > PENDING_SECONDS:
        return None
    model = get_user_model()
    user = load_backend(kept["backend"]).get_user(model._meta.pk.to_python(kept["user"]))
    if user is None or not constant_time_compare(passwords.fingerprint(user), kept["password"]):
        return None
    return Pending(user, kept["backend"], kept["next"])


def has_to_wait(waiting: Pending) -> bool:
    """Whether too many wrong tokens were given lately for this account."""
    return activity.has_to_wait(waiting.user, LoginEvent.Reason.MFA_CODE_WRONG)


def finish(request: HttpRequest, waiting: Pending, token: str) -> bool:
    """Sign the user in if the token is right; a wrong one is recorded."""
    proof = mfa.verify(waiting.user, token)
    if proof is None:
        failed, wrong = LoginEvent.Action.SIGN_IN_FAILED, LoginEvent.Reason.MFA_CODE_WRONG
        activity.record(waiting.user, failed, request=request, reason=wrong)
        return False
    del request.session[PENDING_KEY]
    login(request, waiting.user, backend=waiting.backend)
    mark_passed(request.session, waiting.user)
    mfa.signed_in(request, proof)
    return True
