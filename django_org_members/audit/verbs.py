"""What the actions in the trail are called: the package's own, and those that a project brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from ..models import AuditEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Described:
    """A verb in words, and the fields of its details."""

    words: StrOrPromise
    fields: Mapping[str, StrOrPromise] = field(default_factory=dict)


_described: dict[str, Described] = {verb.value: Described(verb.label) for verb in AuditEvent.Verb}


def describe(verb: str, words: StrOrPromise, fields: Mapping[str, StrOrPromise] | None = None) -> None:
    """Say what a verb of a project's own is called, and what the fields of its details are; once, in `AppConfig.ready`.

    Without it the log shows the verb itself, with spaces for underscores. A registered action describes its own.
    """
    _described[verb] = Described(words, fields or {})


def is_described(verb: str) -> bool:
    """Whether the verb has words."""
    return verb in _described


def in_words(verb: str) -> str:
    """Return what people read."""
    known = _described.get(verb)
    return str(known.words) if known else prettified(verb)


def field_of(verb: str, name: str) -> str | None:
    """Return what a field of the verb's details is called, where that was described."""
    known = _described.get(verb)
    label = known.fields.get(name) if known else None
    return None if label is None else str(label)


def prettified(name: str) -> str:
    """Return a name from code as people may read it."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:] or name


_PRESENT = """
WITH RECURSIVE present (verb) AS (
    SELECT MIN(verb) FROM {table} WHERE organization_id = %s
    UNION ALL
    SELECT (SELECT MIN(e.verb) FROM {table} AS e WHERE e.organization_id = %s AND e.verb > present.verb)
    FROM present WHERE present.verb IS NOT NULL
)
SELECT verb FROM present WHERE verb IS NOT NULL
"""
"""From each verb to the next one in the index: as many steps as there are verbs. DISTINCT would read every event."""


def present(organization_id: int) -> list[str]:
    """Return the verbs that occur in an organization's trail: one query, which touches no row."""
    statement = _PRESENT.format(table=connection.ops.quote_name(AuditEvent._meta.db_table))
    with connection.cursor() as cursor:
        cursor.execute(statement, [organization_id, organization_id])
        return [verb for (verb,) in cursor.fetchall()]
