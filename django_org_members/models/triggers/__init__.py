"""Database triggers: three promises that no constraint of Django can make, on all three kinds of database.

- **Counters.** `Organization.member_count` and `active_member_count` equal the rows, also after raw SQL, bulk
  operations, cascades, and fixtures loaded into an empty database. (Reloading one over rows that exist writes the
  fixture's counters: `repair_members` mends them.)
- **Roles.** A membership's role, and an invitation's, is built in or of the same organization; the role Owner belongs
  to the organization's owner and to nobody else.
- **Audit events** are neither updated nor deleted, except while `lifted` lasts: by the retention command and `flush`.

They are plain SQL, one module for each database vendor. Each stored trigger carries a fingerprint of that SQL, so that
only those of another version are made anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from ...exceptions import TriggersUnavailable
from . import mysql, postgresql, sqlite
from .rows import RECOUNT

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_BY_VENDOR: dict[str, ModuleType] = {"postgresql": postgresql, "mysql": mysql, "sqlite": sqlite}
_TABLES = frozenset(
    {
        "org_members_organization",
        "org_members_role",
        "org_members_membership",
        "org_members_invitation",
        "org_members_auditevent",
    }
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers anew, and count anew, unless all are there in this version.

    On PostgreSQL and SQLite nobody sees a moment without them. Raises `TriggersUnavailable` on a database vendor that
    has no module here, or where the account may not make them (MySQL with binary logging wants
    `log_bin_trust_function_creators=1`).
    """
    if are_current(connection):
        return
    sql = _sql_of(connection)
    try:
        with transaction.atomic(using=connection.alias):
            _run(connection, (*sql.DROP, *sql.INSTALL, RECOUNT))
    except DatabaseError as error:
        raise TriggersUnavailable(
            f"The database refused the triggers of django-org-members: {error}. See the installation guide."
        ) from error


def are_current(connection: BaseDatabaseWrapper) -> bool:
    """Whether every trigger is there as this version of the package writes it."""
    sql = _sql_of(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql.STORED, [f"%{sql.FINGERPRINT}%"])
        stored: set[tuple[str, str]] = {tuple(row) for row in cursor.fetchall()}
    wanted: set[tuple[str, str]] = sql.TRIGGERS
    return wanted <= stored


def drop(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers, if they are there."""
    with transaction.atomic(using=connection.alias):
        _run(connection, _sql_of(connection).DROP)


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let this transaction, which is opened here, delete audit events. Updates stay refused."""
    sql = _sql_of(connection)
    try:
        with transaction.atomic(using=connection.alias):
            _run(connection, sql.LIFT)
            yield
            _run(connection, sql.RESTORE)
    except BaseException:
        if connection.vendor == "mysql" and connection.connection is not None:
            # Its variable outlives the transaction, in which Django runs nothing more; not the connection, if that is lost.
            with suppress(Exception), connection.connection.cursor() as cursor:
                cursor.execute(*sql.RESTORE)
        raise


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
