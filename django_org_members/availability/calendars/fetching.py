"""Reads a calendar from an address that a manager entered: as from a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from django.views.decorators.debug import sensitive_variables

from . import is_installed
from .networks import addresses_of
from .problems import CalendarProblem

MOST_BYTES = 5 * 1024 * 1024
"""After decompression."""
MOST_REDIRECTS = 3
CONNECT_SECONDS, READ_SECONDS, ALL_SECONDS = 5.0, 10.0, 20.0
"""How long a connection may take to be there, how long a server may be silent, and how long all may take together."""
LONGEST_ADDRESS = 2000
_PORTS = {"http": 80, "https": 443}
_CHUNK = 64 * 1024
_LONGEST_VALIDATOR = 255
_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


@dataclass(frozen=True)
class Fetched:
    """What a server sent."""

    content: bytes | None
    """None: it has not changed."""
    validator: str = ""
    """The ETag, in its quotes, or else the date of the last change; to be sent the next time."""


def checked_address(url: str) -> str:
    """Return an address with `https` for `webcal`. Raises `CalendarProblem` for what is no address to be read from."""
    text = url.strip()
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme in ("webcal", "webcals"):
        scheme = "https"
    address = f"{scheme}{separator}{rest}"
    _split(address)
    return address


def masked(url: str) -> str:
    """Return what may be shown of an address: its server. The rest is a secret."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return f"{host}/…" if host else "…"


@sensitive_variables()
def fetch(url: str, validator: str = "") -> Fetched:
    """Read the calendar at an address, if it is not the one of `validator` any more.

    Follows at most three redirects, each judged as the first address. Raises `CalendarProblem`. Nothing is logged: the
    address is a secret.
    """
    if not is_installed():
        raise CalendarProblem("missing")
    from .pinned import Deadline, unlogged

    address, deadline = checked_address(url), Deadline(ALL_SECONDS)
    with unlogged(), deadline.running():
        for _hop in range(MOST_REDIRECTS + 1):
            answer = _get(address, validator, deadline)
            if isinstance(answer, Fetched):
                return answer
            address = checked_address(urljoin(address, answer))
    raise CalendarProblem("redirects")


def _split(address: str) -> SplitResult:
    if len(address) > LONGEST_ADDRESS or any(ord(each) <= 32 or ord(each) == 127 for each in address):
        raise CalendarProblem("address")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise CalendarProblem("address") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise CalendarProblem("address")
    if "@" in parts.netloc:
        raise CalendarProblem("credentials")
    if "\\" in parts.netloc or "%" in parts.netloc:
        raise CalendarProblem("address")
    if port == 0:
        raise CalendarProblem("port")
    return parts


@sensitive_variables()
def _get(address: str, validator: str, deadline: Any) -> Fetched | str:
    """Ask once. Returns where a redirect leads."""
    from urllib3 import Timeout, exceptions

    from .pinned import pool

    parts = _split(address)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    connections = pool(
        is_secure=parts.scheme == "https",
        host=host,
        port=port,
        addresses=addresses_of(host, port),
        deadline=deadline,
        timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
    )
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        with connections:
            response = connections.urlopen(
                "GET", target, headers=_headers(validator), redirect=False, preload_content=False
            )
            try:
                answer = _answer(response)
            finally:
                response.close()
        if deadline.is_over:  # a body without a length would look as if it had ended
            raise CalendarProblem("slow")
        return answer
    except exceptions.SSLError:
        raise CalendarProblem("slow" if deadline.is_over else "tls") from None
    except exceptions.NewConnectionError:  # of which urllib3 thinks as a timeout
        raise CalendarProblem("unreachable") from None
    except (exceptions.TimeoutError, TimeoutError):
        raise CalendarProblem("slow") from None
    except (exceptions.HTTPError, OSError, ValueError):
        raise CalendarProblem("slow" if deadline.is_over else "answer") from None


def _headers(validator: str) -> dict[str, str]:
    headers = {
        "Accept": "text/calendar, */*;q=0.1",
        "Accept-Encoding": "gzip",
        "User-Agent": "django-org-members (calendar import)",
    }
    if validator:
        headers["If-None-Match" if '"' in validator else "If-Modified-Since"] = validator
    return headers


def _answer(response: Any) -> Fetched | str:
    status = response.status
    if status == 304:
        return Fetched(None)
    if status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
        return str(response.headers["Location"])
    if status in (401, 403):
        raise CalendarProblem("refused", str(status))
    if status in (404, 410):
        raise CalendarProblem("gone", str(status))
    if status != 200:
        raise CalendarProblem("status", str(status))
    if response.headers.get("Content-Encoding", "").strip().lower() not in _ENCODINGS:
        raise CalendarProblem("answer")
    found = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
    return Fetched(_body(response), found if len(found) <= _LONGEST_VALIDATOR and found.isprintable() else "")


def _body(response: Any) -> bytes:
    """Read until the limit; what is announced to be longer is not even begun."""
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > MOST_BYTES:
        raise CalendarProblem("size")
    parts, size = [], 0
    for part in response.stream(_CHUNK, decode_content=True):
        size += len(part)
        if size > MOST_BYTES:
            raise CalendarProblem("size")
        parts.append(part)
    return b"".join(parts)
