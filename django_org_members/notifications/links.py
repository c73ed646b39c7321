"""Addresses in e-mails: they begin with BASE_URL, never with the Host header of a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from ..accounts.landing import managers_url, sign_in_url
from ..accounts.mfa import enrolment
from ..conf import settings
from ..models import Invitation


def invitation_url(invitation: Invitation) -> str:
    """Return the address on which the invitation is accepted."""
    return absolute(reverse("org_members:invitation", args=[invitation.derive_token()]))


def set_password_url(user: Any) -> str:
    """Return the address on which the user sets a password; it works once, for PASSWORD_RESET_TIMEOUT seconds."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return absolute(reverse("org_members:set_password", args=[uid, default_token_generator.make_token(user)]))


def expiry() -> datetime:
    """Return until when a link works that is made now."""
    return timezone.now() + timedelta(seconds=django_settings.PASSWORD_RESET_TIMEOUT)


def own_mfa() -> str:
    """Return the address on which people see their own second factors."""
    return absolute(reverse("org_members:mfa"))


def sign_in() -> str:
    """Return the address on which to sign in."""
    return absolute(sign_in_url())


def enrol_mfa() -> str:
    """Return the address on which to set MFA up; where there is no such page, that of the sign-in."""
    return absolute(enrolment.page_url() or sign_in_url())


def billing(organization_id: int) -> str:
    """Return the address of an organization's Billing tab; where its managers have none, of what they do have."""
    pages = (managers_url(organization_id, page) for page in ("billing", "settings"))
    return absolute(next(filter(None, pages), sign_in_url()))


def absolute(path: str) -> str:
    """Return the whole address of a path; one that is whole already stays as it is."""
    return path if "://" in path else f"{settings.BASE_URL}{path}"
