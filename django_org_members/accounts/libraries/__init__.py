"""What other libraries tell of sign-ins: each in a module of its own, imported only where its app is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from django.http import HttpRequest


def connect() -> None:
    """Listen to those that are installed; called once, when the app is ready."""
    if apps.is_installed("allauth.mfa"):
        from . import allauth

        allauth.connect()


def is_locked_out(request: HttpRequest | None, credentials: dict[str, Any]) -> bool:
    """Whether django-axes stopped an attempt before any password was looked at."""
    if request is None or not apps.is_installed("axes"):
        return False
    from . import axes

    return axes.is_locked_out(request, credentials)
