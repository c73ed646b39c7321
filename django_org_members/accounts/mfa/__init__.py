"""Second factors, whichever library keeps them: every active adapter is asked, and every one is reset."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q

from .base import Method, MFAAdapter, Proof
from .registry import adapters

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("django_org_members")

__all__ = [
    "MFAAdapter",
    "Method",
    "Proof",
    "Ways",
    "enabled_among",
    "find",
    "is_enabled",
    "is_verified",
    "methods",
    "missing_among",
    "reset",
    "send_token",
    "signed_in",
    "verify",
    "ways",
]


def methods(users: Iterable[Any]) -> dict[Any, list[Method]]:
    """Return the methods of each user by user pk, unconfirmed ones too; a constant number of queries.

    Users without any are left out.
    """
    people = list(users)
    found: dict[Any, list[Method]] = {}
    for adapter in adapters():
        for user_id, theirs in adapter.methods(people).items():
            found.setdefault(user_id, []).extend(theirs)
    return found


def is_enabled(user: Any) -> bool:
    """Whether the user has a confirmed method: sign-in then asks for a token. One query where SQL can tell."""
    condition = enabled_among(OuterRef("pk"))
    if condition is None:
        return any(method.is_confirmed for method in methods([user]).get(user.pk, ()))
    return bool(get_user_model()._base_manager.filter(condition, pk=user.pk).exists())


@dataclass(frozen=True)
class Ways:
    """How a person can give a second factor: any of these is enough, and none may be there."""

    token: bool = False
    """By typing a token."""
    sent: bool = False
    """After a token was sent."""
    passkey: bool = False
    """By a passkey, on this package's own pages."""
    elsewhere: str = ""
    """On a sign-in page of a library's own: its address."""
    elsewhere_again: str = ""
    """The same for somebody who is signed in already, whom that page would only lead on."""


def ways(user: Any) -> Ways:
    """Return how this user can."""
    confirmed = [method for method in methods([user]).get(user.pk, ()) if method.is_confirmed]
    return Ways(
        token=any(method.takes_token for method in confirmed),
        sent=any(method.is_sent for method in confirmed),
        passkey=any(method.is_passkey for method in confirmed),
        elsewhere=next((method.sign_in_url for method in confirmed if method.sign_in_url), ""),
        elsewhere_again=next((method.confirm_url for method in confirmed if method.confirm_url), ""),
    )


def send_token(user: Any) -> bool:
    """Send a token by every method that sends them; returns whether one was sent. Failures of the mail server are logged."""
    sent = False
    for adapter in adapters():
        try:
            sent = adapter.send_token(user) or sent
        except Exception:  # whatever a library or a mail server raises: another one may have sent
            logger.exception("A token could not be sent.")
    return sent


def find(user: Any, key: str) -> tuple[MFAAdapter, Method] | None:
    """Return the one of the user's own methods that has this key, and its adapter; None for any other key."""
    for adapter in adapters():
        for method in adapter.methods([user]).get(user.pk, ()):
            if key and method.key == key:
                return adapter, method
    return None


def enabled_among(users: OuterRef) -> Q | None:
    """Return the condition that a user has a confirmed method, as `is_enabled` has it; None where an adapter cannot tell.

    `users` refers to the user's pk: `Membership.objects.exclude(enabled_among(OuterRef("user")))`.
    """
    found = Q(pk__in=())
    for adapter in adapters():
        conditions = adapter.enabled_among(users)
        if conditions is None:
            return None
        for condition in conditions:
            found |= Q(condition)
    return found


def missing_among(users: OuterRef) -> Q | None:
    """Return the contrary of `enabled_among`: no condition holds. Said one by one, which a database makes joins of."""
    missing = Q()
    for adapter in adapters():
        conditions = adapter.enabled_among(users)
        if conditions is None:
            return None
        for condition in conditions:
            missing &= Q(~condition)
    return missing


def reset(users: Iterable[Any]) -> None:
    """Delete every method of these users: confirmed, unconfirmed, and backup codes. Call it in a transaction."""
    people = list(users)
    for adapter in adapters():
        adapter.reset(people)


def verify(user: Any, token: str) -> Proof | None:
    """Check a token against the user's confirmed methods. A token that is right is used up."""
    for adapter in adapters():
        device = adapter.verify(user, token)
        if device is not None:
            return Proof(adapter, device)
    return None


def signed_in(request: HttpRequest, proof: Proof) -> None:
    """Tell the library whose method it was that this session gave its token."""
    proof.adapter.signed_in(request, proof.device)


def is_verified(request: HttpRequest) -> bool:
    """Whether a library knows that this session gave a token, on a sign-in page of its own."""
    return any(adapter.is_verified(request) for adapter in adapters())
