"""The pages of Billing, for `shell.route`."""

from __future__ import annotations

from ...policy import Permission
from ..asking import BILLING, asks
from ..shell import Page
from . import linking, page

_asks = asks(BILLING, page.TITLE, tab="billing", permission=Permission.MANAGE_BILLING)

routes: list[tuple[str, Page, str]] = [
    ("billing/", page.billing_page, "organization_billing"),
    ("billing/sync/", page.sync_page, "billing_sync"),
    ("billing/link/", _asks(linking.link_page), "billing_link"),
    ("billing/unlink/", _asks(linking.unlink_page), "billing_unlink"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
