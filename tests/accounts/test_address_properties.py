"""Whatever somebody sends who is no proxy of ours, their own address is stored."""

from __future__ import annotations

import pytest

hypothesis = pytest.importorskip("hypothesis", reason="hypothesis is not installed.")

from ipaddress import ip_address, ip_network  # noqa: E402

from django.test import RequestFactory, override_settings  # noqa: E402
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from django_org_members.accounts.addresses import address_of  # noqa: E402

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]
TRUSTING = override_settings(ORG_MEMBERS={"TRUSTED_PROXIES": [str(network) for network in PROXIES]})

addresses = st.ip_addresses().map(str)
proxies = st.one_of(st.ip_addresses(network=network) for network in map(str, PROXIES)).map(str)
hops = st.one_of(addresses, proxies, st.text(max_size=20), st.just("unknown"), addresses.map(lambda one: f"{one}:80"))
headers = st.one_of(st.lists(hops, max_size=6).map(", ".join), st.text(max_size=50))
strangers = st.ip_addresses().filter(lambda one: not any(one in network for network in PROXIES))
names = st.sampled_from(["X_FORWARDED_FOR", "X_REAL_IP", "FORWARDED", "CF_CONNECTING_IP", "CLIENT_IP"])

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


def stored(peer, sent):
    meta = {f"HTTP_{name}": value for name, value in sent.items()}
    with TRUSTING:
        return address_of(RequestFactory().get("/", REMOTE_ADDR=str(peer), **meta))


@unhurried
@given(strangers, st.dictionaries(names, headers, max_size=3))
def test_an_untrusted_peer_s_headers_never_change_the_answer(peer, sent):
    assert stored(peer, sent) == stored(peer, {})


@unhurried
@given(proxies, strangers.filter(lambda one: one.is_global), headers)
def test_behind_one_proxy_nothing_that_the_client_sends_changes_the_answer(proxy, client, made_up):
    """The proxy appends what it saw to what came."""
    assert stored(proxy, {"X_FORWARDED_FOR": f"{made_up}, {client}"}) == stored(proxy, {"X_FORWARDED_FOR": str(client)})


@unhurried
@given(st.one_of(addresses, proxies, st.text(max_size=20)), headers)
def test_what_is_stored_is_an_address_or_nothing(peer, header):
    found = stored(peer, {"X_FORWARDED_FOR": header})
    assert found is None or str(ip_address(found)) == found
    assert found is None or "%" not in found
