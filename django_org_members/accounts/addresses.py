"""The address of a client: the peer's own, or the one that a proxy wrote down which the settings trust.

python-ipware reads what stands in a header (ports, brackets, IPv4 in IPv6, junk) and tells the client from the proxies.
It does not look at who sent the header, so it is given nothing but what was verified here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from python_ipware import IpWare

from ..conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("django_org_members")

UNIX_SOCKET = "unix"
"""In TRUSTED_PROXIES: a proxy that speaks over a Unix socket, and so has no address."""
HOPS = 16
"""How many addresses of a header are read, from its end: a forged one may have 100 kB."""
_LONGEST_HOP = 100
_HEADER, _CHAIN = "HTTP_X_FORWARDED_FOR", "CHAIN"

_Address = IPv4Address | IPv6Address


def address_of(request: HttpRequest) -> str | None:
    """Return the address of the client behind a request; None where nothing tells one.

    From the peer towards the client, each hop is believed as long as the one that wrote it down is a trusted proxy. A
    header that an untrusted peer sends is not even read. Takes what AXES_CLIENT_IP_CALLABLE of django-axes takes.
    """
    chain = _chain(request.META)
    proxies = _proxies(chain)
    found = _client(chain[-len(proxies) - 1 :], proxies) or (proxies[0] if proxies else _plain(request.META))
    return str(found) if found is not None else None


def _chain(meta: Mapping[str, Any]) -> list[str]:
    """Return the hops as they are written, the peer last; nothing where the peer is a socket that is not trusted."""
    peer = meta.get("REMOTE_ADDR") or ""
    if not peer and UNIX_SOCKET not in settings.TRUSTED_PROXIES:
        return []
    hops = meta.get(_HEADER, "").rsplit(",", HOPS)[-HOPS:]
    return [hop.strip()[:_LONGEST_HOP] for hop in (*hops, peer) if hop.strip()]


def _proxies(chain: list[str]) -> list[_Address]:
    """Return the trusted proxies at the end of the chain, in its order."""
    networks, found = _trusted(), list[_Address]()
    for hop in reversed(chain):
        address = _client([hop], [])
        if address is None or not any(address in network for network in networks):
            break
        found.insert(0, address)
    return found


def _client(chain: list[str], proxies: list[_Address]) -> _Address | None:
    """Return who stands before these proxies in a chain of texts; None where that is nobody, or no address."""
    ipware = IpWare(precedence=(_CHAIN,), proxy_list=[str(proxy) for proxy in proxies])
    found, _is_trusted = ipware.get_client_ip({_CHAIN: ",".join(chain)}, strict=True)
    return _without_interface(found)


def _plain(meta: Mapping[str, Any]) -> _Address | None:
    """Return the peer where it has an address of a kind that python-ipware takes for nobody's, such as 240.0.0.1."""
    try:
        return _without_interface(ip_address(meta.get("REMOTE_ADDR") or ""))
    except ValueError:
        return None


def _without_interface(address: _Address | None) -> _Address | None:
    """Return `fe80::1` for `fe80::1%eth0`, which no column for addresses takes."""
    return IPv6Address(int(address)) if isinstance(address, IPv6Address) else address


def _trusted() -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return _networks(tuple(settings.TRUSTED_PROXIES))
    except (ValueError, TypeError):  # the check E009 tells; nobody's request fails for it
        logger.exception("TRUSTED_PROXIES cannot be read: no proxy is trusted.")
        return ()


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(proxy, strict=False) for proxy in proxies if proxy != UNIX_SOCKET)
