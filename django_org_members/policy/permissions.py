"""The permissions that a person can hold on one organization, and what the built-in roles hold of them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from django.db.models import Q

from ..conf import settings
from ..models import Role

PREFIX = "org_members"


class Permission(str, Enum):
    """The package's own permissions by name, as `user.has_perm(permission, organization)` takes them."""

    VIEW_MEMBERS = f"{PREFIX}.view_members"
    INVITE_MEMBER = f"{PREFIX}.invite_member"
    CREATE_MEMBER = f"{PREFIX}.create_member"
    EDIT_MEMBER_PROFILE = f"{PREFIX}.edit_member_profile"
    SET_MEMBER_ROLE = f"{PREFIX}.set_member_role"
    DISABLE_MEMBER = f"{PREFIX}.disable_member"
    REMOVE_MEMBER = f"{PREFIX}.remove_member"
    RESET_MEMBER_MFA = f"{PREFIX}.reset_member_mfa"
    RESET_MEMBER_PASSWORD = f"{PREFIX}.reset_member_password"
    SIGN_OUT_MEMBER = f"{PREFIX}.sign_out_member"
    VIEW_MEMBER_ACTIVITY = f"{PREFIX}.view_member_activity"
    VIEW_ROLES = f"{PREFIX}.view_roles"
    MANAGE_ROLES = f"{PREFIX}.manage_roles"
    VIEW_AUDIT_LOG = f"{PREFIX}.view_audit_log"
    MANAGE_SECURITY = f"{PREFIX}.manage_security"
    MANAGE_AVAILABILITY = f"{PREFIX}.manage_availability"
    MANAGE_BILLING = f"{PREFIX}.manage_billing"
    TRANSFER_OWNERSHIP = f"{PREFIX}.transfer_ownership"

    def __str__(self) -> str:
        """Return the name, in an f-string too, on every Python."""
        return str(self.value)


MANAGEMENT: frozenset[str] = frozenset(permission.value for permission in Permission)
"""The package's own. Whoever holds one of them manages the organization, and sees Org Settings."""
OWNER_ONLY: frozenset[str] = frozenset({Permission.TRANSFER_OWNERSHIP.value})
"""Held by the Owner and by superusers; no custom role and no grant gives it, whatever the database holds."""


def everything() -> frozenset[str]:
    """Return every permission there is: the package's own and those of the setting PERMISSIONS."""
    return MANAGEMENT.union(name for _group, permissions in settings.PERMISSIONS for name, _words in permissions)


def grantable() -> frozenset[str]:
    """Return every permission that a custom role or a grant can give."""
    return everything() - OWNER_ONLY


def of_builtin_role(key: str) -> frozenset[str]:
    """Return what a built-in role holds: Owner all, Admin all but ownership, Member none."""
    if key == Role.Key.OWNER:
        return everything()
    return grantable() if key == Role.Key.ADMIN else frozenset()


def rows_of(names: Iterable[str], prefix: str = "") -> Q:
    """Return the condition that finds Django's rows of these permissions; `prefix` leads to them, as in `permission__`."""
    by_app: dict[str, list[str]] = {}
    for name in names:
        app, _, codename = name.partition(".")
        by_app.setdefault(app, []).append(codename)
    condition = Q(pk__in=())
    for app, codenames in sorted(by_app.items()):
        condition |= Q(**{f"{prefix}content_type__app_label": app, f"{prefix}codename__in": sorted(codenames)})
    return condition
