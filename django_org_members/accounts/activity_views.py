"""The page on which people see their own sign-in activity."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from . import activity
from .adapter import get_adapter
from .landing import next_url

SHOWN = 25


@never_cache
@login_required
def own_activity(request: HttpRequest) -> HttpResponse:
    """Recent Login Activity of whoever is signed in, and of nobody else: no address names a person."""
    has_password = get_adapter().authentication_method(request.user).has_password
    context = {
        "title": _("Your sign-in activity"),
        "history": activity.page_of(request.user, SHOWN, request.GET),
        "change_password_url": reverse("org_members:change_password") if has_password else "",
        "next": next_url(request),
    }
    return render(request, "org_members/account/activity.html", context)
