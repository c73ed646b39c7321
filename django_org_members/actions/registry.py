"""The actions by name, in the order in which pages show them."""

from __future__ import annotations

from typing import TypeVar

from .. import audit
from ..audit.verbs import is_described
from ..exceptions import UnknownAction
from .base import MemberAction

_actions: dict[str, MemberAction] = {}
A = TypeVar("A", bound=type[MemberAction])


def register(action: A) -> A:
    """Class decorator: make the action known, and its verb to the audit log. A later one of the same name replaces it."""
    _actions[action.name] = action()
    if not is_described(action.verb):
        fields = {name: field.label for name, field in action.form_class.base_fields.items() if field.label}
        audit.describe(action.verb, action.label, fields)
    return action


def unregister(name: str) -> None:
    """Make an action unknown, a built-in one too; raises `UnknownAction`."""
    if _actions.pop(name, None) is None:
        raise UnknownAction(name)


def get(name: str) -> MemberAction:
    """Return the action of this name; raises `UnknownAction`."""
    try:
        return _actions[name]
    except KeyError:
        raise UnknownAction(name) from None


def all_actions() -> list[MemberAction]:
    """Return every action in the order of `MemberAction.position`."""
    return sorted(_actions.values(), key=lambda action: action.position)
