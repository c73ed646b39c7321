"""Why a sign-in failed, and whose it was, from what the authentication backends left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model

from ..models import LoginEvent
from ..models.text import is_storable
from . import libraries
from .adapter import get_adapter

if TYPE_CHECKING:
    from django.http import HttpRequest

_Reason = LoginEvent.Reason
_ASKED = "org_members_refusal"
"""What our own backend leaves on the request when it refuses."""


def named(credentials: dict[str, Any]) -> Any | None:
    """Return the user whom the credentials name: by username, by address, or by a passkey. None where that is nobody."""
    passkey = credentials.get("webauthn_credential")  # of django-otp-webauthn
    if passkey is not None:
        return passkey.user
    model = get_user_model()
    name = credentials.get("username", credentials.get(model.USERNAME_FIELD))
    if isinstance(name, str) and is_storable(name):
        try:
            return model._default_manager.get_by_natural_key(name)
        except (model.DoesNotExist, model.MultipleObjectsReturned):
            pass  # by the address, if one was given: in another spelling it is the same
    email = credentials.get("email")
    found = get_adapter().find_by_email(email) if isinstance(email, str) and is_storable(email) else []
    return found[0] if len(found) == 1 else None


def reason(request: HttpRequest | None, user: Any | None, credentials: dict[str, Any]) -> LoginEvent.Reason:
    """Return why: as our backend told, as django-axes did, else the likeliest that is true.

    What our backend told is used up: the next attempt may come with the same request.
    """
    told: LoginEvent.Reason | None = getattr(request, _ASKED, None)
    if told is not None:
        delattr(request, _ASKED)
    elif libraries.is_locked_out(request, credentials):
        return _Reason.LOCKED
    if user is None:
        return _Reason.UNKNOWN_USER
    if told is None or told == _Reason.UNKNOWN_USER:  # another backend knew the name, and refused
        return _Reason.WRONG_PASSWORD if user.is_active else _Reason.DISABLED
    return told
