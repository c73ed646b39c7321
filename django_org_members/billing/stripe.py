"""Stripe: the only module that imports its library."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from ..accounts.clients import printable
from ..conf import settings
from ..models.subscriptions import IDENTIFIER_LENGTH
from . import prorations, shapes
from .gateway import (
    NOT_CONFIGURED,
    Amount,
    Broken,
    Event,
    GatewayError,
    ItemGone,
    NotConfigured,
    NotSigned,
    Permanent,
    Remote,
    Unavailable,
)

try:
    import stripe
except ImportError:
    stripe = None

API_VERSION = "2026-08-26.dahlia"
"""Pinned: what Stripe answers does not change with the account's own version. `shapes` reads the older ones, too."""
CONNECT_SECONDS, READ_SECONDS, PREVIEW_SECONDS = 3.0, 10.0, 2.0
TOLERANCE = 300
"""Seconds that the time in a webhook's signature may lie in the past, or in the future."""
_MOST_ITEMS = 100
_ODD = (LookupError, TypeError, ValueError, AttributeError)
"""What the library raises for JSON that is not what it waits for."""

Answer = TypeVar("Answer")


def is_installed() -> bool:
    """Whether Stripe's library is there."""
    return stripe is not None


class StripeGateway:
    """Asks Stripe with the key of the settings. Raises `NotConfigured` without one, or without the library."""

    def __init__(self) -> None:
        if not is_installed() or not settings.STRIPE_API_KEY:
            raise NotConfigured(NOT_CONFIGURED, code="not_configured")

    def fetch(self, subscription_id: str) -> Remote:
        """Return a subscription; one request. Raises `GatewayError`."""
        return self._asked(subscription_id, lambda: self._client().v1.subscriptions.retrieve(subscription_id))

    def set_quantity(self, subscription_id: str, item_id: str, quantity: int, *, key: str) -> Remote:
        """Set the seats of one item by its subscription, whose answer tells status and period, too; one request."""
        return self._asked(
            subscription_id,
            lambda: self._client().v1.subscriptions.update(
                subscription_id,
                params={
                    "items": [{"id": item_id, "quantity": quantity}],
                    "proration_behavior": settings.SEAT_PRORATION,
                },
                options={"idempotency_key": key},
            ),
        )

    def preview(self, subscription_id: str, item_id: str, quantity: int) -> Amount | None:
        """Return the sum of this change's prorations in Stripe's preview of an invoice, if it comes within two seconds."""
        if settings.SEAT_PRORATION == "none":
            return None
        at = int(time.time())
        details: Any = {
            "items": [{"id": item_id, "quantity": quantity}],
            "proration_behavior": settings.SEAT_PRORATION,
            "proration_date": at,
        }
        params: Any = {"subscription": subscription_id, "subscription_details": details}
        return _or_none(lambda: self._previewed(params, at))

    def names(self, subscription_id: str) -> dict[str, str]:
        """Return the names of the products; one request. A key that may not read products is told none."""
        return _or_none(lambda: self._products(subscription_id)) or {}

    def prorated(self, customer_id: str, key: str, since: datetime) -> Amount | None:
        """Return the sum of the invoice items that the request whose key begins with this made, by the events of them."""
        return _or_none(lambda: self._told(customer_id, key, since))

    def dashboard_url(self, subscription_id: str, *, is_live: bool) -> str:
        """Return the address of the subscription in Stripe's dashboard."""
        return f"https://dashboard.stripe.com/{'' if is_live else 'test/'}subscriptions/{subscription_id}"

    def event(self, body: bytes, signature: str) -> Event:
        """Check the signature over the raw body with each of the secrets, and its time, and read the event."""
        text = shapes.text(body)
        if not any(_is_signed(text, signature, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
            raise NotSigned
        return shapes.event(text)

    def _client(self, read_seconds: float | None = None) -> Any:
        address, seconds = settings.STRIPE_API_BASE, read_seconds or READ_SECONDS
        return stripe.StripeClient(
            settings.STRIPE_API_KEY,
            stripe_version=API_VERSION,
            base_addresses={"api": address} if address else {},
            max_network_retries=0,  # each attempt is ours: stored, spaced, counted
            http_client=stripe.RequestsClient(timeout=(min(CONNECT_SECONDS, seconds), seconds)),
        )

    def _asked(self, subscription_id: str, ask: Callable[[], Any]) -> Remote:
        try:
            answer = ask()
            found = shapes.remote(self._whole(_plain(answer)), _request_id(answer))
        except stripe.StripeError as error:
            raise _translated(error) from None  # the library's frames hold the key, and reports of errors show them
        except _ODD:
            raise _garbage() from None
        if found.id != subscription_id:
            raise _garbage()
        return found

    def _whole(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return a subscription with all of its items: of more than ten, Stripe lists the first."""
        listed = found.get("items")
        if not (isinstance(listed, dict) and listed.get("has_more")):
            return found
        params: Any = {"subscription": found["id"], "limit": _MOST_ITEMS}
        return {**found, "items": _plain(self._client().v1.subscription_items.list(params=params))}

    def _previewed(self, params: Any, at: int) -> Amount:
        invoice = _plain(self._client(PREVIEW_SECONDS).v1.invoices.create_preview(params=params))
        lines = [
            line
            for line in invoice["lines"]["data"]
            if prorations.is_proration(line) and prorations.begins_at(line, at)
        ]
        return prorations.total(lines) or Amount(0, str(invoice["currency"]))

    def _products(self, subscription_id: str) -> dict[str, str]:
        expanded: Any = {"expand": ["items.data.price.product"]}
        answer = _plain(self._client().v1.subscriptions.retrieve(subscription_id, params=expanded))
        return {item.id: item.label for item in shapes.remote(answer).items if item.label}

    def _told(self, customer_id: str, key: str, since: datetime) -> Amount | None:
        params: Any = {
            "types": ["invoiceitem.created"],
            "created": {"gte": int(since.timestamp()) - TOLERANCE},
            "limit": _MOST_ITEMS,
        }
        events = [_plain(each) for each in self._client().v1.events.list(params=params).data]
        made = [
            each["data"]["object"] for each in events if shapes.key(each.get("request")).startswith(key)
        ]  # see sync._set
        return prorations.total([each for each in made if each.get("customer") == customer_id])


def _is_signed(text: str, signature: str, secret: str) -> bool:
    """Whether it is signed with this secret, not longer ago than TOLERANCE, and not so far in the future."""
    if not signature.isascii():  # the library compares text, which Python does for ASCII only
        return False
    try:
        stripe.WebhookSignature.verify_header(text, signature, secret, TOLERANCE)
        times = [int(part.partition("=")[2]) for part in signature.split(",") if part.strip().startswith("t=")]
    except Exception:  # noqa: BLE001 - whatever was odd, it is not signed; and the library's frames hold the secret
        return False
    return all(signed_at <= time.time() + TOLERANCE for signed_at in times)


def _plain(answer: Any) -> dict[str, Any]:
    """Return the answer as dicts and lists: the library's objects are none."""
    found = answer.to_dict() if hasattr(answer, "to_dict") else answer
    return found if isinstance(found, dict) else {}


def _said(value: Any) -> str:
    """Return a text of the answer as rows, pages and lines of a log take it: no database holds all that JSON does."""
    return printable(str(value or ""))


def _request_id(answer: Any) -> str:
    response = getattr(answer, "last_response", None)
    return _said(getattr(response, "request_id", None))[:IDENTIFIER_LENGTH]


def _or_none(ask: Callable[[], Answer]) -> Answer | None:
    """What is nice to know must not fail: without an answer, or with one that is odd, there is none."""
    try:
        return ask()
    except (stripe.StripeError, *_ODD):
        return None


_NOT_THERE = "resource_missing"
_NOT_ALLOWED = {
    "AuthenticationError": _("Stripe does not take the API key."),
    "PermissionError": _("The API key may not change subscriptions at Stripe."),
}
_BUSY = {
    408: _("Stripe did not answer in time."),
    409: _("Another request was changing the subscription."),
    429: _("Stripe asks to wait: there were too many requests."),
}
"""Refused now, not for good."""


def _translated(error: Any) -> GatewayError:
    """Return what an error of the library means for what is tried next."""
    status, code = error.http_status, _said(error.code or _about(error).get("code"))
    more = {"code": code or type(error).__name__, "request_id": _said(error.request_id)}
    for kind, words in _NOT_ALLOWED.items():
        if isinstance(error, getattr(stripe, kind)):
            return Permanent(words, **more)
    if isinstance(error, stripe.RateLimitError):  # once a 400, too
        status = 429
    if status is not None and status not in _BUSY and _about(error):
        if _is_kept(error, status):
            return Broken(_("Stripe failed at the request."), **more)
        if 400 <= status < 500:
            return _refused(error, code, more)
    unanswered = _("Stripe did not answer.") if status is None else _("Stripe is not available.")
    return Unavailable(_BUSY.get(status, unanswered), wait=_wait(error), **more)


def _about(error: Any) -> Mapping[str, Any]:
    """Return what Stripe says of the error; empty for the page of a proxy, which does not say what became of the request."""
    body = error.json_body
    about = body.get("error") if isinstance(body, Mapping) else None
    return about if isinstance(about, Mapping) else {}


def _is_kept(error: Any, status: int) -> bool:
    """Whether Stripe keeps this failure, and answers it to the same key again."""
    is_replayed = _header(error, "idempotent-replayed") == "true"
    return status == 500 or (status > 500 and is_replayed) or isinstance(error, stripe.IdempotencyError)


def _garbage() -> Unavailable:
    return Unavailable(_("Stripe's answer was no subscription."), code="garbage")


def _refused(error: Any, code: str, more: dict[str, str]) -> GatewayError:
    param = str(getattr(error, "param", None) or "")
    if "quantity" not in param and ("items" in param or "subscription_item" in str(error.user_message or error)):
        return ItemGone(_("The subscription has no such item any more."), **more)
    if code == _NOT_THERE:
        return Permanent(_("There is no such subscription at Stripe."), **more)
    words = _("Stripe refused: {reason}")
    return Permanent(str(words).format(reason=_said(error.user_message or error)[:200]), **more)


def _header(error: Any, name: str) -> str | None:
    found = (value for each, value in (error.headers or {}).items() if each.lower() == name)
    return next(found, None)


def _wait(error: Any) -> float | None:
    """Return the seconds of a Retry-After header."""
    text = _header(error, "retry-after")
    try:
        return max(0.0, min(float(text), 3600.0)) if text is not None else None
    except (TypeError, ValueError):
        return None
