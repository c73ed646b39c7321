"""What a library of second factors must answer to be managed here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Method:
    """One registered second factor, as the Security tab shows it."""

    label: StrOrPromise
    """What it is, in words: “Authenticator app”, “Backup codes”, or the name that its owner gave it."""
    is_confirmed: bool = True
    """Whether it can be used; an enrolment that was begun is not."""
    created_at: datetime | None = None
    last_used_at: datetime | None = None
    detail: StrOrPromise = ""
    """A remark, such as how many backup codes are left."""


class MFAAdapter(ABC):
    """Connects one library. Instances hold no state."""

    @abstractmethod
    def methods(self, users: Sequence[Any]) -> dict[Any, list[Method]]:
        """Return the methods of each user by user pk, unconfirmed ones too, in a constant number of queries."""

    @abstractmethod
    def reset(self, users: Sequence[Any]) -> None:
        """Delete everything that could serve as a second factor of these users, unconfirmed devices and codes too.

        Runs inside a transaction, in a constant number of queries.
        """

    def verify(self, user: Any, token: str) -> Any | None:
        """Return the device that the token is right for, and use the token up; None if it is wrong.

        Guessing is slowed down by the caller; the adapter may do so too.
        """
        return None

    def signed_in(self, request: HttpRequest, device: Any) -> None:
        """Note in the session, as the library does itself, that a token of `device` was given."""
        return

    def is_verified(self, request: HttpRequest) -> bool:
        """Whether the library itself already took a token in this session."""
        return False


@dataclass(frozen=True)
class Proof:
    """A token was right: for which device, of which adapter."""

    adapter: MFAAdapter
    device: Any
