"""Searches of columns that nobody folded: small tables, or pages that few people open."""

from __future__ import annotations

from django.db.models import Q

from .text import first_words


def containing(search: str, *fields: str) -> Q:
    """Return the condition that every word of the search stands in one of the fields, whatever the case."""
    condition = Q()
    for word in first_words(search):
        condition &= Q(*((f"{field}__icontains", word) for field in fields), _connector=Q.OR)
    return condition
