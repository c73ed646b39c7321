"""django-allauth's second factors: what its own pages add, remove and are given.

Passwords that its pages change are seen where every password is, when the user is saved; its sign-ins are Django's.
"""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in

from ...models import LoginEvent
from .. import activity, awaiting, mfa, own_methods
from ..mfa.allauth import AllauthAdapter

_CODES = Authenticator.Type.RECOVERY_CODES
_Action = LoginEvent.Action


def connect() -> None:
    """Connect all."""
    signals.authenticator_added.connect(on_added, dispatch_uid="org_members.allauth_added")
    signals.authenticator_removed.connect(on_removed, dispatch_uid="org_members.allauth_removed")
    signals.authenticator_reset.connect(on_reset, dispatch_uid="org_members.allauth_reset")
    signals.authentication_failed.connect(on_wrong, dispatch_uid="org_members.allauth_wrong")
    authentication_step_completed.connect(on_step, dispatch_uid="org_members.allauth_step")
    user_logged_in.connect(on_signed_in, dispatch_uid="org_members.allauth_signed_in")


def on_added(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Record a method, or the backup codes that came with it. What follows from the first one is as on our own page."""
    is_codes = authenticator.type == _CODES
    if not is_codes and request.user.is_authenticated and request.user.pk == user.pk:
        own_methods.added_elsewhere(request)
    activity.record(user, _Action.BACKUP_CODES_MADE if is_codes else _Action.MFA_METHOD_ADDED, request=request)


def on_removed(sender: Any, request: Any, user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Record a method. Backup codes go with the last one: that is no event of its own."""
    if authenticator.type != _CODES:
        activity.record(user, _Action.MFA_METHOD_REMOVED, request=request)


def on_reset(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Record new backup codes."""
    activity.record(user, _Action.BACKUP_CODES_MADE, request=request)


def on_wrong(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Record a wrong code or passkey, at a sign-in or where it is asked for again."""
    awaiting.failed(request, user, LoginEvent.Reason.MFA_CODE_WRONG)


def on_step(sender: Any, request: Any, user: Any, method: str, **kwargs: Any) -> None:
    """Record that the second factor is missing, when the first was right and somebody is not signed in yet."""
    if method != "mfa" and not request.user.is_authenticated and mfa.is_enabled(user):
        awaiting.begin(request, user)


def on_signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Let it go when allauth took one."""
    if request is not None and hasattr(request, "session") and AllauthAdapter().is_verified(request):
        awaiting.given(request, user)
