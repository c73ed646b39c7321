"""Rendering and sending."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import django
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger("django_org_members")


def compose(name: str, to: str, subject: Any, context: dict[str, Any]) -> EmailMessage:
    """Return the e-mail made of the templates `org_members/email/<name>.txt` and `.html`.

    In the project's language: the reader's is not known.
    """
    with translation.override(settings.LANGUAGE_CODE):
        words = {**context, "subject": _one_line(str(subject))}
        message = EmailMultiAlternatives(words["subject"], render_to_string(f"org_members/email/{name}.txt", words))
        message.attach_alternative(render_to_string(f"org_members/email/{name}.html", words), "text/html")
    message.to = [to] if to else []
    return message


def send(messages: Iterable[EmailMessage]) -> int:
    """Send e-mails over one connection; returns how many left. One without an address is skipped, a failure logged."""
    addressed = [message for message in messages if message.to]
    if not addressed:
        return 0
    try:
        connection = _connection()
        connection.open()
    except Exception:
        logger.exception("No connection to the mail server: %d e-mails could not be sent.", len(addressed))
        return 0
    sent = sum(_send(connection, message) for message in addressed)
    with suppress(Exception):
        connection.close()
    return sent


def _send(connection: Any, message: EmailMessage) -> int:
    """Send one. Backends raise what they like: the others are to be sent all the same."""
    try:
        return int(connection.send_messages([message]) or 0)
    except Exception:
        logger.exception("An e-mail could not be sent.")
        return 0


def _connection() -> Any:
    """Return the project's default connection; Django 6.1 has another name for it, and warns of the old one."""
    return mail.mailers.default if django.VERSION >= (6, 1) else mail.get_connection()


def _one_line(text: str) -> str:
    """Names of people and organizations stand in subjects: nothing in them may begin a header of its own."""
    return " ".join(text.split())
