"""What can be done to members: one file for each action, and `perform`, the one way to run them.

A project adds its own: subclass `MemberAction`, decorate it with `register`, import it in an `AppConfig.ready`.
"""

from . import (
    add_time_off,
    cancel_time_off,
    disable,
    edit_profile,
    enable,
    end_session,
    exempt_from_mfa,
    remind_mfa,
    remove,
    reset_mfa,
    reset_password,
    send_reset_link,
    set_role,
    set_schedule,
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
    "add_time_off",
    "all_actions",
    "cancel_time_off",
    "disable",
    "edit_profile",
    "enable",
    "end_session",
    "exempt_from_mfa",
    "get",
    "menu",
    "perform",
    "perform_in_batches",
    "register",
    "remind_mfa",
    "remove",
    "reset_mfa",
    "reset_password",
    "send_reset_link",
    "set_role",
    "set_schedule",
    "sign_out",
    "transfer_ownership",
    "unregister",
    "verdict",
]
