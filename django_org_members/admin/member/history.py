"""A page of a member's sign-in activity, and the newest of what was done to the member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest

from ...accounts import activity
from ...audit import reading
from ...models import LoginEvent, Membership
from ...numbers import page_number
from ..audit.links import log_url
from ..audit.rows import Row, rows

if TYPE_CHECKING:
    from ..shell import OrgSettings

SHOWN = 25
CHANGES_SHOWN = 10
PAGE_VAR = "page"


@dataclass(frozen=True)
class History:
    """Some events, the newest first, and the numbers of the pages around them."""

    events: list[LoginEvent]
    page: int
    has_more: bool

    @property
    def newer(self) -> int:
        """The number of the page before, or 0."""
        return self.page - 1

    @property
    def older(self) -> int:
        """The number of the page after, or 0."""
        return self.page + 1 if self.has_more else 0


def recent_logins(request: HttpRequest, member: Membership) -> History:
    """Return one page: one query, without counting.

    Only from the day of joining on: what an account did before is no business of the organization.
    """
    page = page_number(request.GET.get(PAGE_VAR, ""))
    start = (page - 1) * SHOWN
    events = activity.recent(member.user).filter(created_at__gte=member.joined_at)
    found = list(events[start : start + SHOWN + 1])
    return History(found[:SHOWN], page, len(found) > SHOWN)


def recent_changes(org: OrgSettings, member: Membership) -> list[Row]:
    """Return the newest events about the member: one query."""
    events = reading.about(org.organization.pk, member.user_id, CHANGES_SHOWN)
    return rows(events, lambda pk: log_url(org, pk))
