"""SQLite: row triggers."""

from .rows import CHECKS, DROP, MEMBERSHIP, count

__all__ = ["DROP", "INSTALL"]


def _check(table: str, event: str) -> str:
    raises = " ".join(f"SELECT RAISE(ABORT, '{message}') WHERE {condition};" for condition, message in CHECKS[table])
    name = f"{table}_role_{event.split(maxsplit=1)[0].lower()}"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW BEGIN {raises} END"


INSTALL = (
    f"CREATE TRIGGER org_members_count_insert AFTER INSERT ON {MEMBERSHIP} BEGIN {count('NEW', '+')} END",
    f"CREATE TRIGGER org_members_count_delete AFTER DELETE ON {MEMBERSHIP} BEGIN {count('OLD', '-')} END",
    f"CREATE TRIGGER org_members_count_update AFTER UPDATE OF organization_id, is_active ON {MEMBERSHIP} "
    f"BEGIN {count('OLD', '-')} {count('NEW', '+')} END",
    *(
        _check(table, event)
        for table in CHECKS
        for event in (
            "INSERT",
            "UPDATE OF organization_id, role_id" + (", user_id" if table == MEMBERSHIP else ""),
        )
    ),
)
