"""Database triggers: two promises that no constraint of Django can make, on all three kinds of database.

- **Counters.** `Organization.member_count` and `active_member_count` equal the rows, also after raw SQL, bulk
  operations and cascades.
- **Roles.** A membership's role, and an invitation's, is built in or of the same organization; the role Owner belongs
  to the organization's owner and to nobody else.

They are plain SQL, one module for each database vendor.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from django.db import DatabaseError

from ...exceptions import TriggersUnavailable
from . import mysql, postgresql, sqlite

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_BY_VENDOR: dict[str, ModuleType] = {"postgresql": postgresql, "mysql": mysql, "sqlite": sqlite}
_TABLES = frozenset(
    {"org_members_organization", "org_members_role", "org_members_membership", "org_members_invitation"}
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew.

    Raises `TriggersUnavailable` on a database vendor that has no module here, or where the account may not make them
    (MySQL with binary logging wants `log_bin_trust_function_creators=1`).
    """
    drop(connection)
    try:
        _run(connection, _sql_of(connection).INSTALL)
    except DatabaseError as error:
        raise TriggersUnavailable(
            f"The database refused the triggers of django-org-members: {error}. See the installation guide."
        ) from error


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers, if they are there."""
    _run(connection, _sql_of(connection).DROP)


def _sql_of(connection: BaseDatabaseWrapper) -> ModuleType:
    try:
        return _BY_VENDOR[connection.vendor]
    except KeyError:
        raise TriggersUnavailable(
            f"django-org-members has no triggers for {connection.vendor}: use PostgreSQL, MariaDB, MySQL or SQLite."
        ) from None


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    """Whether the tables that the triggers name have been migrated."""
    return _TABLES.issubset(connection.introspection.table_names())


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
