"""Who is meant by a name or an address that somebody typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..models import AuditEvent, Membership
from ..models.text import folded, normalized_email, search_words
from .reading import Filter, newest

LOOKED_AT = 200
"""So many of the newest events that the words match are looked at for people."""


@dataclass(frozen=True)
class Person:
    """Somebody as the trail knows them, who may have left long ago."""

    pk: Any
    name: str
    email: str

    def __str__(self) -> str:
        return self.name or self.email or str(self.pk)


def find(organization_id: int, text: str, *, among_members: bool, limit: int) -> list[Person]:
    """Return up to `limit` people whose name or address contains every word; just the one who has exactly this address.

    Looks at those in the trail and, if `among_members`, at the members: at most four queries.
    """
    people: dict[Any, Person] = {}
    if among_members:
        members = Membership.objects.filter(organization=organization_id).matching(text)
        people = _by_pk(Person(row.user_id, row.display_name, row.email) for row in members[:limit])
    if not _exactly(people.values(), text):
        people = _by_pk(_in_trail(organization_id, text)) | people
    return _exactly(people.values(), text) or list(people.values())[:limit]


def of(events: Iterable[AuditEvent], pk: Any) -> Person | None:
    """Return the user with this pk, as the first of these events that knows the name tells."""
    return next((person for event in events for person in _in(event) if person.pk == pk), None)


def _by_pk(people: Iterable[Person]) -> dict[Any, Person]:
    found: dict[Any, Person] = {}
    for person in people:
        found.setdefault(person.pk, person)
    return found


def _exactly(people: Iterable[Person], text: str) -> list[Person]:
    address = normalized_email(text)
    return [person for person in people if "@" in address and normalized_email(person.email) == address][:1]


def _in_trail(organization_id: int, text: str) -> Iterator[Person]:
    words = search_words(text)
    for event in newest(organization_id, Filter(words=text), LOOKED_AT).events:
        for person in _in(event):
            known = folded(f"{person.name} {person.email}")
            if all(word in known for word in words):
                yield person


def _in(event: AuditEvent) -> Iterator[Person]:
    if event.user_id is not None:
        yield Person(event.user_id, event.name, event.email)
    if event.actor_id is not None:
        yield Person(event.actor_id, event.actor_name, event.actor_email)
