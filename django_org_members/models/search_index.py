"""The index behind the searches of the members list and the audit log: PostgreSQL's trigrams.

Without it a search is right as well, and slower: it then reads the organization's rows until it has found enough.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

MEMBERS = ("org_members_search", "org_members_membership")
AUDIT = ("org_members_audit_search", "org_members_auditevent")
"""(name of the index, table)"""

logger = logging.getLogger("django_org_members")

_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
_CREATE = "CREATE INDEX IF NOT EXISTS {} ON {} USING gin (search_text gin_trgm_ops)"


def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor, index: tuple[str, str] = MEMBERS) -> None:
    """Make the extension, where the account may and it is not there yet, and the index; go on without if refused."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    for statement in (_EXTENSION, _CREATE.format(*index)):
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            logger.warning("The search in %s stays without its index: %s", index[1], error)
            return


def drop(apps: Any, schema_editor: BaseDatabaseSchemaEditor, index: tuple[str, str] = MEMBERS) -> None:
    """Drop the index. The extension stays: something else may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {index[0]}")
