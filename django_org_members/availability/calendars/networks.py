"""Which addresses a calendar may come from: the public internet, and what the setting CALENDAR_NETWORKS allows."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ...conf import settings
from .problems import CalendarProblem

Address = IPv4Address | IPv6Address

# What `is_global` of some supported Python takes for public, though it leads to networks of one's own or nowhere.
_NEVER: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "100.64.0.0/10",  # carrier-grade NAT, and clouds' own services
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host, from inside a machine
        "::/96",  # IPv4 in IPv6, of old
        "2001::/23",  # Teredo and other protocols
        "2002::/16",  # 6to4
        "3fff::/20",
        "5f00::/16",
        "64:ff9b::/96",  # IPv4 by NAT64
        "64:ff9b:1::/48",
        "fec0::/10",
        "ff00::/8",
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
"""All of IPv6 that anybody has: beyond lie translations of IPv4, and what is no network yet."""
_MOST_ADDRESSES = 4
_PORTS = frozenset({80, 443})


def addresses_of(host: str, port: int) -> list[Address]:
    """Return the addresses of a host that may be connected to: the first four, after all of them were judged.

    Raises `CalendarProblem` if there is none, or if any of them is not allowed: a name that leads both outside and inside
    is nobody's mistake. Other ports than 80 and 443 are for the networks of CALENDAR_NETWORKS only.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise CalendarProblem("unknown_host") from None
    addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
    if not addresses:
        raise CalendarProblem("unknown_host")
    if not all(is_allowed(address) for address in addresses):
        raise CalendarProblem("network")
    if port not in _PORTS and not all(_is_listed(address) for address in addresses):
        raise CalendarProblem("port")
    return addresses[:_MOST_ADDRESSES]


def is_allowed(address: Address) -> bool:
    """Whether a calendar may be read from an address. IPv4 inside IPv6 is judged as what it leads to."""
    plain = _plain(address)
    if _is_listed(plain):
        return True
    if isinstance(plain, IPv6Address) and plain not in _PUBLIC_6:
        return False
    return plain.is_global and not plain.is_multicast and not any(plain in network for network in _NEVER)


def _is_listed(address: Address) -> bool:
    return any(_plain(address) in network for network in _allowed())


def _plain(address: Address) -> Address:
    return address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address


def _allowed() -> Iterator[IPv4Network | IPv6Network]:
    for each in settings.CALENDAR_NETWORKS:
        yield ip_network(each, strict=False)
