"""django-otp's models, for the tests that need them. Where it is not installed they skip at the first use, and say why.

Import its names from here, never from `django_otp`: the suite also runs without it, and with allauth alone.
"""

from __future__ import annotations

import pytest
from django.apps import apps

IS_INSTALLED = apps.is_installed("django_otp.plugins.otp_totp") and apps.is_installed("django_otp.plugins.otp_static")
REASON = "Needs django-otp: run with --ds=tests.settings.username_user."

needs_otp = pytest.mark.skipif(not IS_INSTALLED, reason=REASON)
"""For tests that need the library's pages or words, and do not touch its models."""


class _Missing:
    """Stands for what cannot be imported. Only use skips: pytest looks at every name of a module while it collects."""

    @property
    def objects(self):
        pytest.skip(REASON)

    def __call__(self, *args, **kwargs):
        pytest.skip(REASON)


if IS_INSTALLED:
    from django_otp.oath import hotp, totp
    from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
    from django_otp.plugins.otp_totp.models import TOTPDevice
else:
    hotp = totp = StaticDevice = StaticToken = TOTPDevice = _Missing()

__all__ = ["IS_INSTALLED", "StaticDevice", "StaticToken", "TOTPDevice", "hotp", "needs_otp", "totp"]
