"""E-mails that follow from what people do to their own accounts."""

from __future__ import annotations

from functools import partial
from typing import Any

from ..commits import after_commit
from ..signals import mfa_changed, password_changed
from . import messages


def connect() -> None:
    """Connect all; called once, when the app is ready."""
    mfa_changed.connect(on_mfa_changed, dispatch_uid="org_members.mail_mfa_changed")
    password_changed.connect(on_password_changed, dispatch_uid="org_members.mail_password_changed")


def on_mfa_changed(sender: Any, user: Any, change: str, **kwargs: Any) -> None:
    """Tell the person: somebody else may have done it."""
    after_commit(partial(messages.mfa_changed, user, change))


def on_password_changed(sender: Any, user: Any, **kwargs: Any) -> None:
    """Tell the person, after the commit."""
    after_commit(partial(messages.password_changed, user))
