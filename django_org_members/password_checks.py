"""Checking a password: the one way, which never brings an old password back.

Django stores a password anew, with today's hash, when it was right and its hash is out of date. Between reading the old
hash and writing the new one somebody may have set another password. Every such save is made conditional here, whoever
checked the password: this package, Django's own forms and backends, or a library's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher, is_password_usable
from django.db.models import F

_GIVEN, _CHECKED, _UPGRADE, _LOST, _SAVED = (
    f"_org_members_password_{name}" for name in ("given", "checked", "upgrade", "lost", "saved")
)


def is_right(user: Any, password: str) -> bool:
    """Whether the password is the user's, at this moment; its hash is brought up to date.

    Asks the model's own `check_password`, which a project may have overridden.
    """
    setattr(user, _CHECKED, user.password)  # through the lazy object of a request, too
    try:
        right = bool(user.check_password(password))
    finally:
        delattr(user, _CHECKED)
    if right and hasattr(user, _LOST):  # by now another one, or the same with its new hash
        delattr(user, _LOST)
        stored = _stored(user)
        right = check_password(password, stored)
        if right:  # else the user keeps a hash that is not stored: `passwords.change` then finds out
            user.password = stored
    if right:
        note(user, given=True)
    return right


def note(user: Any, *, given: bool) -> None:
    """Note on the user object whether it is by the password that it signs in."""
    setattr(user, _GIVEN, given)


def was_given(user: Any) -> bool | None:
    """Whether it is by the password that this very object signs in; None where nobody noted it."""
    given: bool | None = getattr(user, _GIVEN, None)
    return given


def before_save(user: Any, update_fields: Collection[str] | None) -> None:
    """Before a user is saved: where only a hash is brought up to date, do that, if the password is still the same.

    The save that follows then writes the column onto itself.
    """
    is_upgrade = _is_upgrade(user, update_fields)
    if "_password" in user.__dict__:  # it stays behind, and tells nothing of the next save
        user.__dict__[_SAVED] = True
    if not is_upgrade:
        return
    new, old = user.password, user.__dict__.get(_CHECKED) or _stored(user)
    users = get_user_model()._base_manager.filter(pk=user.pk, password=old)
    if not (_is_out_of_date(old) and users.update(password=new)):
        user.__dict__[_LOST] = True
    user.__dict__[_UPGRADE] = new
    user.password = F("password")


def after_save(user: Any) -> None:
    """Give the object its hash back. One that was not stored keeps no session alive."""
    if _UPGRADE in user.__dict__:
        user.password = user.__dict__.pop(_UPGRADE)


def _is_upgrade(user: Any, update_fields: Collection[str] | None) -> bool:
    """Whether this save is that of Django's `check_password`: after `set_password` it takes `_password` back."""
    if update_fields is None or set(update_fields) != {"password"} or "_password" not in user.__dict__:
        return False
    if _SAVED in user.__dict__ and _CHECKED not in user.__dict__:  # a project stores a hash of its own
        return False
    return user._password is None and isinstance(user.password, str) and is_password_usable(user.password)


def _is_out_of_date(encoded: str) -> bool:
    """Whether Django would store it anew. Every password that is set has the preferred hash: it would not."""
    preferred = get_hasher("default")
    try:
        algorithm = identify_hasher(encoded).algorithm
    except ValueError:
        return False
    return algorithm != preferred.algorithm or preferred.must_update(encoded)


def _stored(user: Any) -> str:
    found: str | None = get_user_model()._base_manager.filter(pk=user.pk).values_list("password", flat=True).first()
    return found or ""
