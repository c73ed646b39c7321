"""A page of a member's sign-in activity, and the newest of what was done to the member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest

from ...accounts import activity
from ...audit import reading
from ...keyset import Page
from ...models import LoginEvent, Membership
from ..audit.links import log_url
from ..audit.rows import Row, rows

if TYPE_CHECKING:
    from ..shell import OrgSettings

SHOWN = 25
CHANGES_SHOWN = 10


def recent_logins(request: HttpRequest, member: Membership) -> Page[LoginEvent]:
    """Return the page that the address asks for.

    Only from the day of joining on: what an account did before is no business of the organization.
    """
    return activity.page_of(member.user, SHOWN, request.GET, since=member.joined_at)


def recent_changes(org: OrgSettings, member: Membership) -> list[Row]:
    """Return the newest events about the member: one query."""
    events = reading.about(org.organization.pk, member.user_id, CHANGES_SHOWN)
    return rows(events, lambda pk: log_url(org, pk))
