"""A person's own page of sessions: where one is signed in, and ending that."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from ..models import LoginEvent
from . import activity, sessions, tokens
from .landing import sign_in_url

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@never_cache
@login_required
def own_sessions(request: HttpRequest) -> HttpResponse:
    """List one's live sessions; by POST end one of them, or all but this one. Each is recorded in the activity."""
    if request.method == "POST":
        return _end_others(request) if "others" in request.POST else _end_one(request)
    context = {
        "title": _("Your sessions"),
        "sessions": sessions.listed(request.user),
        "current": sessions.id_of(request.session),
        "ends_tokens": tokens.are_installed(),
    }
    return render(request, "org_members/account/sessions.html", context)


def _end_others(request: HttpRequest) -> HttpResponse:
    ended = LoginEvent.Action.SESSIONS_ENDED
    sessions.end_others(request.session, request.user, reason=ended)
    activity.record(request.user, ended, request=request)
    return _back(request, _("You are signed out everywhere else."))


def _end_one(request: HttpRequest) -> HttpResponse:
    """End it, if it is one's own. This one: sign out. Another person's id is answered as one that has ended is."""
    wanted = _id(request.POST.get("session", ""))
    if wanted is not None and wanted == sessions.id_of(request.session):
        logout(request)
        return HttpResponseRedirect(sign_in_url())
    if wanted is None or sessions.end_one(request.user, wanted) is None:
        return _back(request, _("This session has ended already."))
    activity.record(request.user, LoginEvent.Action.SESSION_ENDED, request=request)
    return _back(request, _("The session has ended."))


def _back(request: HttpRequest, words: StrOrPromise) -> HttpResponse:
    messages.success(request, words, fail_silently=True)
    return HttpResponseRedirect(reverse("org_members:sessions"))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
