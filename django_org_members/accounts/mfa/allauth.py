"""django-allauth's `allauth.mfa`: TOTP, recovery codes and passkeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from .base import Method, MFAAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest

SIGNED_IN_BY_KEY = "account_authentication_methods"
"""Where allauth keeps in the session how a person signed in."""


def _authenticators() -> Any:
    from allauth.mfa.models import Authenticator

    return Authenticator.objects


class AllauthAdapter(MFAAdapter):
    """Lists, resets and checks the authenticators; enrolment stays with allauth's own pages."""

    def methods(self, users: Sequence[Any]) -> dict[Any, list[Method]]:
        """Return the authenticators: one query."""
        found = defaultdict(list)
        for row in _authenticators().filter(user__in=[user.pk for user in users]).order_by("pk"):
            found[row.user_id].append(_method(row))
        return dict(found)

    def reset(self, users: Sequence[Any]) -> None:
        """Delete the authenticators."""
        _authenticators().filter(user__in=[user.pk for user in users]).delete()

    def enabled_among(self, users: OuterRef) -> list[Exists]:
        """Ask for any authenticator."""
        return [Exists(_authenticators().filter(user=users))]

    def verify(self, user: Any, token: str) -> Any | None:
        """Check a TOTP or a recovery code; a passkey needs allauth's own sign-in page."""
        with transaction.atomic():
            for row in _authenticators().filter(user=user.pk, type__in=("totp", "recovery_codes")).order_by("-type"):
                if row.wrap().validate_code(token):
                    row.record_usage()
                    return row
        return None

    def is_verified(self, request: HttpRequest) -> bool:
        """Whether allauth's sign-in took a second factor."""
        records = request.session.get(SIGNED_IN_BY_KEY, [])
        return any(record.get("method") == "mfa" for record in records)


def _method(row: Any) -> Method:
    is_passkey = row.type == "webauthn"
    return Method(
        _words(row),
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        is_backup=row.type == "recovery_codes",
        takes_token=not is_passkey,
        sign_in_url=url_of("account_login") if is_passkey else "",
        confirm_url=url_of("mfa_reauthenticate_webauthn") if is_passkey else "",
    )


def url_of(name: str) -> str:
    """Return the address of a page of allauth; empty where the project did not mount it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def owes_verification(user: Any) -> bool:
    """Whether allauth lets the user set nothing up before an e-mail address is verified."""
    from allauth.account.models import EmailAddress
    from allauth.mfa import app_settings

    if app_settings.ALLOW_UNVERIFIED_EMAIL:
        return False
    return bool(EmailAddress.objects.filter(user_id=user.pk, verified=False).exists())


def _words(authenticator: Any) -> str:
    words = {"totp": _("Authenticator app"), "recovery_codes": _("Backup codes"), "webauthn": _("Passkey")}
    kind = words.get(authenticator.type, authenticator.get_type_display())
    name = authenticator.data.get("name", "") if authenticator.type == "webauthn" else ""
    return f"{kind} ({name})" if name else kind
