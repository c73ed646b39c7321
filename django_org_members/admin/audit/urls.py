"""The pages of the log, for `shell.route`."""

from __future__ import annotations

from ..shell import Page
from . import page

routes: list[tuple[str, Page, str]] = [
    ("audit/", page.audit_page, "organization_audit"),
    ("audit/export/<slug:kind>/", page.export_page, "audit_export"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
