"""The pages of one member, of joining and of pending invitations, for `shell.route`."""

from __future__ import annotations

from ..shell import Page

routes: list[tuple[str, Page, str]] = []
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
