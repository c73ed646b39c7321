"""Signing in, in two steps for those who have a second factor: the password, then a token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import BACKEND_SESSION_KEY, get_user_model, load_backend, login
from django.utils.crypto import constant_time_compare

from .. import password_checks
from ..models import LoginEvent
from . import activity, awaiting, mfa, passwords, temporary
from .mfa import Proof

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

PASSED_KEY = "_org_members_second_factor"
"""In the session: who gave a token in it. Where none is needed nothing is kept, so that it is noticed when one is."""
PENDING_KEY = "_org_members_pending_sign_in"
PENDING_SECONDS = 600


@dataclass(frozen=True)
class Pending:
    """The password was right; the token is awaited. Nobody is signed in yet."""

    user: Any
    backend: str
    next_url: str
    by_password: bool | None
    """Whether a password was given just now; not where another page of the project signed in, and it is asked again.

    None where a backend that notes nothing took the name and the password.
    """


def is_passed(request: HttpRequest) -> bool:
    """Whether this session needs no token (any more), whichever page of the project it was begun on.

    Without a token that is asked at each request, by one query: somebody else may have come in before a method was set up.
    """
    if request.session.get(PASSED_KEY) == str(request.user.pk):
        return True
    if mfa.is_verified(request):
        mark_passed(request.session, request.user)
        return True
    needs_none: dict[Any, bool] = request.__dict__.setdefault("_org_members_needs_no_token", {})
    if request.user.pk not in needs_none:
        needs_none[request.user.pk] = not mfa.is_enabled(request.user)
    return needs_none[request.user.pk]


def mark_passed(session: SessionBase, user: Any) -> None:
    """Note that the user gave a token in this session."""
    session[PASSED_KEY] = str(user.pk)


def prove(request: HttpRequest, proof: Proof) -> None:
    """Note, for us and for the library, that the signed-in user gave this token."""
    mark_passed(request.session, request.user)
    mfa.signed_in(request, proof)


def sign_in(request: HttpRequest, user: Any, *, next_url: str, backend: str | None = None) -> bool:
    """Sign the user in and return True; or return False, and await a token, where the user has a second factor.

    Raises `SignInRefused` where the temporary password was used, or another one set, meanwhile.
    """
    if not mfa.is_enabled(user):
        login(request, user, backend=backend)
        temporary.check_admitted(request)
        return True
    request.session[PENDING_KEY] = {
        "user": str(user.pk),
        "backend": backend or user.backend,
        "next": next_url,
        "at": int(time.time()),
        "password": passwords.fingerprint(user),
        "by_password": password_checks.was_given(user),
    }
    awaiting.begin(request, user)
    return False


def ask_again(request: HttpRequest, *, next_url: str) -> None:
    """Await a token from a user whom another page of the project signed in without one."""
    backend = request.session[BACKEND_SESSION_KEY]
    password_checks.note(request.user, given=False)
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
    return Pending(user, kept["backend"], kept["next"], kept.get("by_password", True))


def has_to_wait(request: HttpRequest, waiting: Pending) -> bool:
    """Whether too many wrong tokens were given lately for this account; one that is not even read then is recorded."""
    if not activity.has_to_wait(waiting.user, LoginEvent.Reason.MFA_CODE_WRONG):
        return False
    awaiting.failed(request, waiting.user, LoginEvent.Reason.LOCKED)
    return True


def finish(request: HttpRequest, waiting: Pending, token: str) -> bool:
    """Sign the user in if the token is right; a wrong one is recorded, in place of the missing one.

    It uses no temporary password up. Raises what `sign_in` raises.
    """
    proof = mfa.verify(waiting.user, token)
    if proof is None:
        awaiting.failed(request, waiting.user, LoginEvent.Reason.MFA_CODE_WRONG)
        return False
    complete(request, waiting, proof)
    return True


def complete(request: HttpRequest, waiting: Pending, proof: Proof) -> None:
    """Sign the user in, whose second factor was right."""
    del request.session[PENDING_KEY]
    awaiting.given(request, waiting.user)
    if waiting.by_password is not None:
        password_checks.note(waiting.user, given=waiting.by_password)
    login(request, waiting.user, backend=waiting.backend)
    temporary.check_admitted(request)
    prove(request, proof)
