"""MariaDB and MySQL: row triggers. They have no `UPDATE OF`, so the bodies ask what changed."""

from .rows import APPEND_ONLY, AUDIT, CHECKS, MEMBERSHIP, ORGANIZATION, TRIGGERS, count, counted, dropped, fingerprint

__all__ = ["DROP", "FINGERPRINT", "INSTALL", "LIFT", "RESTORE", "STORED", "TRIGGERS"]

_MOVED = "IF OLD.organization_id <> NEW.organization_id OR OLD.is_active <> NEW.is_active THEN"


def _refuse(message: str) -> str:
    return f"SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 4025, MESSAGE_TEXT = '{message}';"


def _check(table: str, event: str) -> str:
    raises = " ".join(f"IF {condition} THEN {_refuse(message)} END IF;" for condition, message in CHECKS[table])
    if event == "UPDATE":
        changed = "OLD.organization_id <> NEW.organization_id OR OLD.role_id <> NEW.role_id"
        if table == MEMBERSHIP:
            changed += " OR OLD.user_id <> NEW.user_id"
        raises = f"IF {changed} THEN {raises} END IF;"
    return f"CREATE TRIGGER {table}_role_{event.lower()} BEFORE {event} ON {table} FOR EACH ROW BEGIN {raises} END"


_COUNT_NEW = (
    f"SET NEW.member_count = {counted('NEW.id', active=False)}; "
    f"SET NEW.active_member_count = {counted('NEW.id', active=True)};"
)
_ROW = f"ON {MEMBERSHIP} FOR EACH ROW BEGIN"
_STATEMENTS = (
    f"CREATE TRIGGER org_members_count_insert AFTER INSERT {_ROW} {count('NEW', '+')} END",
    f"CREATE TRIGGER org_members_count_delete AFTER DELETE {_ROW} {count('OLD', '-')} END",
    f"CREATE TRIGGER org_members_count_update AFTER UPDATE {_ROW} "
    f"{_MOVED} {count('OLD', '-')} {count('NEW', '+')} END IF; END",
    f"CREATE TRIGGER org_members_count_new BEFORE INSERT ON {ORGANIZATION} FOR EACH ROW BEGIN {_COUNT_NEW} END",
    *(_check(table, event) for table in CHECKS for event in ("INSERT", "UPDATE")),
    f"CREATE TRIGGER org_members_audit_update BEFORE UPDATE ON {AUDIT} FOR EACH ROW BEGIN {_refuse(APPEND_ONLY)} END",
    f"CREATE TRIGGER org_members_audit_delete BEFORE DELETE ON {AUDIT} FOR EACH ROW BEGIN "
    f"IF @org_members_retention IS NULL THEN {_refuse(APPEND_ONLY)} END IF; END",
)
DROP = dropped(TRIGGERS)
FINGERPRINT = fingerprint(*_STATEMENTS)
# As the label of the body, not in a comment: a comment inside a trigger breaks the restoring of a dump.
INSTALL = tuple(
    statement.replace("FOR EACH ROW BEGIN", f"FOR EACH ROW {FINGERPRINT}: BEGIN", 1) for statement in _STATEMENTS
)
STORED = (
    "SELECT trigger_name, event_object_table FROM information_schema.triggers "
    "WHERE trigger_schema = DATABASE() AND action_statement LIKE %s"
)
LIFT = ("SET @org_members_retention = 1",)
RESTORE = ("SET @org_members_retention = NULL",)
