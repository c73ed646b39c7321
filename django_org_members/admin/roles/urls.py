"""The pages of Roles & Permissions, for `shell.route`."""

from __future__ import annotations

from ...policy import Permission
from ..asking import EDIT_ROLES, asks
from ..shell import Page
from . import delete, edit, page

_asks = asks(EDIT_ROLES, page.TITLE, tab="roles", permission=Permission.MANAGE_ROLES)

routes: list[tuple[str, Page, str]] = [
    ("roles/", _asks(page.roles_page), "organization_roles"),
    ("roles/create/", _asks(edit.create_page), "role_create"),
    ("roles/starters/", _asks(page.starters_page), "roles_starters"),
    ("roles/<int:role_id>/", _asks(edit.edit_page), "role_edit"),
    ("roles/<int:role_id>/duplicate/", _asks(edit.duplicate_page), "role_duplicate"),
    ("roles/<int:role_id>/delete/", _asks(delete.delete_page), "role_delete"),
]
"""(pattern below the organization, page, URL name without the prefix `org_members_`)."""
