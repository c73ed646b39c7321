"""Where a request came from: the address and the client, fit to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..models import LoginEvent
from .addresses import address_of

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

_AGENT_LENGTH = LoginEvent._meta.get_field("user_agent").max_length or 255
_AGENT_READ = 1000
"""So much of a name of any length is gone through."""


@dataclass(frozen=True)
class Client:
    """The peer of a request."""

    ip_address: str | None = None
    user_agent: str = ""

    @classmethod
    def of(cls, request: HttpRequest | None) -> Client:
        """Return what the request tells; nothing where there is none."""
        if request is None:
            return cls()
        agent = request.META.get("HTTP_USER_AGENT", "")[:_AGENT_READ]
        return cls(address_of(request), printable(agent)[:_AGENT_LENGTH])


_NOBODY = Client()
_serving: ContextVar[HttpRequest | Client | None] = ContextVar("org_members_client", default=None)


@contextmanager
def serving(whom: HttpRequest | Client) -> Iterator[None]:
    """While this lasts, `current()` is the client of the request, or the client that is given.

    A management command of a project's own gives `Client(user_agent="manage.py its_name")`.
    """
    token = _serving.set(whom)
    try:
        yield
    finally:
        _serving.reset(token)


def current() -> Client:
    """Return the client that is being served in this thread or task: what the audit trail writes down."""
    whom = _serving.get()
    if whom is None or isinstance(whom, Client):
        return whom or _NOBODY
    kept: dict[str, Client] = whom.__dict__
    if "_org_members_client" not in kept:
        kept["_org_members_client"] = Client.of(whom)
    return kept["_org_members_client"]


def current_user() -> Any | None:
    """Return who is signed in to the request that is being served; None where nobody is, or no request."""
    user = getattr(_serving.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


def current_session() -> SessionBase | None:
    """Return the session of the request that is being served; None where there is none."""
    return getattr(_serving.get(), "session", None)


def printable(text: str) -> str:
    """Return the text on one line, without control characters: NUL would not even fit into PostgreSQL."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
