"""The page of Security, for `shell.route`."""

from __future__ import annotations

from ...policy import Permission
from ..asking import SECURITY, asks
from ..shell import Page
from . import page

_asks = asks(SECURITY, page.TITLE, tab="security", permission=Permission.MANAGE_SECURITY)

routes: list[tuple[str, Page, str]] = [
    ("security/", _asks(page.security_page), "organization_security"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
