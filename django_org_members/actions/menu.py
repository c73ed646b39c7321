"""What a member's menu offers: every relevant action with its verdict, one entry for each role that could be set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..models import Membership
from ..policy import Judge, Verdict
from .base import MemberAction
from .registry import all_actions
from .set_role import SetRole

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class MenuItem:
    """One entry: shown disabled with the reason where the verdict refuses."""

    action: MemberAction
    label: StrOrPromise
    verdict: Verdict
    params: dict[str, Any] = field(default_factory=dict)
    """What a form posts along: field name to value."""


def menu(judge: Judge, member: Membership) -> list[MenuItem]:
    """Return the entries for a loaded member, in order. Asks no query."""
    items: list[MenuItem] = []
    for action in all_actions():
        if action.in_menu and action.is_relevant(member):
            items += _items(action, judge, member)
    return items


def _items(action: MemberAction, judge: Judge, member: Membership) -> list[MenuItem]:
    verdict = judge.verdict(action, member)
    if not isinstance(action, SetRole):
        return [MenuItem(action, action.label, verdict)]
    return [
        MenuItem(action, format_lazy(_("Set as {role}"), role=role.label), verdict and giving, {"role": role.pk})
        for role, giving in judge.assignable_roles()
        if role.pk != member.role_id
    ]
