"""Which adapters are active."""

from __future__ import annotations

from typing import cast

from django.apps import apps

from ...conf import import_dotted, settings
from .base import MFAAdapter

BUILT_IN = {
    "django_otp": "django_org_members.accounts.mfa.django_otp.DjangoOTPAdapter",
    "allauth.mfa": "django_org_members.accounts.mfa.allauth.AllauthAdapter",
}
"""App to the adapter that serves it where the setting MFA_ADAPTERS names none."""


def adapters() -> list[MFAAdapter]:
    """Return an instance of each active adapter."""
    paths = settings.MFA_ADAPTERS
    if paths is None:
        paths = [path for app, path in BUILT_IN.items() if apps.is_installed(app)]
    return [cast("MFAAdapter", import_dotted(path, setting="MFA_ADAPTERS")()) for path in paths]
