"""E-mails for a demo: printed to the console, and each one kept as a file that can be opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.console import EmailBackend

_LINE = "─" * 79
_prints = ContextVar("_prints", default=True)


@contextmanager
def files_only() -> Iterator[None]:
    """Keep the console quiet: e-mails sent inside go to their files alone."""
    token = _prints.set(False)
    try:
        yield
    finally:
        _prints.reset(token)


class ConsoleAndFilesBackend(EmailBackend):
    """Writes to the console what a person would read, and the same into a file under `settings.MAIL_DIR`."""

    def write_message(self, message: EmailMessage) -> None:
        """Keep and print one e-mail."""
        text = _readable(message)
        path = _keep(message, text)
        if _prints.get():
            self.stream.write(f"{_LINE}\n{text}\n(kept in {path})\n{_LINE}\n")


def _readable(message: EmailMessage) -> str:
    return f"From: {message.from_email}\nTo: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}"


def _keep(message: EmailMessage, text: str) -> Path:
    """Write the text, and beside it the HTML version if there is one; returns the path of the text."""
    directory = Path(settings.MAIL_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    addressees = re.sub(r"[^\w.@+-]", "_", ",".join(message.to))[:100]
    path = directory / f"{datetime.now():%Y%m%d-%H%M%S-%f}-{addressees}.txt"
    path.write_text(text + "\n", encoding="utf-8")
    html = _html(message)
    if html:
        path.with_suffix(".html").write_text(html, encoding="utf-8")
    return path


def _html(message: EmailMessage) -> str:
    alternatives = message.alternatives if isinstance(message, EmailMultiAlternatives) else []
    return next((str(body) for body, kind in alternatives if kind == "text/html"), "")
