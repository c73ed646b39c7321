"""The permissions that a person can hold on one organization, and what the built-in roles hold of them."""

from __future__ import annotations

from enum import Enum

from ..models import Role

PREFIX = "org_members"


class Permission(str, Enum):
    """Permissions by name, as `user.has_perm(permission, organization)` takes them."""

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
    TRANSFER_OWNERSHIP = f"{PREFIX}.transfer_ownership"

    def __str__(self) -> str:
        """Return the name, in an f-string too, on every Python."""
        return str(self.value)


ALL: frozenset[str] = frozenset(permission.value for permission in Permission)
OWNER_ONLY: frozenset[str] = frozenset({Permission.TRANSFER_OWNERSHIP.value})
_BUILT_IN: dict[str, frozenset[str]] = {
    Role.Key.OWNER.value: ALL,
    Role.Key.ADMIN.value: ALL - OWNER_ONLY,
    Role.Key.MEMBER.value: frozenset(),
}


def of_builtin_role(key: str) -> frozenset[str]:
    """Return what a built-in role holds: Owner all, Admin all but ownership, Member none."""
    return _BUILT_IN[key]


def codenames() -> frozenset[str]:
    """Return the permissions without their app label."""
    return frozenset(permission.rpartition(".")[2] for permission in ALL)
