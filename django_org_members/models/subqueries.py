"""Queries inside queries."""

from __future__ import annotations

from django.db.models import F, Subquery
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce


class PageIds(Subquery):
    """The pks that a query finds. Wrapped once more, because MySQL takes no LIMIT directly in `IN (SELECT …)`."""

    template = "(SELECT page.id FROM (%(subquery)s) page)"


def hidden_order(key: str) -> OrderBy:
    """Return the order by a key (`name` or `-name`) as no index offers it: the database then looks for matches first."""
    field = F(key.lstrip("-"))
    return OrderBy(Coalesce(field, field), descending=key.startswith("-"))
