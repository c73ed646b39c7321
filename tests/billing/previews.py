"""Stripe's preview of an invoice, which the server of the tests lacks: a server in front of it that knows this one address."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MONTH = 30 * 24 * 3600


class PreviewServer(ThreadingHTTPServer):
    """Answers `POST /v1/invoices/create_preview` and passes everything else on to `behind`.

    `rest` is what one seat costs for the rest of the period. `is_silent`: a preview is never answered.
    """

    daemon_threads = True

    def __init__(self, behind, *, rest=1333, currency="usd", is_silent=False, prorates=True):
        self.behind, self.rest, self.currency = behind, rest, currency
        self.is_silent, self.prorates = is_silent, prorates
        self.asked, self.released = [], threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.released.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A client that did not wait is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        pass

    def do_GET(self):
        self._pass_on()

    def do_DELETE(self):
        self._pass_on()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/invoices/create_preview":
            self._pass_on(body)
            return
        asked = dict(urllib.parse.parse_qsl(body.decode(), strict_parsing=True))
        self.server.asked.append(asked)
        if self.server.is_silent:
            self.server.released.wait(60)
            return
        self._answer(200, json.dumps(self._preview(asked)).encode(), "application/json")

    def _preview(self, asked):
        """Return what Stripe documents: what waited before, the prorations of the change, and the next period."""
        with urllib.request.urlopen(self._request(f"/v1/subscriptions/{asked['subscription']}", "GET")) as answer:
            (item,) = json.load(answer)["items"]["data"]
        assert asked["subscription_details[items][0][id]"] == item["id"]
        at = int(asked["subscription_details[proration_date]"])
        quantity = int(asked["subscription_details[items][0][quantity]"])
        rest = self.server.rest if self.server.prorates else 0
        lines = [
            self._line(item, -rest * item["quantity"], item["quantity"], at, proration=True),
            self._line(item, rest * quantity, quantity, at, proration=True),
            self._line(item, 99999, 3, at - MONTH // 3, proration=True),  # of a change some days ago
            self._line(item, 2000 * quantity, quantity, at + MONTH // 2, proration=False),
        ]
        return {
            "id": "upcoming_in_1",
            "object": "invoice",
            "currency": self.server.currency,
            "subscription": asked["subscription"],
            "lines": {"object": "list", "data": lines if self.server.prorates else lines[2:], "has_more": False},
        }

    def _line(self, item, amount, quantity, start, *, proration):
        details = {"subscription_item": item["id"], "proration": proration, "proration_details": None}
        return {
            "object": "line_item",
            "amount": amount,
            "currency": self.server.currency,
            "period": {"start": start, "end": start + MONTH // 2},
            "parent": {"type": "subscription_item_details", "subscription_item_details": details},
            "quantity": quantity,
        }

    def _request(self, path, method, body=None):
        request = urllib.request.Request(f"{self.server.behind}{path}", body, method=method)
        for name in ("Authorization", "Content-Type", "Idempotency-Key", "Stripe-Version"):
            if name in self.headers:
                request.add_header(name, self.headers[name])
        return request

    def _pass_on(self, body=None):
        try:
            with urllib.request.urlopen(self._request(self.path, self.command, body)) as answer:
                self._answer(answer.status, answer.read(), answer.headers["Content-Type"], answer.headers)
        except urllib.error.HTTPError as error:
            self._answer(error.code, error.read(), error.headers["Content-Type"], error.headers)

    def _answer(self, status, content, kind, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if headers and headers.get("Request-Id"):
            self.send_header("Request-Id", headers["Request-Id"])
        self.end_headers()
        self.wfile.write(content)
