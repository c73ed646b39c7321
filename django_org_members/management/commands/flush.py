"""`manage.py flush`, and with it the tests of a project that flush the database between each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.commands import flush
from django.db import connections

from ...models import AuditEvent, triggers


class Command(flush.Command):
    """Django's own; audit events, which nothing else deletes, go with all the rest."""

    def handle(self, **options: Any) -> None:
        """Empty the database, and lift the trigger that keeps audit events while they are deleted.

        Not while the whole runs: the question whether to go on, and what other apps do after a flush, are no part of a
        transaction of ours, and MariaDB and MySQL make no trigger or view inside one.
        """
        with connections[options["database"]].execute_wrapper(_lifting):
            super().handle(**options)


def _lifting(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement of the flush; MariaDB and MySQL have no trigger for TRUNCATE, which ends a transaction there."""
    connection = context["connection"]
    emptying = ("DELETE FROM", "TRUNCATE") if connection.vendor == "postgresql" else ("DELETE FROM",)
    if not (sql.startswith(emptying) and AuditEvent._meta.db_table in sql):
        return execute(sql, params, many, context)
    with triggers.lifted(connection):
        return execute(sql, params, many, context)
