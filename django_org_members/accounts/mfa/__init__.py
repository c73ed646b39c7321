"""Second factors, whichever library keeps them: every active adapter is asked, and every one is reset."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .base import Method, MFAAdapter, Proof
from .registry import adapters

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = [
    "MFAAdapter",
    "Method",
    "Proof",
    "confirmed",
    "is_enabled",
    "is_verified",
    "methods",
    "reset",
    "signed_in",
    "verify",
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
    """Whether the user has a confirmed method: sign-in then asks for a token."""
    return any(method.is_confirmed for method in methods([user]).get(user.pk, ()))


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


def confirmed(request: HttpRequest, device: Any) -> None:
    """Tell django-otp that this session has just shown its new device."""
    from .django_otp import DjangoOTPAdapter

    DjangoOTPAdapter().signed_in(request, device)


def is_verified(request: HttpRequest) -> bool:
    """Whether a library knows that this session gave a token, on a sign-in page of its own."""
    return any(adapter.is_verified(request) for adapter in adapters())
