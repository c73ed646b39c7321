"""`manage.py flush`, and with it the tests of a project that flush the database between each other."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from ...models import triggers


class Command(flush.Command):
    """Django's own; audit events, which nothing else deletes, go with all the rest."""

    def handle(self, **options: Any) -> None:
        """Empty the database while the trigger that keeps audit events is lifted."""
        connection = connections[options["database"]]
        if not triggers.tables_exist(connection):
            super().handle(**options)
            return
        with triggers.lifted(connection):
            super().handle(**options)
