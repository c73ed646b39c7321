"""Setting up second factors on the package's own pages: TOTP apps and backup codes, kept by django-otp."""

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
from . import allauth
from .base import Proof

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

BACKUP_CODES = 10
NAME, CODES_NAME = "Authenticator app", "Backup codes"
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
    def proof(self) -> Proof:
        """That the device was shown, once it is confirmed."""
        from .django_otp import DjangoOTPAdapter

        return Proof(DjangoOTPAdapter(), self.device)

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


def page_url(user: Any = None) -> str | None:
    """Return the address of the page on which to set up MFA; None where there is none, so nobody is locked out.

    For a user whose e-mail address has to be verified first, at allauth, that of the page for this.
    """
    url = _page_url()
    if url and user is not None and url in _allauth_urls() and allauth.owes_verification(user):
        return allauth.url_of("account_email") or url
    return url


def _page_url() -> str | None:
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


def _allauth_urls() -> list[str]:
    return [allauth.url_of(name) for name in ("mfa_index", "mfa_activate_totp", "mfa_add_webauthn")]


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
def confirm(enrolment: Enrolment, token: str, *, name: str = "") -> list[str] | None:
    """Confirm the device, under a name of its owner's, if the token is right; None if it is not.

    Returns the backup codes that were made with it, to be shown once: none for somebody who still has some.
    """
    from django_otp.plugins.otp_totp.models import TOTPDevice

    device = TOTPDevice.objects.select_for_update().filter(pk=enrolment.device.pk).first()
    if device is None or device.confirmed or not device.verify_is_allowed()[0] or not device.verify_token(token):
        return None
    device.confirmed, device.name = True, name or NAME
    device.save()
    TOTPDevice.objects.filter(user=device.user_id, confirmed=False).delete()
    return [] if _codes(device.user_id).exists() else new_codes(device.user_id)


@transaction.atomic
def new_codes(user_id: Any) -> list[str]:
    """Return new backup codes, to be shown once; the old ones are dead. `user_id` is a user's pk."""
    from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

    codes = [StaticToken.random_token() for _ in range(BACKUP_CODES)]
    StaticDevice.objects.filter(user=user_id).delete()
    backup = StaticDevice.objects.create(user_id=user_id, name=CODES_NAME)
    StaticToken.objects.bulk_create(StaticToken(device=backup, token=code) for code in codes)
    return codes


def _codes(user_id: Any) -> Any:
    from django_otp.plugins.otp_static.models import StaticToken

    return StaticToken.objects.filter(device__user=user_id, device__confirmed=True)
