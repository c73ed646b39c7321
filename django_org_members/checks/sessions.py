"""What signs people in and ends their sessions: the backend, the middleware, the session engine."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage

from .messages import caution, error

BACKEND = "django_org_members.policy.backend.MembersBackend"
MIDDLEWARE = "django_org_members.accounts.middleware.AccountMiddleware"
_AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
_OTP = "django_otp.middleware.OTPMiddleware"
_IN_COOKIES = "django.contrib.sessions.backends.signed_cookies"


def backend() -> Iterator[CheckMessage]:
    """Our backend must be there, and Django's own must not be beside it."""
    if not any(map(_is_ours, settings.AUTHENTICATION_BACKENDS)):
        hint = f'Put "{BACKEND}" into AUTHENTICATION_BACKENDS, in place of Django\'s ModelBackend.'
        yield error("E001", "The authentication backend is missing.", hint)
    elif "django.contrib.auth.backends.ModelBackend" in settings.AUTHENTICATION_BACKENDS:
        text = (
            "ModelBackend has no place beside MembersBackend: before it, it signs in with expired temporary passwords."
        )
        hint = "Remove ModelBackend from AUTHENTICATION_BACKENDS: MembersBackend does all that it does."
        yield error("E005", text, hint)


def middleware() -> Iterator[CheckMessage]:
    """The middleware must be there, after what it needs and before what needs it."""
    order = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in order:
        hint = f'Put "{MIDDLEWARE}" into MIDDLEWARE, right after "{_AUTHENTICATION}".'
        yield error("E002", "The middleware is missing: sessions would not end.", hint)
        return
    before = order[: order.index(MIDDLEWARE)]
    if _AUTHENTICATION not in before:
        hint = f'Put "{MIDDLEWARE}" after "{_AUTHENTICATION}".'
        yield error("E003", "The middleware comes before the user is known.", hint)
    if _OTP in before:
        hint = f'Put "{MIDDLEWARE}" before "{_OTP}".'
        yield caution("W001", "A session that ended would not be known to django-otp.", hint)


def engine() -> Iterator[CheckMessage]:
    """Sessions in cookies work, with a caveat."""
    if settings.SESSION_ENGINE == _IN_COOKIES:
        text = (
            "Sessions are kept in cookies: an old copy of a cookie brings back what the session held then, such as a "
            "password given a moment ago, until it is too old or all sessions of the person are ended."
        )
        hint = 'Set SESSION_ENGINE = "django.contrib.sessions.backends.cached_db", or "…db" or "…cache".'
        yield caution("W008", text, hint)


def _is_ours(path: str) -> bool:
    from ..policy.backend import is_ours

    try:
        return is_ours(path)
    except ImportError:
        return False
