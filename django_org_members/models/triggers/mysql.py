"""MariaDB and MySQL: row triggers. They have no `UPDATE OF`, so the bodies ask what changed."""

from .rows import CHECKS, DROP, MEMBERSHIP, count

__all__ = ["DROP", "INSTALL"]

_MOVED = "IF OLD.organization_id <> NEW.organization_id OR OLD.is_active <> NEW.is_active THEN"


def _check(table: str, event: str) -> str:
    raises = " ".join(
        f"IF {condition} THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 4025, MESSAGE_TEXT = '{message}'; END IF;"
        for condition, message in CHECKS[table]
    )
    if event == "UPDATE":
        changed = "OLD.organization_id <> NEW.organization_id OR OLD.role_id <> NEW.role_id"
        if table == MEMBERSHIP:
            changed += " OR OLD.user_id <> NEW.user_id"
        raises = f"IF {changed} THEN {raises} END IF;"
    return f"CREATE TRIGGER {table}_role_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW BEGIN {raises} END"


INSTALL = (
    f"CREATE TRIGGER org_members_count_insert AFTER INSERT ON {MEMBERSHIP} FOR EACH ROW {count('NEW', '+').rstrip(';')}",
    f"CREATE TRIGGER org_members_count_delete AFTER DELETE ON {MEMBERSHIP} FOR EACH ROW {count('OLD', '-').rstrip(';')}",
    f"CREATE TRIGGER org_members_count_update AFTER UPDATE ON {MEMBERSHIP} FOR EACH ROW "
    f"BEGIN {_MOVED} {count('OLD', '-')} {count('NEW', '+')} END IF; END",
    *(_check(table, event) for table in CHECKS for event in ("INSERT", "UPDATE")),
)
