"""What follows from Django's own signals: sign-ins, saved users, new memberships; and those of libraries, if installed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save, pre_save

from .. import password_checks
from ..models import LoginEvent, Membership
from ..signals import sign_in_ended
from . import (
    activity,
    clients,
    libraries,
    passwords,
    profiles,
    reauthentication,
    refusals,
    sessions,
    signin,
    temporary,
    tokens,
)
from .adapter import get_adapter


def connect() -> None:
    """Connect all; called once, when the app is ready."""
    user_logged_in.connect(on_signed_in, dispatch_uid="org_members.signed_in")
    user_logged_out.connect(on_signed_out, dispatch_uid="org_members.signed_out")
    user_login_failed.connect(on_sign_in_failed, dispatch_uid="org_members.sign_in_failed")
    sign_in_ended.connect(tokens.on_sign_in_ended, dispatch_uid="org_members.tokens")
    # Without a sender: a proxy, or a child table, of the user model is a sender of its own.
    pre_save.connect(on_user_saving, dispatch_uid="org_members.user_saving")
    post_save.connect(on_user_saved, dispatch_uid="org_members.user_saved")
    pre_save.connect(on_membership_saving, sender=Membership, dispatch_uid="org_members.membership_saving")
    libraries.connect()


def on_signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Stamp the session with the epoch and the time, and record. Whichever way the sign-in went, it is a fresh one.

    A temporary password is used up; where it lets nobody in any more, nobody is signed in. A library that only makes a
    token sends the signal too: then there is no session to mark, or one that came in with the request, where nobody showed
    who they are.
    """
    if request is not None and _is_in_session(request, user):
        if temporary.turns_away(request, user):
            return
        came_in_by = getattr(request, "org_members_session_id", None)
        sessions.begin(request.session, user, clients.Client.of(request), instead_of=came_in_by)
        if getattr(request, "successful_authenticator", None) is None:  # of Django REST framework
            reauthentication.stamp(request.session, user)
    activity.record(user, LoginEvent.Action.SIGNED_IN, request=request)


def _is_in_session(request: Any, user: Any) -> bool:
    session = getattr(request, "session", None)
    return session is not None and session.get(USER_KEY) == user._meta.pk.value_to_string(user)


def on_signed_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Record, if somebody was signed in, and let the session's row go."""
    if request is not None and hasattr(request, "session"):
        sessions.forget(request.session)
    if user is not None:
        activity.record(user, LoginEvent.Action.SIGNED_OUT, request=request)


def on_sign_in_failed(sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """Record why. Nobody's sign-in fails because of it."""
    user = refusals.named(credentials)
    reason = refusals.reason(request, user, credentials)
    activity.record(user, LoginEvent.Action.SIGN_IN_FAILED, request=request, reason=reason)


def on_user_saving(sender: Any, instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let a hash that is only brought up to date never overwrite a password that was set meanwhile."""
    if not raw and isinstance(instance, get_user_model()):
        password_checks.before_save(instance, kwargs.get("update_fields"))


def on_user_saved(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Keep the copies of name and e-mail true, and notice what was changed elsewhere.

    That is a temporary password that was replaced, and a sign-in that was turned on again.
    """
    if created or raw or not isinstance(instance, get_user_model()):
        return
    password_checks.after_save(instance)
    if getattr(instance, "_password", None) is not None:  # set by set_password(), until the save is over
        passwords.forget_temporary(instance)
        sessions.forget_others(instance, clients.current_session())
        activity.record_password_change(instance)
    fields = kwargs.get("update_fields")
    if instance.is_active and (fields is None or "is_active" in fields):
        signin.forget_end(instance)
    if fields is None or not get_adapter().profile_fields.isdisjoint(fields):
        profiles.refresh(instance)


def on_membership_saving(sender: Any, instance: Membership, raw: bool = False, **kwargs: Any) -> None:
    """Copy name and e-mail to a new membership."""
    if instance._state.adding and not raw:
        profiles.copy_to(instance, instance.user)
