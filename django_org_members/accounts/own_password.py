"""A person changes their own password, on the package's page or on an admin site's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import update_session_auth_hash
from django.utils.translation import gettext_lazy as _

from ..exceptions import PasswordChangedMeanwhile
from . import passwords, reauthentication
from .passwords import Secret

if TYPE_CHECKING:
    from django.http import HttpRequest


def is_valid(request: HttpRequest, form: Any) -> bool:
    """Whether the form is valid. A present password that is wrong is recorded; after too many none is checked."""
    if form.is_bound and "old_password" in form.fields:
        form.has_to_wait = reauthentication.has_to_wait(request, "password")
    found = bool(form.is_valid())
    if form.has_error("old_password", "password_incorrect"):
        reauthentication.record_failure(request, "password")
    return found


def change(request: HttpRequest, form: Any) -> bool:
    """Set the password of a valid form, end the other sessions.

    Returns False, with an error in the form, where another password was set meanwhile.
    """
    try:
        passwords.change(request.user, Secret(form.cleaned_data["new_password1"]), session=request.session)
    except PasswordChangedMeanwhile:
        form.add_error("new_password1", _("Your password was changed meanwhile. Sign in with the new one."))
        return False
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    return True
