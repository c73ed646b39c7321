"""Second factors: an authenticator app and printed backup codes."""

from __future__ import annotations

from typing import Any

from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

BACKUP_CODES = 10


def add(user: Any) -> None:
    """Give the user a confirmed TOTP device and backup codes."""
    TOTPDevice.objects.get_or_create(user=user, name="Authenticator app")
    backup, is_new = StaticDevice.objects.get_or_create(user=user, name="Backup codes")
    if is_new:
        tokens = [StaticToken(device=backup, token=StaticToken.random_token()) for _ in range(BACKUP_CODES)]
        StaticToken.objects.bulk_create(tokens)


def backup_codes(email: str) -> list[str]:
    """Return the unused backup codes of the user with this address."""
    tokens = StaticToken.objects.filter(device__user__email=email).order_by("pk")
    return list(tokens.values_list("token", flat=True))
