"""What the row triggers of SQLite and MariaDB share: their names and the counter statements."""

MEMBERSHIP, INVITATION = "org_members_membership", "org_members_invitation"


def count(row: str, sign: str) -> str:
    """Return the UPDATE that counts one membership (`NEW` or `OLD`) in or out."""
    return (  # names of our own, no value from outside
        "UPDATE org_members_organization "
        f"SET member_count = member_count {sign} 1, active_member_count = active_member_count {sign} {row}.is_active "
        f"WHERE id = {row}.organization_id;"
    )


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

NAMES = (
    "org_members_count_insert",
    "org_members_count_delete",
    "org_members_count_update",
    *(f"{table}_role_{event}" for table in (MEMBERSHIP, INVITATION) for event in ("insert", "update")),
)
DROP = tuple(f"DROP TRIGGER IF EXISTS {name}" for name in NAMES)
