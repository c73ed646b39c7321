"""When somebody last showed who they are in a session: what the most dangerous things ask for again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.auth import update_session_auth_hash
from django.urls import reverse

from .. import password_checks
from ..conf import settings
from ..models import LoginEvent
from . import activity, mfa, second_factor
from .adapter import get_adapter

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

SESSION_KEY = "_org_members_authenticated"

_ACTION = LoginEvent.Action.SIGN_IN_FAILED
_WRONG = {"password": LoginEvent.Reason.WRONG_PASSWORD, "token": LoginEvent.Reason.MFA_CODE_WRONG}
"""What is offered to the reason with which a wrong one is recorded, and counted."""


def stamp(session: SessionBase, user: Any) -> None:
    """Note that the user has just given a password or a token, or signed in by other means, in this session."""
    session[SESSION_KEY] = {"user": str(user.pk), "at": int(time.time())}


def confirmed(request: HttpRequest) -> None:
    """Note that the person has shown again who they are: a session that may do more gets a new key."""
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    stamp(request.session, request.user)


def is_recent(request: HttpRequest) -> bool:
    """Whether that was no longer ago than AUTHENTICATION_AGE. Another user's stamp, or one of the future, counts for nothing."""
    kept = request.session.get(SESSION_KEY)
    if not isinstance(kept, dict) or kept.get("user") != str(request.user.pk) or not isinstance(kept.get("at"), int):
        return False
    at: int = kept["at"]
    return 0 <= time.time() - at <= settings.AUTHENTICATION_AGE.total_seconds()


def confirm_url(next_url: str) -> str:
    """Return the address of the page that asks again, and leads on to `next_url`."""
    return f"{reverse('org_members:confirm_identity')}?{urlencode({'next': next_url}, safe='/')}"


def means(user: Any, *, gave_token: bool = True) -> list[str]:
    """Return by what the user can show who they are: "password", "token", both or none of them.

    Who owes a token since the sign-in cannot do with the password.
    """
    has_password = gave_token and get_adapter().authentication_method(user).has_password
    return [name for name, there in (("password", has_password), ("token", mfa.ways(user).token)) if there]


def has_to_wait(request: HttpRequest, by: str) -> bool:
    """Whether too many wrong ones were given lately for this account.

    Of passwords those from this address count: anybody can give wrong ones at the sign-in, and would keep the person out.
    """
    return activity.has_to_wait(request.user, _WRONG[by], at=request if by == "password" else None)


def is_right(request: HttpRequest, by: str, value: str) -> bool:
    """Whether the password, or the token, is the user's. A token that is right is used up, and counts for the session."""
    if by == "password":
        return password_checks.is_right(request.user, value)
    proof = mfa.verify(request.user, value)
    if proof is not None:
        second_factor.prove(request, proof)
    return proof is not None


def record_failure(request: HttpRequest, by: str) -> None:
    """Record that a wrong one was given."""
    activity.record(request.user, _ACTION, request=request, reason=_WRONG[by])
