"""Events as the log shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from ...audit import details, verbs
from ...audit.details import Detail
from ...models import AuditEvent

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COMMAND = "manage.py "
"""How the client of an event begins that a management command made."""


@dataclass(frozen=True)
class Party:
    """Who did it, or to whom or what."""

    name: StrOrPromise
    email: str = ""
    url: str = ""
    """Leads to the events of this person alone."""


@dataclass(frozen=True)
class Row:
    """One event."""

    event: AuditEvent
    action: str
    who: Party
    whom: Party
    details: list[Detail]


def _nowhere(pk: Any) -> str:
    return ""


def rows(events: list[AuditEvent], only: Callable[[Any], str] = _nowhere) -> list[Row]:
    """Return the rows; `only` makes the address of the events of the user with a pk, if there is one."""
    return [
        Row(event, verbs.in_words(event.verb), _who(event, only), _whom(event, only), details.in_words(event))
        for event in events
    ]


def _who(event: AuditEvent, only: Callable[[Any], str]) -> Party:
    if event.actor_id is not None:
        return _person(event.actor_id, event.actor_name, event.actor_email, only)
    if event.client.startswith(COMMAND) and not event.ip_address:  # a browser can call itself anything
        return Party(_("Management command"), event.client)
    return Party(_("The system"))


def _whom(event: AuditEvent, only: Callable[[Any], str]) -> Party:
    if event.user_id is not None:
        return _person(event.user_id, event.name, event.email, only)
    return Party(event.name or event.email, event.email if event.name else "")


def _person(pk: Any, name: str, email: str, only: Callable[[Any], str]) -> Party:
    return Party(name or email or _("Somebody without a name"), email if name else "", only(pk))
