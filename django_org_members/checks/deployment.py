"""What matters where the project serves people: `manage.py check --deploy`."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage

from .messages import caution

_BACKENDS = "django.core.mail.backends."
_SENDS_NOTHING = tuple(f"{_BACKENDS}{name}.EmailBackend" for name in ("console", "dummy", "locmem", "filebased"))
_DJANGOS_DEFAULT = "webmaster@localhost"


def mail() -> Iterator[CheckMessage]:
    """Invitations and notices must leave the machine."""
    path = _mail_backend()
    if path in _SENDS_NOTHING:
        hint = (
            'Set MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", …}} (from Django 6.1 on), '
            'or EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend".'
        )
        yield caution("W009", f"{path} sends no e-mail: invitations and notices reach nobody.", hint)


def sender() -> Iterator[CheckMessage]:
    """They must come from somebody."""
    if _DJANGOS_DEFAULT in settings.DEFAULT_FROM_EMAIL:
        hint = 'Set DEFAULT_FROM_EMAIL = "Example <no-reply@example.com>".'
        yield caution("W010", f"DEFAULT_FROM_EMAIL is Django's {_DJANGOS_DEFAULT}: many servers refuse that.", hint)


def cookies() -> Iterator[CheckMessage]:
    """Django's own checks ask for SESSION_COOKIE_SECURE and SESSION_COOKIE_HTTPONLY."""
    if settings.SESSION_COOKIE_SAMESITE not in ("Lax", "Strict"):
        text = "SESSION_COOKIE_SAMESITE lets other sites send requests with the session of whoever visits them."
        yield caution("W011", text, 'Set SESSION_COOKIE_SAMESITE = "Lax".')


def _mail_backend() -> str:
    mailers = getattr(settings, "MAILERS", None) or {}
    if "default" in mailers:
        return str(mailers["default"].get("BACKEND", ""))
    return str(settings.EMAIL_BACKEND)
