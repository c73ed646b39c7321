"""The pages of Availability, for `shell.route`."""

from __future__ import annotations

from ..shell import Page
from . import calendars, closing, imports, overriding, page, rotating, rotations, schedules

routes: list[tuple[str, Page, str]] = [
    *page.routes,
    *overriding.routes,
    *schedules.routes,
    *closing.routes,
    *rotations.routes,
    *rotating.routes,
    *calendars.routes,
    *imports.routes,
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
