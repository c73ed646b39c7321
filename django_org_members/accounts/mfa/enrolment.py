"""Setting up a second factor on the package's own page: a TOTP app and backup codes, kept by django-otp."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import transaction
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe

from ...conf import settings

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

BACKUP_CODES = 10
NAME = "Authenticator app"
SESSION_KEY = "_org_members_enrolment"
_PLUGINS = ("django_otp.plugins.otp_totp", "django_otp.plugins.otp_static")


@dataclass(frozen=True)
class Enrolment:
    """A device that was begun: what the page shows."""

    device: Any
    key: str
    """The secret as authenticator apps take it, base32 in groups of four."""
    uri: str
    """The same as an `otpauth://` address."""

    @property
    def qr_code(self) -> SafeString | None:
        """The address as an inline SVG without any style; None where segno (extra `qr`) is not installed."""
        try:
            import segno
        except ImportError:
            return None
        code = segno.make(self.uri, error="m", micro=False)
        return mark_safe(code.svg_inline(border=3, omitsize=True, svgclass="om-qr", lineclass=None))  # noqa: S308


def is_offered() -> bool:
    """Whether the package's own page can enrol: django-otp's plugins for TOTP and backup codes are installed."""
    return all(apps.is_installed(plugin) for plugin in _PLUGINS)


def page_url() -> str | None:
    """Return the address of the page on which to set up MFA; None where there is none, so nobody is locked out."""
    if settings.MFA_ENROLMENT_URL:
        return resolve_url(settings.MFA_ENROLMENT_URL)
    try:
        if is_offered():
            return reverse("org_members:enrol_mfa")
        if apps.is_installed("allauth.mfa"):
            return reverse("mfa_activate_totp")
    except NoReverseMatch:
        pass
    return None


def begin(user: Any, session: SessionBase) -> Enrolment:
    """Return the unconfirmed TOTP device of this session, made at the first call: a page loaded again shows the same key.

    Another session gets another key: who saw one in a session that has ended must not know the device that is in use.
    """
    from django_otp.plugins.otp_totp.models import TOTPDevice

    begun = TOTPDevice.objects.filter(user=user, confirmed=False, name=NAME)
    device = begun.filter(pk=session.get(SESSION_KEY)).first()
    if device is None:
        begun.delete()
        device = TOTPDevice.objects.create(user=user, name=NAME, confirmed=False)
        session[SESSION_KEY] = device.pk
    text = b32encode(device.bin_key).decode()
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return Enrolment(device, groups, device.config_url)


@transaction.atomic
def confirm(enrolment: Enrolment, token: str) -> list[str] | None:
    """Confirm the device if the token is right; returns new backup codes, to be shown once, else None."""
    from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
    from django_otp.plugins.otp_totp.models import TOTPDevice

    device = TOTPDevice.objects.select_for_update().filter(pk=enrolment.device.pk).first()
    if device is None or device.confirmed or not device.verify_is_allowed()[0] or not device.verify_token(token):
        return None
    device.confirmed = True
    device.save()
    TOTPDevice.objects.filter(user=device.user_id, confirmed=False).delete()
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
    backup, _ = StaticDevice.objects.get_or_create(user_id=device.user_id, name="Backup codes")
    backup.token_set.all().delete()
    StaticToken.objects.bulk_create(StaticToken(device=backup, token=code) for code in codes)
    return codes
