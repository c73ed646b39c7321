"""Rendering and sending."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

logger = logging.getLogger("django_org_members")


def send(name: str, to: str, subject: Any, context: dict[str, Any]) -> bool:
    """Send the e-mail made of the templates `org_members/email/<name>.txt` and `.html`; returns whether it left.

    In the project's language: the reader's is not known. An address that is empty is skipped, a failure logged.
    """
    if not to:
        return False
    with translation.override(settings.LANGUAGE_CODE):
        words = {**context, "subject": _one_line(str(subject))}
        text = render_to_string(f"org_members/email/{name}.txt", words)
        message = EmailMultiAlternatives(words["subject"], text, to=[to])
        message.attach_alternative(render_to_string(f"org_members/email/{name}.html", words), "text/html")
    try:
        return bool(message.send())
    except (OSError, SMTPException, ValueError):
        logger.exception("The e-mail %r could not be sent.", name)
        return False


def _one_line(text: str) -> str:
    """Names of people and organizations stand in subjects: nothing in them may begin a header of its own."""
    return " ".join(text.split())
