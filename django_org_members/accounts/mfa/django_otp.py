"""django-otp: every device model of every installed plugin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import django_otp
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from .base import Method, MFAAdapter

if TYPE_CHECKING:
    from django.http import HttpRequest

_WORDS = {
    "totpdevice": gettext_noop("Authenticator app"),
    "hotpdevice": gettext_noop("Token generator"),
    "staticdevice": gettext_noop("Backup codes"),
    "emaildevice": gettext_noop("E-mail code"),
    "webauthncredential": gettext_noop("Passkey"),
}
SEND_EVERY = timedelta(minutes=1)
"""How often a code is sent at most: whoever knows the password must not fill a mailbox."""
_DIGITS_ONLY = frozenset({"totpdevice", "hotpdevice", "emaildevice"})


class DjangoOTPAdapter(MFAAdapter):
    """One query for each device model, whatever the number of users."""

    def methods(self, users: Sequence[Any]) -> dict[Any, list[Method]]:
        """Return the devices; backup codes that are all used up are no method."""
        found = defaultdict(list)
        for model in _device_models():
            rows = model._default_manager.filter(user__in=[user.pk for user in users]).order_by("pk")
            has_tokens = hasattr(model, "token_set")
            if has_tokens:
                rows = rows.annotate(_left=Count("token_set"))
            for device in rows:
                if not has_tokens or device._left:
                    found[device.user_id].append(_method(device))
        return dict(found)

    def reset(self, users: Sequence[Any]) -> None:
        """Delete the devices, confirmed or not."""
        ids = [user.pk for user in users]
        for model in _device_models():
            model._default_manager.filter(user__in=ids).delete()

    def enabled_among(self, users: OuterRef) -> list[Exists]:
        """Ask each device model; backup codes that are all used up are no method."""
        return [Exists(_usable(model).filter(user=users)) for model in _device_models()]

    def send_token(self, user: Any) -> bool:
        """Send by each device that sends: django-otp's own e-mail devices, and a project's."""
        sent = False
        with transaction.atomic():
            for device in django_otp.devices_for_user(user, for_verify=True):
                if _is_sent(type(device)) and not _was_sent_lately(device):
                    device.generate_challenge()
                    sent = True
        return sent

    def remove(self, user: Any, key: str) -> None:
        """Delete the device whose persistent id this is, if it is the user's."""
        for model in _device_models():
            label, _, pk = key.partition("/")
            if label == model.model_label() and pk.isdecimal():
                model._default_manager.filter(pk=pk, user=user.pk).delete()

    def verify(self, user: Any, token: str) -> Any | None:
        """Match the token under the library's own lock and throttling.

        Not by its `match_token`: that asks every device, so each TOTP code would count as a wrong backup code, and
        soon lock those.
        """
        with transaction.atomic():
            for device in django_otp.devices_for_user(user, for_verify=True):
                if _takes_token(type(device)) and _may_be_of(device, token) and device.verify_token(token):
                    return device
        return None

    def signed_in(self, request: HttpRequest, device: Any) -> None:
        """Make `request.user.is_verified()` true."""
        django_otp.login(request, device)

    def is_verified(self, request: HttpRequest) -> bool:
        """Ask django-otp's middleware, where it is installed."""
        check = getattr(request.user, "is_verified", None)
        return bool(check and check())


def _device_models() -> list[Any]:
    """Return the models, those of backup codes last."""
    return sorted(django_otp.device_classes(), key=lambda model: (hasattr(model, "token_set"), model._meta.label))


def _takes_token(model: Any) -> bool:
    """Whether one types something: not what a passkey answers to the browser."""
    return not hasattr(model, "credential_id")


def _is_sent(model: Any) -> bool:
    from django_otp.models import SideChannelDevice

    return issubclass(model, SideChannelDevice)


def _was_sent_lately(device: Any) -> bool:
    """Whether it is too early, for the library or for us; what keeps no time sends none while the last one works."""
    is_allowed = getattr(device, "generate_is_allowed", None)
    if is_allowed is not None and not is_allowed()[0]:
        return True
    if not hasattr(device, "last_generated_timestamp"):
        return bool(device.token and timezone.now() < device.valid_until)
    at = device.last_generated_timestamp
    return at is not None and timezone.now() - at < SEND_EVERY


def _usable(model: Any) -> QuerySet[Any]:
    usable: QuerySet[Any] = model._default_manager.filter(confirmed=True)
    return usable.filter(token_set__isnull=False) if hasattr(model, "token_set") else usable


def _may_be_of(device: Any, token: str) -> bool:
    if hasattr(device, "token_set"):
        return bool(device.token_set.filter(token=token).exists())
    return device._meta.model_name not in _DIGITS_ONLY or (token.isascii() and token.isdecimal())


def _method(device: Any) -> Method:
    kind = _(_WORDS.get(device._meta.model_name, device._meta.verbose_name))
    name = device.name.strip()
    left = getattr(device, "_left", None)
    return Method(
        label=kind if not name or name.casefold() in (kind.casefold(), "default") else f"{kind} ({name})",
        is_confirmed=device.confirmed,
        created_at=getattr(device, "created_at", None),
        last_used_at=getattr(device, "last_used_at", None),
        key=device.persistent_id,
        is_backup=hasattr(device, "token_set"),
        takes_token=_takes_token(type(device)),
        is_sent=_is_sent(type(device)),
        is_passkey=not _takes_token(type(device)),
        detail=ngettext("%d code left", "%d codes left", left) % left if left else "",
    )
