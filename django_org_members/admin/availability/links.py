"""Addresses that the pages of Availability share."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy

from ...availability.loading import instant
from .weeks import Week, viewer_zone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings

WEEK_VAR = "week"
OVERVIEW = "overview"
SECTIONS: dict[str, StrOrPromise] = {
    "rotations": gettext_lazy("Rotations"),
    "schedules": gettext_lazy("Schedules"),
    "closures": gettext_lazy("Closures"),
    "calendars": gettext_lazy("Calendars"),
}
"""The pages on which availability is planned: name to label."""


def section_url(org: OrgSettings, section: str) -> str:
    """Return the address of a section's list."""
    return org.url(f"organization_{section}")


def ways(org: OrgSettings, here: str, *, is_list: bool = True) -> list[dict[str, Any]]:
    """Return the ways between the overview and the sections' lists; `is_list` is false on a page below one."""
    first: tuple[str, StrOrPromise, str] = (OVERVIEW, gettext_lazy("Overview"), org.url("organization_availability"))
    places = [first, *((name, label, section_url(org, name)) for name, label in SECTIONS.items())]
    current = "page" if is_list else "true"
    return [{"label": label, "url": url, "current": current if name == here else ""} for name, label, url in places]


def week_url(org: OrgSettings, week: Week | None) -> str:
    """Return the address of the overview with a week; empty for None."""
    return f"{org.url('organization_availability')}?{urlencode({WEEK_VAR: week})}" if week is not None else ""


def week_of(org: OrgSettings, at: datetime) -> str:
    """Return the address of the overview with the week of an instant."""
    return week_url(org, Week.of(instant(at), viewer_zone()))


def override_url(org: OrgSettings, rotation: int, begins: datetime | None, ends: datetime | None) -> str:
    """Return the address of the form that overrides a span of a rotation."""
    query = {"rotation": str(rotation)}
    if begins is not None and ends is not None:
        query |= {"begins": written(begins), "ends": written(ends)}
    return f"{org.url('override_add')}?{urlencode(query)}"


def written(at: datetime) -> str:
    """Return an instant as it stands in an address, to the second: `2026-11-23T09:00:00Z`."""
    return f"{at.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
