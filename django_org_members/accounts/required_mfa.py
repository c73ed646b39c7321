"""MFA that an organization requires of a signed-in person: whether it is there, and until when there is time for it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from ..models.sign_in_states import SignInState
from ..moments import moment
from . import mfa
from .mfa import enrolment

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

MET_KEY = "_org_members_mfa_met"
"""In the session: whose MFA was found, and when."""
MET_SECONDS = 300
"""How long that is believed: a method that is removed on whichever page is missed after this at the latest."""
TOLD_KEY = "_org_members_mfa_told"
"""In the session: whom it was said to that MFA will be required."""
_OWN_NOTICE = frozenset({"admin", "org_members"})
"""Namespaces of pages that are left alone: Org Settings say it themselves, and the enrolment is among the others."""


def is_met(request: HttpRequest) -> bool:
    """Whether the user has a confirmed method. Where that was found lately in this session, it costs no query."""
    if _was_found_lately(request):
        return True
    if not mfa.is_enabled(request.user):
        return False
    request.session[MET_KEY] = [str(request.user.pk), int(time.time())]
    return True


def forget(session: SessionBase) -> None:
    """A method was removed: look again at the next request."""
    session.pop(MET_KEY, None)


def deadline(request: HttpRequest) -> datetime | None:
    """Return until when the user has time to set MFA up; None where nothing has to be done.

    A page that shows it asks the database only for people who have no MFA and whose organization wants it.
    """
    known: SignInState | None = getattr(request, "org_members_state", None)
    if known is None or known.mfa_due_at is None or known.mfa_is_required(timezone.now()):
        return None
    return known.mfa_due_at if enrolment.page_url() and not is_met(request) else None


def tell_once(request: HttpRequest, due_at: datetime) -> None:
    """Leave a message for the project's next page, once in a session: until when there is time, and where to go."""
    user_id = str(request.user.pk)
    if not _is_for_messages(request) or request.session.get(TOLD_KEY) == user_id:
        return
    request.session[TOLD_KEY] = user_id
    url = enrolment.page_url(request.user)
    if url is None or is_met(request):
        return
    words = _("Your organization requires multi-factor authentication. Set it up by {when}.")
    text = format_html("{} <a href='{}'>{}</a>", format_html(words, when=moment(due_at)), url, _("Set it up now"))
    messages.warning(request, text, fail_silently=True)


def _is_for_messages(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.method == "GET" and match is not None and _OWN_NOTICE.isdisjoint(match.namespaces + match.app_names)


def _was_found_lately(request: HttpRequest) -> bool:
    match request.session.get(MET_KEY):
        case [user_id, int(at)]:
            return user_id == str(request.user.pk) and 0 <= time.time() - at < MET_SECONDS
    return False
