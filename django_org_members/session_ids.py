"""Which session a request came in by: known before its user is loaded, so that one query loads all that a sign-in has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

_current: ContextVar[UUID | None] = ContextVar("org_members_session_id", default=None)


@contextmanager
def coming_in_by(session_id: UUID | None) -> Iterator[None]:
    """While this lasts, `current()` is the id, in this thread or task."""
    token = _current.set(session_id)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> UUID | None:
    """Return the pk of the `LiveSession` that the request names; None where it names none."""
    return _current.get()
