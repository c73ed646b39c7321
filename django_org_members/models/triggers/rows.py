"""What the triggers of the vendors share: names, the counter statements, the conditions of the role checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

ORGANIZATION = "org_members_organization"
MEMBERSHIP, INVITATION = "org_members_membership", "org_members_invitation"
AUDIT = "org_members_auditevent"
APPEND_ONLY = "org_members: audit events are append-only"


def fingerprint(*statements: str) -> str:
    """Return what tells one version of these statements from another: a label, which MySQL wants no longer than this."""
    return f"om_{hashlib.sha256(' '.join(statements).encode()).hexdigest()[:13]}"


def count(row: str, sign: str) -> str:
    """Return the UPDATE that counts one membership (`NEW` or `OLD`) in or out."""
    return (  # names of our own, no value from outside
        f"UPDATE {ORGANIZATION} "
        f"SET member_count = member_count {sign} 1, active_member_count = active_member_count {sign} {row}.is_active "
        f"WHERE id = {row}.organization_id;"
    )


def counted(organization_id: str, *, active: bool) -> str:
    """Return the expression that counts the rows of one organization."""
    condition = " AND is_active" if active else ""
    return f"(SELECT COUNT(*) FROM {MEMBERSHIP} WHERE organization_id = {organization_id}{condition})"


RECOUNT = (
    f"UPDATE {ORGANIZATION} SET member_count = {counted(f'{ORGANIZATION}.id', active=False)}, "
    f"active_member_count = {counted(f'{ORGANIZATION}.id', active=True)}"
)
"""Every organization, from the rows."""

FOREIGN_ROLE = (
    "(SELECT organization_id FROM org_members_role WHERE id = NEW.role_id) <> NEW.organization_id",
    "org_members: the role belongs to another organization",
)
INVITED_OWNER = (
    "(SELECT `key` FROM org_members_role WHERE id = NEW.role_id) = 'owner'",
    "org_members: nobody is invited as Owner",
)
SECOND_OWNER = (
    "(SELECT COALESCE(`key`, '') FROM org_members_role WHERE id = NEW.role_id) = 'owner' "
    "AND (SELECT owner_id FROM org_members_organization WHERE id = NEW.organization_id) <> NEW.user_id "
    "OR (SELECT COALESCE(`key`, '') FROM org_members_role WHERE id = NEW.role_id) <> 'owner' "
    "AND (SELECT owner_id FROM org_members_organization WHERE id = NEW.organization_id) = NEW.user_id",
    "org_members: the role Owner belongs to the owner of the organization, and to nobody else",
)
CHECKS = {MEMBERSHIP: (FOREIGN_ROLE, SECOND_OWNER), INVITATION: (FOREIGN_ROLE, INVITED_OWNER)}

TRIGGERS = {
    *((f"org_members_count_{event}", MEMBERSHIP) for event in ("insert", "delete", "update")),
    ("org_members_count_new", ORGANIZATION),
    *((f"{table}_role_{event}", table) for table in (MEMBERSHIP, INVITATION) for event in ("insert", "update")),
    *((f"org_members_audit_{event}", AUDIT) for event in ("update", "delete")),
}
"""Name and table of each trigger of the vendors that have row triggers only."""


def dropped(triggers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the statements that drop them, as far as they are there."""
    return tuple(f"DROP TRIGGER IF EXISTS {name}" for name, _table in sorted(triggers))
