"""Connections of urllib3 to an address that was judged before, whatever the name means by now. Imported where it is installed."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .networks import Address

_is_secret = ContextVar("_is_secret", default=False)
_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.response", "urllib3.util.retry")


def _may_be_logged(_record: logging.LogRecord) -> bool:
    return not _is_secret.get()


@contextmanager
def unlogged() -> Iterator[None]:
    """Keep urllib3 from logging what is asked in it: it names whole addresses, where headers are odd even in warnings."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_may_be_logged)  # the same one again is none more
    token = _is_secret.set(True)
    try:
        yield
    finally:
        _is_secret.reset(token)


class Deadline:
    """One point in time at which everything is over: a peer that sends a byte now and then meets no other timeout."""

    def __init__(self, seconds: float) -> None:
        self.at = monotonic() + seconds
        self.is_over = False
        self._sockets: list[socket.socket] = []

    @property
    def seconds(self) -> float:
        """How long is left; a little at least, as a timeout of nothing would mean none."""
        return max(self.at - monotonic(), 0.01)

    def watch(self, connected: socket.socket) -> None:
        """Have a connection cut when time is over: by a duplicate, which TLS does not take away."""
        self._sockets.append(connected.dup())

    @contextmanager
    def running(self) -> Iterator[None]:
        """Cut what is watched, if it is still going on when time is over."""
        timer = threading.Timer(self.seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            for each in self._sockets:
                each.close()

    def _cut(self) -> None:
        self.is_over = True
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


class _Pinned:
    """Opens the socket to one of the judged addresses. Name, certificate and Host header stay the host's."""

    def __init__(self, *args: Any, addresses: Sequence[Address], deadline: Deadline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses, self.deadline = addresses, deadline

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        failure: OSError | None = None
        for address in self.addresses:
            # Not `create_connection`, which asks the resolver.
            connected = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_STREAM)
            try:
                connected.settimeout(min(connection.timeout, self.deadline.seconds))
                connected.connect((str(address), connection.port))
                connected.settimeout(connection.timeout)
                self.deadline.watch(connected)
            except TimeoutError as error:
                connected.close()
                raise ConnectTimeoutError(connection, "timed out") from error
            except OSError as error:
                connected.close()
                failure = error
            else:
                return connected
        raise NewConnectionError(connection, f"failed: {failure}")


class _Plain(_Pinned, HTTPConnection):
    pass


class _Secure(_Pinned, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def pool(
    *, is_secure: bool, host: str, port: int, addresses: Sequence[Address], deadline: Deadline, timeout: Any
) -> Any:
    """Return a pool of one connection to a host at one of these addresses."""
    kind = _SecurePool if is_secure else _PlainPool
    return kind(host, port, maxsize=1, retries=False, timeout=timeout, addresses=addresses, deadline=deadline)
