"""django-allauth's `allauth.mfa`: TOTP, recovery codes and passkeys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from .base import Method, MFAAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest

_METHODS_KEY = "account_authentication_methods"
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
            label = _words(row)
            found[row.user_id].append(Method(label, created_at=row.created_at, last_used_at=row.last_used_at))
        return dict(found)

    def reset(self, users: Sequence[Any]) -> None:
        """Delete the authenticators."""
        _authenticators().filter(user__in=[user.pk for user in users]).delete()

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
        records = request.session.get(_METHODS_KEY, [])
        return any(record.get("method") == "mfa" for record in records)


def _words(authenticator: Any) -> str:
    words = {"totp": _("Authenticator app"), "recovery_codes": _("Backup codes"), "webauthn": _("Passkey")}
    kind = words.get(authenticator.type, authenticator.get_type_display())
    name = authenticator.data.get("name", "") if authenticator.type == "webauthn" else ""
    return f"{kind} ({name})" if name else kind
