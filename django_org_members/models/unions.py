"""Queries that read rows of several kinds at once."""

from __future__ import annotations

from typing import Any

from django.db.models import Func


class Null(Func):
    """NULL, of the column's type where the database wants all parts of a union to have the same types."""

    template, arity = "NULL", 0

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Cast it."""
        return self.as_sql(compiler, connection, template=f"NULL::{self.output_field.cast_db_type(connection)}")
