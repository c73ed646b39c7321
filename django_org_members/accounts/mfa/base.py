"""What a library of second factors must answer to be managed here."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

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
    key: str = ""
    """Names it among its owner's methods, as `MFAAdapter.remove` takes it; empty where it cannot be removed here."""
    is_backup: bool = False
    """Whether it only stands in for another one: it goes with the last of those."""
    takes_token: bool = True
    """Whether `MFAAdapter.verify` takes a token of it; a passkey has none."""
    is_sent: bool = False
    """Whether its token is sent, by `MFAAdapter.send_token`, when it is needed."""
    is_passkey: bool = False
    """Whether it is a passkey that this package's own pages can ask for."""
    sign_in_url: str = ""
    """Where it signs in, if only a page of its library asks for it."""
    confirm_url: str = ""
    """Where that library asks somebody for it who is signed in already; takes `next`."""


class MFAAdapter(ABC):
    """Connects one library. Instances hold no state."""

    @abstractmethod
    def methods(self, users: Sequence[Any]) -> dict[Any, list[Method]]:
        """Return the methods of each user by user pk, unconfirmed ones too, in a constant number of queries."""

    @abstractmethod
    def reset(self, users: Sequence[Any]) -> None:
        """Delete everything that could serve as a second factor of these users, unconfirmed devices and codes too.

        And what lets a browser go without one: where the library remembers browsers, none may stay remembered. Runs
        inside a transaction with the other adapters, in a constant number of queries; an error undoes the whole reset.
        """

    def enabled_among(self, users: OuterRef) -> list[Exists] | None:
        """Return conditions any of which holds for a user with a confirmed method; None where SQL cannot tell.

        `users` refers to the user's pk in the outer query. Without it lists cannot be narrowed to people without MFA.
        """
        return None

    def verify(self, user: Any, token: str) -> Any | None:
        """Return the device that the token is right for, and use the token up; None if it is wrong.

        Guessing is slowed down by the caller; the adapter may do so too.
        """
        return None

    def send_token(self, user: Any) -> bool:
        """Send a token to the user, by each confirmed method that sends them; returns whether one was sent.

        Not if one was sent a moment ago. Raises what the mail server raises.
        """
        return False

    def remove(self, user: Any, key: str) -> None:
        """Delete the one of the user's methods that has this `Method.key`. Runs inside a transaction."""
        raise NotImplementedError

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
