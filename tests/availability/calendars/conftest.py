"""People, a clock, and a server of calendars on this machine."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

SHAPES = Path(__file__).parent / "shapes"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.fixture
def shape():
    """The text of an example: `shape("pagerduty")`."""
    return lambda name: (SHAPES / f"{name}.ics").read_bytes().decode()


@pytest.fixture
def ics():
    """A calendar of events: `ics("SUMMARY:…\\nDTSTART:…", …, head="X-WR-TIMEZONE:…")`."""

    def make(*events, head=""):
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *head.splitlines()]
        for number, event in enumerate(events):
            lines += [
                "BEGIN:VEVENT",
                f"UID:{number}@test",
                "DTSTAMP:20261101T000000Z",
                *event.splitlines(),
                "END:VEVENT",
            ]
        return "\r\n".join([*lines, "END:VCALENDAR", ""])

    return make


@pytest.fixture
def people(acme, make_member):
    """Ada and Bo, whose addresses the examples name."""
    return {
        name: make_member(acme, full_name=full_name, email=email)
        for name, full_name, email in (
            ("ada", "Ada Almeida", "ada.almeida@acme.example"),
            ("bo", "Bo Berg", "bo.berg@acme.example"),
        )
    }


class Server:
    """Answers as a test says: `server.answer = lambda handler: …`; what was asked is in `asked`."""

    def __init__(self):
        self.asked = []
        self.answer = lambda handler: self.send(handler, b"")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                try:
                    outer.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.2", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.http.server_address[1]

    def url(self, path="/calendar.ics"):
        return f"http://127.0.0.2:{self.port}{path}"

    @staticmethod
    def send(handler, body, status=200, **headers):
        handler.send_response(status)
        for name, value in {"Content_Type": "text/calendar", "Content_Length": len(body), **headers}.items():
            handler.send_header(name.replace("_", "-"), str(value))
        handler.end_headers()
        handler.wfile.write(body)

    def serve(self, body, status=200, **headers):
        """Answer everything so from now on."""
        self.answer = lambda handler: self.send(handler, body, status, **headers)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture
def server(settings):
    """A server at 127.0.0.2, from which calendars may be read; from 127.0.0.1 they may not."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "CALENDAR_NETWORKS": ["127.0.0.2/32"]}
    running = Server()
    yield running
    running.close()
