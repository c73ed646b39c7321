"""Orders that queries are given."""

from __future__ import annotations

from django.db.models import F
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce


def hidden(key: str) -> OrderBy:
    """Return the order by a key (`name` or `-name`) as no index offers it: the database then looks for matches first."""
    field = F(key.lstrip("-"))
    return OrderBy(Coalesce(field, field), descending=key.startswith("-"))
