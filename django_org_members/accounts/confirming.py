"""Checking the answer to the question who somebody is, wherever it is asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from . import reauthentication
from .forms import TOO_MANY
from .passwords import Secret

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from .forms import ConfirmIdentityForm

_WRONG: dict[str, StrOrPromise] = {
    "password": _("This password is not right."),
    "token": _("This code is not right. Try again, or use a backup code."),
}


def confirm(request: HttpRequest, form: ConfirmIdentityForm) -> bool:
    """Whether one of those that were given is right: then the session gets a new key, and the time is noted in it.

    Else each wrong one is told at its field of the (valid) form, and recorded.
    """
    if not _is_right(request, form):
        return False
    reauthentication.confirmed(request)
    return True


def _is_right(request: HttpRequest, form: ConfirmIdentityForm) -> bool:
    given = {name: Secret(value) for name, value in form.cleaned_data.items() if value}
    waiting = {name for name in given if reauthentication.has_to_wait(request, name)}
    if any(reauthentication.is_right(request, name, given[name]) for name in given if name not in waiting):
        return True
    for name in given:
        form.add_error(name, TOO_MANY if name in waiting else _WRONG[name])
        if name not in waiting:
            reauthentication.record_failure(request, name)
    return False
