"""Asking for the password or a token again, before what an action or a page says is worth it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.http import HttpResponseRedirect

from ..accounts import reauthentication

if TYPE_CHECKING:
    from django.http import HttpRequest

    from ..actions import MemberAction


def ask_again(request: HttpRequest, action: MemberAction, back: str) -> HttpResponseRedirect | None:
    """Return the way to the page that asks, where the action wants it and the last time is too long ago; else None.

    From there one comes to this page again, by GET, whatever was sent to it: nothing is done by that. `back` is where it
    leads afterwards.
    """
    if not action.asks_again or reauthentication.is_recent(request):
        return None
    here = f"{request.path}?{urlencode({'next': back}, safe='/')}"
    return HttpResponseRedirect(reauthentication.confirm_url(here))
