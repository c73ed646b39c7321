"""API tokens of Django REST framework and of knox end with the sign-in, where they are installed.

By their models' names alone: neither library is imported. Other tokens: a receiver of `sign_in_ended` in the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model


def models() -> Iterator[type[Model]]:
    """Yield the models of the tokens that are installed."""
    if apps.is_installed("rest_framework.authtoken"):
        yield apps.get_app_config("authtoken").get_model("Token")
    if apps.is_installed("knox"):
        yield apps.get_model(getattr(settings, "KNOX_TOKEN_MODEL", "knox.AuthToken"))


def are_installed() -> bool:
    """Whether there are tokens that end with the sign-in."""
    return next(models(), None) is not None


def on_sign_in_ended(sender: Any, users: list[Any], **kwargs: Any) -> None:
    """Delete the tokens of these users: one statement for each library. What fails undoes the change."""
    for model in models():
        model._base_manager.filter(user__in=[user.pk for user in users]).delete()
