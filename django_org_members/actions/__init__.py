"""What can be done to members: one file for each action, and `perform`, the one way to run them.

A project adds its own: subclass `MemberAction`, decorate it with `register`, import it in an `AppConfig.ready`.
"""

from . import (
    disable,
    edit_profile,
    enable,
    remove,
    reset_mfa,
    reset_password,
    set_role,
    sign_out,
    transfer_ownership,
)
from .base import MemberAction, MemberActionForm
from .consequences import Consequence
from .menu import MenuItem, menu
from .performing import perform, perform_in_batches, verdict
from .registry import all_actions, get, register, unregister
from .run import Outcome, Run

__all__ = [
    "Consequence",
    "MemberAction",
    "MemberActionForm",
    "MenuItem",
    "Outcome",
    "Run",
    "all_actions",
    "disable",
    "edit_profile",
    "enable",
    "get",
    "menu",
    "perform",
    "perform_in_batches",
    "register",
    "remove",
    "reset_mfa",
    "reset_password",
    "set_role",
    "sign_out",
    "transfer_ownership",
    "unregister",
    "verdict",
]
