"""A sign-in whose password was right and whose second factor is awaited: a failed one, until that is given.

It is on record from the start, so that it can be seen even if the person, or whoever knows the password, never comes
back. At most one INSERT and one DELETE more for a sign-in with a second factor.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ..models import LoginEvent
from . import activity

if TYPE_CHECKING:
    from django.http import HttpRequest

SESSION_KEY = "_org_members_awaited"
SECONDS = 600
"""So long a session that is asked again and again goes on with one event."""

_FAILED, _MISSING = LoginEvent.Action.SIGN_IN_FAILED, LoginEvent.Reason.MFA_CODE_MISSING


def begin(request: HttpRequest, user: Any) -> None:
    """Record that the second factor is missing, once for each session and user."""
    kept = request.session.get(SESSION_KEY)
    if kept and kept["user"] == str(user.pk) and time.time() - kept["at"] <= SECONDS:
        return
    event_id = activity.record(user, _FAILED, request=request, reason=_MISSING)
    if event_id is not None:
        request.session[SESSION_KEY] = {"user": str(user.pk), "event": event_id, "at": int(time.time())}


def given(request: HttpRequest, user: Any) -> None:
    """It was right: what was recorded turned out not to be so. Another user's stays."""
    kept = request.session.pop(SESSION_KEY, None)
    if kept and kept["user"] == str(user.pk):
        activity.withdraw(kept["event"], user, _MISSING)


def failed(request: HttpRequest, user: Any, reason: LoginEvent.Reason) -> None:
    """Record what was wrong with the one that was given, in place of its missing."""
    if activity.record(user, _FAILED, request=request, reason=reason) is not None:
        given(request, user)
