"""The pages of Roles & Permissions, for `shell.route`."""

from __future__ import annotations

from ..shell import Page
from . import delete, edit, page

routes: list[tuple[str, Page, str]] = [
    ("roles/", page.roles_page, "organization_roles"),
    ("roles/create/", edit.create_page, "role_create"),
    ("roles/starters/", page.starters_page, "roles_starters"),
    ("roles/<int:role_id>/", edit.edit_page, "role_edit"),
    ("roles/<int:role_id>/duplicate/", edit.duplicate_page, "role_duplicate"),
    ("roles/<int:role_id>/delete/", delete.delete_page, "role_delete"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
