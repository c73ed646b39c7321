"""Where a request came from: the address and the client, fit to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from ..conf import settings
from ..models import LoginEvent

if TYPE_CHECKING:
    from django.http import HttpRequest

UNIX_SOCKET = "unix"
"""In TRUSTED_PROXIES: a proxy that speaks over a Unix socket, and so has no address."""
_AGENT_LENGTH = LoginEvent._meta.get_field("user_agent").max_length or 255


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
        return cls(_address(request), printable(request.META.get("HTTP_USER_AGENT", ""))[:_AGENT_LENGTH])


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


def printable(text: str) -> str:
    """Return the text on one line, without control characters: NUL would not even fit into PostgreSQL."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _address(request: HttpRequest) -> str | None:
    """Walk from the peer towards the client, as long as the hop is a trusted proxy.

    A header that an untrusted peer sends is not even read.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    peer = request.META.get("REMOTE_ADDR", "")
    address = _valid(peer)
    if not peer and hops and UNIX_SOCKET in settings.TRUSTED_PROXIES:
        address = _valid(hops.pop())
    while address and hops and _is_trusted(address):
        forwarded = _valid(hops.pop())
        if forwarded is None:
            break
        address = forwarded
    return address


def _valid(text: str) -> str | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)  # a dual-stack listener writes ::ffff:10.0.0.5


def _is_trusted(address: str) -> bool:
    peer = ip_address(address)
    proxies = [proxy for proxy in settings.TRUSTED_PROXIES if proxy != UNIX_SOCKET]
    return any(peer in ip_network(proxy, strict=False) for proxy in proxies)
