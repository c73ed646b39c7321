"""Whose address is stored: a truth table of peers and headers. What nobody trusted wrote down changes nothing."""

from __future__ import annotations

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from django_org_members.accounts.addresses import HOPS, address_of

PROXIES = ["10.0.0.0/24", "172.16.5.5", "2001:db8:aaaa::/48"]
CLIENT, PEER = "198.51.100.1", "203.0.113.9"


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": PROXIES}


def address(peer, forwarded=None, **more):
    meta = {"REMOTE_ADDR": peer, **more}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return address_of(RequestFactory().get("/", **meta))


TABLE = [
    # An untrusted peer: what it sends is not read.
    (PEER, None, PEER),
    (PEER, CLIENT, PEER),
    (PEER, f"{CLIENT}, 10.0.0.1", PEER),
    (PEER, "10.0.0.1", PEER),
    # One proxy.
    ("10.0.0.1", CLIENT, CLIENT),
    ("172.16.5.5", CLIENT, CLIENT),
    ("172.16.5.6", CLIENT, "172.16.5.6"),
    ("10.0.0.1", None, "10.0.0.1"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", " , ,", "10.0.0.1"),
    # Two, and what the client made up before them.
    ("10.0.0.1", f"{CLIENT}, 10.0.0.2", CLIENT),
    ("10.0.0.1", f"1.1.1.1, {CLIENT}, 10.0.0.2", CLIENT),
    ("10.0.0.1", f"10.0.0.9, {CLIENT}", CLIENT),
    ("10.0.0.1", f"10.0.0.9, {CLIENT}, 10.0.0.2", CLIENT),
    ("10.0.0.1", f"{CLIENT}, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
    # A proxy only by its looks.
    ("10.0.0.1", f"{CLIENT}, 10.0.1.2", "10.0.1.2"),
    ("10.0.0.11", CLIENT, CLIENT),
    ("172.16.5.55", CLIENT, "172.16.5.55"),
    # Everybody is one of ours.
    ("10.0.0.1", "10.0.0.7", "10.0.0.7"),
    ("10.0.0.1", "10.0.0.7, 10.0.0.2", "10.0.0.7"),
    # Clients with private addresses.
    ("10.0.0.1", "192.168.1.20", "192.168.1.20"),
    ("10.0.0.1", "192.168.1.20, 10.0.0.2", "192.168.1.20"),
    ("10.0.0.1", "8.8.8.8, 192.168.1.20", "192.168.1.20"),
    ("10.0.0.1", "127.0.0.1", "127.0.0.1"),
    # Junk where the client should be: the last hop that is one.
    ("10.0.0.1", "garbage", "10.0.0.1"),
    ("10.0.0.1", "garbage, 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1", "1.1.1.1, garbage, 10.0.0.2", "10.0.0.2"),
    ("10.0.0.1", "<script>", "10.0.0.1"),
    ("10.0.0.1", "unknown", "10.0.0.1"),
    ("10.0.0.1", '"', "10.0.0.1"),
    ("10.0.0.1", f'"{CLIENT}, 10.0.0.2', "10.0.0.2"),
    ("10.0.0.1", f"{CLIENT}:99999", "10.0.0.1"),
    ("10.0.0.1", "[2001:db8::1", "10.0.0.1"),
    ("10.0.0.1", "256.1.1.1", "10.0.0.1"),
    ("10.0.0.1", "0.0.0.0", "10.0.0.1"),
    ("10.0.0.1", "255.255.255.255", "10.0.0.1"),
    ("10.0.0.1", f"{CLIENT}\x00", "10.0.0.1"),
    ("10.0.0.1", "\udcff", "10.0.0.1"),
    ("10.0.0.1", "１.1.1.1", "10.0.0.1"),
    # Ports, brackets, spaces.
    ("10.0.0.1", f"{CLIENT}:4711", CLIENT),
    ("10.0.0.1", f"{CLIENT}:4711, 10.0.0.2:80", CLIENT),
    ("10.0.0.1", f"  {CLIENT}\t", CLIENT),
    ("10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
    ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
    ("10.0.0.1:5000", CLIENT, CLIENT),
    # IPv6, and IPv4 in it.
    ("10.0.0.1", "2001:DB8:0::0001", "2001:db8::1"),
    ("2001:db8:aaaa::1", CLIENT, CLIENT),
    ("2001:db8:bbbb::1", CLIENT, "2001:db8:bbbb::1"),
    ("2001:db8:aaaa::1", "2001:db8:cccc::9, 2001:db8:aaaa::2", "2001:db8:cccc::9"),
    ("::ffff:10.0.0.1", CLIENT, CLIENT),
    (f"::ffff:{PEER}", CLIENT, PEER),
    ("10.0.0.1", f"::ffff:{CLIENT}, ::ffff:10.0.0.2", CLIENT),
    ("fe80::1%eth0", CLIENT, "fe80::1"),
    # Peers that are none.
    ("not an address", CLIENT, None),
    ("", CLIENT, None),
    ("240.0.0.1", CLIENT, "240.0.0.1"),
]


@pytest.mark.parametrize(("peer", "forwarded", "stored"), TABLE)
def test_the_address(peer, forwarded, stored):
    assert address(peer, forwarded) == stored


@pytest.mark.parametrize(
    ("peer", "forwarded", "stored"),
    [
        ("", CLIENT, CLIENT),
        ("", f"1.1.1.1, {CLIENT}, 10.0.0.2", CLIENT),
        ("", f"1.1.1.1, {CLIENT}", CLIENT),
        ("", "10.0.0.2", "10.0.0.2"),
        ("", "garbage", None),
        ("", None, None),
        (PEER, CLIENT, PEER),
    ],
)
def test_behind_a_socket(settings, peer, forwarded, stored):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TRUSTED_PROXIES": ["unix", "10.0.0.0/24"]}
    assert address(peer, forwarded) == stored


def test_only_the_one_header_is_read():
    """What else python-ipware knows comes from whoever sends it: no proxy is bound to remove it."""
    others = ("X_REAL_IP", "CLIENT_IP", "CF_CONNECTING_IP", "TRUE_CLIENT_IP", "FORWARDED", "X_CLIENT_IP")
    forged = {f"HTTP_{name}": "1.1.1.1" for name in others}
    assert address("10.0.0.1", CLIENT, **forged) == CLIENT
    assert address("10.0.0.1", **forged) == "10.0.0.1"


@pytest.mark.parametrize(
    "forwarded",
    ["x" * 100_000, "1.1.1.1," * 12_500, "," * 100_000, '"' * 100_000, "10.0.0.2," * 11_000, "1" * 100_000 + ","],
)
def test_a_header_of_any_length_is_read_from_its_end(forwarded):
    assert address("10.0.0.1", f"{forwarded}, {CLIENT}") == CLIENT
    assert address(PEER, forwarded) == PEER


def test_no_chain_of_proxies_is_walked_for_ever():
    proxies = ", ".join(f"10.0.0.{number}" for number in range(1, HOPS + 1))
    assert address("10.0.0.1", f"{CLIENT}, {proxies}") == "10.0.0.1", "the last proxy that was looked at"


def test_a_header_that_came_several_times_is_one_chain():
    """As ASGI servers hand it on; WSGI servers join it themselves."""
    headers = [(b"x-forwarded-for", value) for value in (b"1.1.1.1", CLIENT.encode(), b"10.0.0.2")]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers, "client": ("10.0.0.1", 5000)}
    assert address_of(ASGIRequest(scope, None)) == CLIENT


def test_nobody_is_trusted_by_default(settings):
    settings.ORG_MEMBERS = {"BASE_URL": "http://testserver"}
    assert address("127.0.0.1", CLIENT) == "127.0.0.1"
