"""django-axes, which stops attempts after too many failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def is_locked_out(request: HttpRequest, credentials: dict[str, Any]) -> bool:
    """Whether its backend stopped the attempt. To be asked only where ours, which stands behind it, was not.

    Its signal is no answer: it is sent for the attempt that locks, too, whose password was wrong. With
    AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT the backend leaves no mark on the request: axes is asked, then.
    """
    if getattr(request, "axes_locked_out", False):
        return True
    if not getattr(settings, "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT", True):
        return False
    from axes.handlers.proxy import AxesProxyHandler

    return bool(getattr(settings, "AXES_ENABLED", True)) and not AxesProxyHandler.is_allowed(request, credentials)
