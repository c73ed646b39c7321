"""The menu at the end of a row: everything that can be done to the member, refused entries with their reason."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from ...actions import MenuItem, menu
from ...models import Membership

if TYPE_CHECKING:
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings


@dataclass(frozen=True)
class Entry:
    """One entry of the menu as its template shows it."""

    label: StrOrPromise
    icon: str
    url: str
    danger: bool
    param: tuple[str, Any] | None
    """Posts this straight away; None: opens the action's page."""


@dataclass(frozen=True)
class Group:
    """Neighbouring entries of one kind: all at once or all with a page first, all allowed or refused for one reason."""

    reason: str
    entries: list[Entry]


def row_menu(org: OrgSettings, member: Membership) -> SafeString:
    """Return the button and its popover."""
    context = {
        "member": member,
        "detail_url": org.url("member_profile", member_id=member.pk),
        "groups": _groups(org, member),
    }
    return render_to_string("org_members/members/row_menu.html", context)


def _groups(org: OrgSettings, member: Membership) -> list[Group]:
    items = menu(org.judge, member)
    return [
        Group(reason, [_entry(org, member, item) for item in run]) for (reason, _), run in groupby(items, key=_kind)
    ]


def _kind(item: MenuItem) -> tuple[str, bool]:
    """What is done at once does not stand among what asks first; a reason is said once for both."""
    return str(item.verdict.reason), bool(item.verdict and item.params)


def _entry(org: OrgSettings, member: Membership, item: MenuItem) -> Entry:
    url = org.url("member_action", member_id=member.pk, action=item.action.name)
    param = next(iter(item.params.items())) if len(item.params) == 1 else None
    return Entry(item.label, item.action.icon, url, item.action.danger, param)
