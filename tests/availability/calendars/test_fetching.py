"""Calendars from strangers' servers: real ones, on this machine."""

from __future__ import annotations

import gzip
import logging
import socket
import time

import pytest

from django_org_members.availability.calendars import fetching
from django_org_members.availability.calendars.fetching import MOST_BYTES, checked_address, fetch, masked
from django_org_members.availability.calendars.networks import addresses_of, is_allowed
from django_org_members.availability.calendars.problems import CalendarProblem, in_words

pytest.importorskip("urllib3", reason="urllib3, of the extra calendars, is not installed.")

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
ADDRESSES = {
    "8.8.8.8": True,
    "2001:4860:4860::8888": True,
    "127.0.0.1": False,
    "127.255.255.254": False,
    "0.0.0.0": False,
    "10.0.0.1": False,
    "172.16.0.1": False,
    "192.168.1.1": False,
    "169.254.169.254": False,
    "100.64.0.1": False,
    "100.100.100.200": False,
    "168.63.129.16": False,
    "192.0.0.192": False,
    "198.18.0.1": False,
    "192.0.2.1": False,
    "224.0.0.1": False,
    "239.255.255.255": False,
    "255.255.255.255": False,
    "240.0.0.1": False,
    "::": False,
    "::1": False,
    "::ffff:127.0.0.1": False,
    "::ffff:169.254.169.254": False,
    "::ffff:8.8.8.8": True,
    "::7f00:1": False,
    "::ffff:0:7f00:1": False,
    "1::1": False,
    "4000::1": False,
    "64:ff9b::7f00:1": False,
    "64:ff9b:1::1": False,
    "2002:7f00:1::": False,
    "2001:0:7f00:1::": False,
    "fe80::1": False,
    "fc00::1": False,
    "fd00:ec2::254": False,
    "fec0::1": False,
    "ff02::1": False,
    "2001:db8::1": False,
}


def resolve(monkeypatch, *answers):
    """Have every name mean one list of addresses after the other, the last one for good."""
    left = list(answers)

    def getaddrinfo(host, port, *args, **kwargs):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in found]

    monkeypatch.setattr("django_org_members.availability.calendars.networks.socket.getaddrinfo", getaddrinfo)


def code_of(url, validator=""):
    with pytest.raises(CalendarProblem) as caught:
        fetch(url, validator)
    assert in_words(caught.value.stored) != caught.value.stored
    return caught.value.code


@pytest.mark.parametrize("address", ADDRESSES)
def test_which_addresses_are_public(monkeypatch, address):
    resolve(monkeypatch, [address])
    if ADDRESSES[address]:
        assert len(addresses_of("calendar.example", 443)) == 1
    else:
        with pytest.raises(CalendarProblem, match="network"):
            addresses_of("calendar.example", 443)


def test_one_inner_address_among_outer_ones_is_enough(monkeypatch):
    resolve(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    assert code_of("https://calendar.example/") == "network"


def test_a_network_that_the_setting_allows(settings, monkeypatch):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_NETWORKS": ["10.20.0.0/16", "fd00::/64"]}
    for address in ("10.20.3.4", "fd00::5", "::ffff:10.20.3.4"):
        resolve(monkeypatch, [address])
        assert len(addresses_of("calendar.example", 8443)) == 1, "on any port"
    resolve(monkeypatch, ["10.21.0.1"])
    assert code_of("http://calendar.example/") == "network"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "address"),
        ("calendar.example/on-call.ics", "address"),
        ("ftp://calendar.example/", "address"),
        ("file:///etc/passwd", "address"),
        ("gopher://calendar.example/", "address"),
        ("https://", "address"),
        ("https:///path", "address"),
        ("https://calendar.example/a b", "address"),
        ("https://calendar.example/\r\nX: y", "address"),
        ("https://calendar.example:99999/", "address"),
        ("https://calendar.example:port/", "address"),
        ("https://[::1", "address"),
        ("https://calendar.example\\@127.0.0.1/", "credentials"),
        ("https://calendar.example%2f@127.0.0.1/", "credentials"),
        ("https://calendar.example\\x/", "address"),
        ("https://me:secret@calendar.example/", "credentials"),
        ("https://me@calendar.example/", "credentials"),
        ("https://calendar.example/" + "x" * 2000, "address"),
    ],
)
def test_what_is_no_address(url, code):
    with pytest.raises(CalendarProblem) as caught:
        checked_address(url)
    assert caught.value.code == code


@pytest.mark.parametrize("scheme", ["webcal", "WEBCAL", "webcals", "https", "HTTPS"])
def test_webcal_is_https(scheme):
    assert checked_address(f" {scheme}://calendar.example/x?y=Z ") == "https://calendar.example/x?y=Z"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_no_spelling_leads_to_this_machine(url):
    assert code_of(url) in ("network", "unknown_host", "address")


def test_other_ports_than_those_of_the_web(monkeypatch):
    resolve(monkeypatch, ["8.8.8.8"])
    assert code_of("http://calendar.example:22/") == "port"
    assert code_of("http://calendar.example:6379/") == "port"


def test_an_unknown_name():
    assert code_of("https://calendar.invalid/") == "unknown_host"


def test_a_calendar_and_the_next_time_that_it_has_not_changed(server):
    server.serve(CALENDAR, ETag='"abc"')
    found = fetch(server.url("/secret.ics?token=Ä"))
    assert (found.content, found.validator) == (CALENDAR, '"abc"')
    server.serve(b"", 304)
    assert fetch(server.url(), found.validator).content is None
    assert server.asked[-1][1]["If-None-Match"] == '"abc"'
    assert server.asked[0][1]["Host"] == f"127.0.0.2:{server.port}"
    assert "Cookie" not in server.asked[0][1]


def test_the_date_of_the_last_change_where_there_is_no_etag(server):
    date = "Mon, 30 Nov 2026 08:00:00 GMT"
    server.serve(CALENDAR, Last_Modified=date)
    assert fetch(server.url()).validator == date
    fetch(server.url(), date)
    assert server.asked[-1][1]["If-Modified-Since"] == date


def test_a_validator_that_is_too_long_or_odd_is_left_out(server):
    server.serve(CALENDAR, ETag='"' + "x" * 300 + '"')
    assert fetch(server.url()).validator == ""


def test_compressed(server):
    server.serve(gzip.compress(CALENDAR), Content_Encoding="gzip")
    assert fetch(server.url()).content == CALENDAR


@pytest.mark.parametrize(
    ("status", "code"),
    [(401, "refused"), (403, "refused"), (404, "gone"), (410, "gone"), (500, "status"), (204, "status")],
)
def test_what_the_server_says(server, status, code):
    server.serve(b"", status)
    assert code_of(server.url()) == code


def test_50_mb_that_are_announced(server):
    server.serve(CALENDAR, Content_Length=50 * 1024 * 1024)
    assert code_of(server.url()) == "size"


def test_50_mb_that_are_not(server):
    sent = []

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(50):
            handler.wfile.write(b"x" * 1024 * 1024)
            sent.append(1)

    server.answer = answer
    assert code_of(server.url()) == "size"
    assert len(sent) < 20, "it is not read to the end"


def test_a_gzip_bomb(server):
    bomb = gzip.compress(b"\0" * 200 * 1024 * 1024)
    assert len(bomb) < MOST_BYTES
    server.serve(bomb, Content_Encoding="gzip")
    assert code_of(server.url()) == "size"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip,gzip,gzip,gzip,gzip,gzip"])
def test_compressions_that_nobody_asked_for(server, encoding):
    server.serve(CALENDAR, Content_Encoding=encoding)
    assert code_of(server.url()) == "answer"


def test_damaged_compression(server):
    server.serve(CALENDAR, Content_Encoding="gzip")
    assert code_of(server.url()) == "answer"


def dripping(part, headers=b""):
    def answer(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + headers)
        for _ in range(100):
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    ("part", "headers"),
    [
        (b"x", b"\r\n"),
        (b"x", b"Content-Length: 1000\r\n\r\n"),
        (b"1\r\nx\r\n", b"Transfer-Encoding: chunked\r\n\r\n"),
        (b"X", b""),
        (b"X: y\r\n", b""),
    ],
    ids=["until the end", "with a length", "in chunks", "in a header", "in headers"],
)
def test_a_server_that_sends_a_byte_now_and_then(server, monkeypatch, part, headers):
    monkeypatch.setattr(fetching, "ALL_SECONDS", 0.5)
    server.answer = dripping(part, headers)
    began = time.monotonic()
    assert code_of(server.url()) == "slow"
    assert time.monotonic() - began < 2


def test_a_server_that_says_nothing(server, monkeypatch):
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.2)
    server.answer = lambda handler: time.sleep(1)
    assert code_of(server.url()) == "slow"


def test_a_tls_handshake_that_never_ends(settings, monkeypatch):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_NETWORKS": ["127.0.0.2/32"]}
    monkeypatch.setattr(fetching, "ALL_SECONDS", 0.4)
    with socket.create_server(("127.0.0.2", 0)) as silent:
        began = time.monotonic()
        assert code_of(f"https://127.0.0.2:{silent.getsockname()[1]}/") == "slow"
    assert time.monotonic() - began < 2


def test_a_server_that_is_not_there(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_NETWORKS": ["127.0.0.2/32"]}
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
    assert code_of(f"http://127.0.0.2:{port}/") == "unreachable"


def test_a_server_that_speaks_something_else(server):
    server.answer = lambda handler: handler.wfile.write(b"220 mail.example ESMTP\r\n")
    assert code_of(server.url()) == "answer"


def test_tls_of_a_server_that_has_none(server):
    assert code_of(server.url().replace("http:", "https:")) == "tls"


def test_redirects_are_followed_three_times(server):
    def answer(handler):
        step = int(handler.path.rpartition("/")[2])
        if step < 3:
            server.send(handler, b"", 302, Location=f"/{step + 1}")
        else:
            server.send(handler, CALENDAR)

    server.answer = answer
    assert fetch(server.url("/0")).content == CALENDAR
    server.serve(b"", 301, Location="/again")
    asked = len(server.asked)
    assert code_of(server.url("/again")) == "redirects"
    assert len(server.asked) - asked == 4


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://127.0.0.1/", "network"),
        ("http://localhost/", "network"),
        ("//127.0.0.1/", "network"),
        ("http://[::1]/", "network"),
        ("http://169.254.169.254/latest/meta-data/", "network"),
        ("file:///etc/passwd", "address"),
        ("ftp://127.0.0.2/", "address"),
        ("http://a:b@127.0.0.2/", "credentials"),
    ],
)
def test_a_redirect_is_judged_as_an_address_is(server, location, code):
    server.serve(b"", 302, Location=location)
    assert code_of(server.url()) == code


def test_the_address_that_was_judged_is_the_one_that_is_connected(server, monkeypatch):
    """A name that means something else a moment later: nobody asks it again."""
    resolve(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    server.serve(CALENDAR)
    assert fetch(f"http://calendar.example:{server.port}/").content == CALENDAR
    assert server.asked[-1][1]["Host"] == f"calendar.example:{server.port}"
    assert code_of(f"http://calendar.example:{server.port}/") == "network"


def test_proxies_of_the_environment_are_not_asked(server, monkeypatch):
    """A proxy would resolve the name itself."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    server.serve(CALENDAR)
    assert fetch(server.url()).content == CALENDAR


def test_nothing_is_logged(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.serve(b"", 500)
    code_of(server.url("/very-secret"))
    server.answer = lambda handler: handler.wfile.write(b"HTTP/1.1 404 Not Found\r\nno header\r\nX: y\r\n\r\n")
    code_of(server.url("/very-secret"))
    assert len(server.asked) == 2
    assert "very-secret" not in caplog.text


def test_what_others_ask_is_logged_as_ever(server, caplog):
    import urllib3

    server.serve(CALENDAR)
    fetch(server.url("/very-secret"))
    caplog.set_level(logging.DEBUG)
    urllib3.PoolManager().request("GET", server.url("/theirs"))
    assert "/theirs" in caplog.text


def test_what_may_be_shown_of_an_address():
    assert masked("https://acme.pagerduty.com/private/secret/feed/X?token=1") == "acme.pagerduty.com/…"
    assert masked("https://[::1") == "…"


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr(fetching, "is_installed", lambda: False)
    assert code_of("https://calendar.example/") == "missing"


def test_every_address_of_the_setting_is_one(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_NETWORKS": ["10.0.0.1"]}
    from ipaddress import ip_address

    assert is_allowed(ip_address("10.0.0.1"))
    assert not is_allowed(ip_address("10.0.0.2"))
