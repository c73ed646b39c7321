"""What follows from Django's own signals: sign-ins, saved users, new memberships."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_save, pre_save

from ..models import LoginEvent, Membership
from . import activity, passwords, profiles, reauthentication, sessions, signin
from .adapter import get_adapter


def connect() -> None:
    """Connect all; called once, when the app is ready."""
    user_logged_in.connect(on_signed_in, dispatch_uid="org_members.signed_in")
    user_logged_out.connect(on_signed_out, dispatch_uid="org_members.signed_out")
    user_login_failed.connect(on_sign_in_failed, dispatch_uid="org_members.sign_in_failed")
    # Without a sender: a proxy, or a child table, of the user model is a sender of its own.
    post_save.connect(on_user_saved, dispatch_uid="org_members.user_saved")
    pre_save.connect(on_membership_saving, sender=Membership, dispatch_uid="org_members.membership_saving")


def on_signed_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Stamp the session with the epoch and the time, and record. Whichever way the sign-in went, it is a fresh one."""
    if request is not None and hasattr(request, "session"):
        sessions.stamp(request.session, user)
        reauthentication.stamp(request.session, user)
    activity.record(user, LoginEvent.Action.SIGNED_IN, request=request)


def on_signed_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Record, if somebody was signed in."""
    if user is not None:
        activity.record(user, LoginEvent.Action.SIGNED_OUT, request=request)


def on_sign_in_failed(sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any) -> None:
    """Record why, as our backend told; another backend's refusal is a wrong password or an unknown name."""
    user = _named(credentials)
    reason = getattr(request, "org_members_refusal", LoginEvent.Reason.WRONG_PASSWORD)
    if user is None:
        reason = LoginEvent.Reason.UNKNOWN_USER
    elif reason == LoginEvent.Reason.UNKNOWN_USER:  # to our backend, not to another one
        reason = LoginEvent.Reason.WRONG_PASSWORD
    activity.record(user, LoginEvent.Action.SIGN_IN_FAILED, request=request, reason=reason)


def on_user_saved(sender: Any, instance: Any, created: bool, raw: bool = False, **kwargs: Any) -> None:
    """Keep the copies of name and e-mail true, and notice what was changed elsewhere.

    That is a temporary password that was replaced, and a sign-in that was turned on again.
    """
    if created or raw or not isinstance(instance, get_user_model()):
        return
    if getattr(instance, "_password", None) is not None:  # set by set_password(), until the save is over
        passwords.forget_temporary(instance)
    fields = kwargs.get("update_fields")
    if instance.is_active and (fields is None or "is_active" in fields):
        signin.forget_end(instance)
    if fields is None or not get_adapter().profile_fields.isdisjoint(fields):
        profiles.refresh(instance)


def on_membership_saving(sender: Any, instance: Membership, raw: bool = False, **kwargs: Any) -> None:
    """Copy name and e-mail to a new membership."""
    if instance._state.adding and not raw:
        profiles.copy_to(instance, instance.user)


def _named(credentials: dict[str, Any]) -> Any:
    model = get_user_model()
    name = credentials.get("username", credentials.get(model.USERNAME_FIELD))
    if not isinstance(name, str) or "\x00" in name:
        return None
    try:
        return model._default_manager.get_by_natural_key(name)
    except (model.DoesNotExist, model.MultipleObjectsReturned):
        return None
