"""A server in front of Stripe's that does what networks and Stripe do on bad days, as it is told for each request."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time
import urllib.parse
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

_NOT_PASSED_ON = {"connection", "host", "transfer-encoding", "content-length", "date", "server", "accept-encoding"}


@dataclass
class Seen:
    """One request, as it came."""

    method: str
    path: str
    key: str
    params: dict
    version: str = ""
    status: int | None = None
    """What Stripe answered; None where it was not asked."""
    is_replayed: bool = False

    @property
    def attempt(self):
        """The number of the attempt, which its key tells."""
        return int(self.key.split("-")[2])

    @property
    def quantity(self):
        return int(self.params["items[0][quantity]"])


class Proxy:
    """Passes requests on, and takes the next fault of the script for each write, or each read."""

    def __init__(self, target):
        self.target = urllib.parse.urlsplit(target)
        self.seen: list[Seen] = []
        self.scripts = {"POST": deque(), "GET": deque()}
        self.choose = None
        """A function of no arguments that returns a fault, or None, for each write that no script is for."""
        self.kept = {}
        """What Stripe would answer again to the same key."""
        self.released, self.lock = Event(), Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self.server.daemon_threads = True
        self.server.block_on_close = False
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}{self.target.path}"

    def writes(self, *faults):
        """What happens to the next requests that change something."""
        self.scripts["POST"].extend(faults)

    def reads(self, *faults):
        self.scripts["GET"].extend(faults)

    def heal(self):
        self.choose = None
        for script in self.scripts.values():
            script.clear()

    @property
    def sent(self):
        """The writes that came, oldest first."""
        return [each for each in self.seen if each.method == "POST"]

    def fault(self, method):
        with self.lock:
            script = self.scripts.get(method)
            if script:
                return script.popleft()
            return self.choose() if self.choose is not None and method == "POST" else None

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict = field(default_factory=dict)


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def do_GET(self):
        self._handle()

    do_POST = do_DELETE = do_GET

    def log_message(self, *args):
        pass

    def _handle(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        params = dict(urllib.parse.parse_qsl(body.decode()))
        seen = Seen(
            self.command,
            self.path,
            self.headers.get("Idempotency-Key") or "",
            params,
            self.headers.get("Stripe-Version") or "",
        )
        with self.proxy.lock:
            self.proxy.seen.append(seen)
        fault = self.proxy.fault(self.command)
        try:
            if seen.key in self.proxy.kept:
                self.answer(self.proxy.kept[seen.key])
            elif fault is None:
                self.answer(self.forward(seen, body))
            else:
                fault(self, seen, lambda: self.forward(seen, body))
        except OSError:
            pass  # the client is gone, or is to think so

    def forward(self, seen, body):
        target = self.proxy.target
        connection = http.client.HTTPConnection(target.hostname, target.port, timeout=20)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED_ON}
        try:
            connection.request(self.command, self.path, body or None, headers)
            answered = connection.getresponse()
            content = answered.read()
        finally:
            connection.close()
        seen.status, seen.is_replayed = answered.status, answered.headers.get("Idempotent-Replayed") == "true"
        kept = {name: value for name, value in answered.headers.items() if name.lower() not in _NOT_PASSED_ON}
        return Answer(answered.status, content, kept)

    def answer(self, answer, *, length=None):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) if length is None else length))
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()


# Faults: functions of the handler, what was seen of the request, and a function that passes it on.


def error(status, *, made=False, kept=False, headers=None, **about):
    """Stripe's own error. `made`: the change was made all the same; `kept`: the same key gets it again."""
    about = {"type": "api_error", "message": f"It was a {status}.", **about}
    answer = Answer(status, json.dumps({"error": about}).encode(), {"Request-Id": "req_fault", **(headers or {})})
    return _answering(answer, made=made, kept=kept)


def page(status, *, made=False, headers=None):
    """The page of some server on the way."""
    body = f"<html><body><h1>{status} Bad Gateway</h1></body></html>".encode()
    return _answering(Answer(status, body, {"Content-Type": "text/html", **(headers or {})}), made=made)


def body(content, *, made=False):
    """Something else than a subscription, as if all were well."""
    return _answering(Answer(200, content, {"Content-Type": "application/json"}), made=made)


def _answering(answer, *, made=False, kept=False):
    def fault(handler, seen, forward):
        if made:
            forward()
        if kept:
            again = {**answer.headers, "Idempotent-Replayed": "true"}
            handler.proxy.kept[seen.key] = Answer(answer.status, answer.body, again)
        handler.answer(answer)

    return fault


def silence(*, made=False):
    """Never answer."""

    def fault(handler, seen, forward):
        if made:
            forward()
        handler.proxy.released.wait(60)

    return fault


def reset(*, made=False):
    """Cut the connection."""

    def fault(handler, seen, forward):
        if made:
            forward()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    return fault


def truncated(handler, seen, forward):
    """Make the change, and stop in the middle of the answer."""
    whole = forward()
    handler.answer(Answer(whole.status, whole.body[: len(whole.body) // 2], whole.headers), length=len(whole.body))


def slow(seconds, pieces=5):
    """Answer in pieces, each in time."""

    def fault(handler, seen, forward):
        whole = forward()
        handler.answer(Answer(whole.status, b"", whole.headers), length=len(whole.body))
        size = len(whole.body) // pieces + 1
        for start in range(0, len(whole.body), size):
            time.sleep(seconds)
            handler.wfile.write(whole.body[start : start + size])
            handler.wfile.flush()

    return fault


def before(do):
    """Pass it on after something else happened at Stripe."""

    def fault(handler, seen, forward):
        do()
        handler.answer(forward())

    return fault


def after(do):
    """Let something else happen after the change was made, before it is answered."""

    def fault(handler, seen, forward):
        whole = forward()
        do()
        handler.answer(whole)

    return fault
