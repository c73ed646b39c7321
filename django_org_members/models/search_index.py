"""The index behind the search of the members list: PostgreSQL's trigrams.

Without it the search is right as well, and slower: it then reads the organization's members until it has found enough.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "org_members_search"

logger = logging.getLogger("django_org_members")

_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
_CREATE = f"CREATE INDEX IF NOT EXISTS {NAME} ON org_members_membership USING gin (search_text gin_trgm_ops)"
_DROP = f"DROP INDEX IF EXISTS {NAME}"


def create(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the extension, where the account may and it is not there yet, and the index; go on without if refused."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    for statement in (_EXTENSION, _CREATE):
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError as error:
            logger.warning("The members' search stays without its index: %s", error)
            return


def drop(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the index. The extension stays: something else may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(_DROP)
