"""Calendars of the outside world, by the libraries of the extra `calendars`: written for others, and read from them."""

from __future__ import annotations

from importlib.util import find_spec

EXTRA = "django-org-members[calendars]"
"""What to install."""
_LIBRARIES = ("icalendar", "recurring_ical_events", "urllib3")


def is_installed() -> bool:
    """Whether the libraries of the extra are there."""
    return all(find_spec(name) is not None for name in _LIBRARIES)
