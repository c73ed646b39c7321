"""Who changed the members, and how: what the audit log has of the time between two counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ..conf import settings
from ..models import AuditEvent, SeatChange
from ..notifications.seats import Deed
from .seats import MEMBERS

SHOWN = 3
"""How many people are named, before the number of the others."""
Verb = AuditEvent.Verb


def _words(kind: str, count: int) -> Any:
    match kind:
        case "added":
            return ngettext_lazy("{who} added {count} member", "{who} added {count} members", count)
        case "removed":
            return ngettext_lazy("{who} removed {count} member", "{who} removed {count} members", count)
        case "deleted":
            return ngettext_lazy(
                "{who} deleted the account of {count} member", "{who} deleted the accounts of {count} members", count
            )
        case "disabled":
            return ngettext_lazy("{who} disabled {count} member", "{who} disabled {count} members", count)
        case "enabled":
            return ngettext_lazy("{who} enabled {count} member", "{who} enabled {count} members", count)
    return _("{who} linked the subscription")


_COMING_AND_GOING: dict[str, str] = {
    Verb.MEMBER_CREATED: "added",
    Verb.MEMBER_ADDED: "added",
    Verb.MEMBER_REMOVED: "removed",
    Verb.ACCOUNT_DELETED: "deleted",
}
_TURNING_OFF_AND_ON: dict[str, str] = {Verb.MEMBER_DISABLED: "disabled", Verb.MEMBER_ENABLED: "enabled"}
_LINKING: dict[str, str] = {Verb.SUBSCRIPTION_LINKED: "linked"}


@dataclass
class _Person:
    name: Any
    kinds: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def of(change: SeatChange, organization_id: int) -> tuple[tuple[Deed, ...], int]:
    """Return what people did until a change was settled, and how many more people did something; at most three queries.

    Those who did most come first. A program that goes past the services leaves nothing to be told.
    """
    found = AuditEvent.objects.filter(organization=organization_id).order_by()
    if change.since is not None:
        found = found.filter(created_at__gt=change.since)
    found = found.filter(created_at__lte=change.until or change.created_at)
    kinds = _kinds(change)
    people = sorted(_people(found, kinds), key=lambda each: -sum(each.kinds.values()))
    deeds = [
        Deed(_words(kind, count), (person.name,), count)
        for person in people[:SHOWN]
        for kind, count in person.kinds.items()
    ]
    joined = () if kinds is _LINKING else _joined(found.filter(verb=Verb.MEMBER_JOINED))
    return (*deeds, *joined), max(len(people) - SHOWN, 0)


def _kinds(change: SeatChange) -> dict[str, str]:
    """Return which events changed the count: where a project's own function counts, any may have."""
    if change.reason == SeatChange.Reason.LINKED:
        return _LINKING
    return _COMING_AND_GOING if settings.SEATS == MEMBERS else _COMING_AND_GOING | _TURNING_OFF_AND_ON


def _people(events: QuerySet[AuditEvent], kinds: dict[str, str]) -> list[_Person]:
    rows = events.filter(verb__in=list(kinds)).values("actor_id", "verb")
    people: dict[Any, _Person] = {}
    for row in rows.annotate(count=Count("pk"), name=Max("actor_name"), email=Max("actor_email")).order_by("verb"):
        name = row["name"] or row["email"] or _("The system")
        person = people.setdefault(row["actor_id"], _Person(name))
        person.kinds[kinds[row["verb"]]] += row["count"]
    return list(people.values())


def _joined(events: QuerySet[AuditEvent]) -> Iterator[Deed]:
    """Yield one sentence for all who accepted an invitation: each did it, and there may be many."""
    rows = list(events.order_by("created_at", "pk").values_list("name", "email")[: SHOWN + 1])
    if not rows:
        return
    names = tuple(name or email for name, email in rows[:SHOWN])
    more = events.count() - len(names) if len(rows) > SHOWN else 0
    words: Any = _("{who} joined by invitation")
    if more:
        words = ngettext_lazy(
            "{who} and {count} other joined by invitation", "{who} and {count} others joined by invitation", more
        )
    yield Deed(words, names, more)
