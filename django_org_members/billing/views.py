"""The address to which Stripe sends its events."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import webhooks
from .gateway import NotConfigured, NotSigned

logger = logging.getLogger("django_org_members")

MOST_BYTES = 1024 * 1024
"""Of a body: an event holds one object, and no more than the first ten lines of an invoice."""


@csrf_exempt
@login_not_required
@transaction.non_atomic_requests  # the intake is a transaction of its own, made again where a deadlock was broken
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Take an event in: 200 for all that Stripe signed, whether it says anything new or not; 400 for all else.

    What was not signed, or not with the secrets that are set, is told no more than that, and comes near no table. Nor is
    Stripe where nothing is set up yet: it sends the event again later. Without workers Stripe is asked before the answer.
    """
    try:
        event = webhooks.opened(_body(request), request.headers.get("Stripe-Signature", ""))
    except (NotConfigured, NotSigned, ValueError) as error:
        logger.warning("A webhook was refused: %s", type(error).__name__)
        return _answer(400)
    webhooks.take_in(event)
    return _answer(200)


def _body(request: HttpRequest) -> bytes:
    """Return the raw body. Raises `ValueError` where it is too large, or did not come to its end."""
    body = bytearray()
    try:
        while len(body) <= MOST_BYTES and (part := request.read(MOST_BYTES + 1 - len(body))):
            body += part
    except OSError as error:
        raise ValueError("Not all came.") from error
    if len(body) > MOST_BYTES:
        raise ValueError("Too large.")
    return bytes(body)


def _answer(status: int) -> HttpResponse:
    return HttpResponse(status=status, content_type="text/plain")
