"""SQLite: row triggers."""

from .rows import APPEND_ONLY, AUDIT, CHECKS, MEMBERSHIP, ORGANIZATION, count, counted, dropped, fingerprint
from .rows import TRIGGERS as _COMMON

__all__ = ["DROP", "FINGERPRINT", "INSTALL", "LIFT", "RESTORE", "STORED", "TRIGGERS"]


def _check(table: str, event: str) -> str:
    raises = " ".join(f"SELECT RAISE(ABORT, '{message}') WHERE {condition};" for condition, message in CHECKS[table])
    name = f"{table}_role_{event.split(maxsplit=1)[0].lower()}"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW BEGIN {raises} END"


_COUNT_NEW = (
    f"UPDATE {ORGANIZATION} SET member_count = {counted('NEW.id', active=False)}, "
    f"active_member_count = {counted('NEW.id', active=True)} WHERE id = NEW.id;"
)
_STATEMENTS = (
    f"CREATE TRIGGER org_members_count_insert AFTER INSERT ON {MEMBERSHIP} BEGIN {count('NEW', '+')} END",
    f"CREATE TRIGGER org_members_count_delete AFTER DELETE ON {MEMBERSHIP} BEGIN {count('OLD', '-')} END",
    f"CREATE TRIGGER org_members_count_update AFTER UPDATE OF organization_id, is_active ON {MEMBERSHIP} "
    f"BEGIN {count('OLD', '-')} {count('NEW', '+')} END",
    f"CREATE TRIGGER org_members_count_new AFTER INSERT ON {ORGANIZATION} BEGIN {_COUNT_NEW} END",
    *(
        _check(table, event)
        for table in CHECKS
        for event in (
            "INSERT",
            "UPDATE OF organization_id, role_id" + (", user_id" if table == MEMBERSHIP else ""),
        )
    ),
    # REPLACE deletes without firing a trigger of deletions: an event is not written in the place of another one.
    f"CREATE TRIGGER org_members_audit_insert BEFORE INSERT ON {AUDIT} "
    f"WHEN EXISTS (SELECT 1 FROM {AUDIT} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END",
    *(
        f"CREATE TRIGGER org_members_audit_{event.lower()} BEFORE {event} ON {AUDIT} "
        f"BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"
        for event in ("UPDATE", "DELETE")
    ),
)
TRIGGERS = {*_COMMON, ("org_members_audit_insert", AUDIT)}
DROP = dropped(TRIGGERS)
FINGERPRINT = fingerprint(*_STATEMENTS)
INSTALL = tuple(f"{statement.removesuffix('END')}/* {FINGERPRINT} */ END" for statement in _STATEMENTS)
STORED = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE %s"
# It has no variables of a session that a trigger could ask; that it is gone is seen by this transaction alone.
LIFT = ("DROP TRIGGER IF EXISTS org_members_audit_delete",)
RESTORE = (INSTALL[-1].replace("CREATE TRIGGER", "CREATE TRIGGER IF NOT EXISTS", 1),)
