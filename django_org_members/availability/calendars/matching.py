"""Whose shifts they are: the members of the organization, by their e-mail addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower

from ...models import Membership, Organization
from ...models.memberships import MembershipQuerySet
from ...models.text import normalized_email, spellings
from .reading import ReadShift

MOST_UNMATCHED = 100
_LONGEST_WHO = 254
_AT_ONCE = 500


@dataclass(frozen=True)
class MatchedShift:
    """A shift of a member."""

    membership_id: int
    begins: datetime
    ends: datetime
    summary: str


@dataclass(frozen=True)
class Unmatched:
    """Shifts of somebody who is no member: who, as the calendar calls them, what the events are called, and how many."""

    who: str
    summary: str
    shifts: int


@dataclass(frozen=True)
class Matched:
    """What became of a calendar's shifts."""

    shifts: tuple[MatchedShift, ...]
    unmatched: tuple[Unmatched, ...]


def match(organization: Organization, shifts: Iterable[ReadShift]) -> Matched:
    """Match shifts with the organization's members, disabled ones too: one query for each 500 addresses.

    By the attendees; where none of them is a member, by the organizer, and then by what the summary or the description
    mentions. Nobody is guessed by name. Addresses that are not found as they are written cost as many queries again.
    """
    found = list(shifts)
    members = _members(organization, {address for shift in found for tier in _tiers(shift) for address in tier})
    matched: dict[MatchedShift, None] = {}
    others: Counter[tuple[str, str]] = Counter()
    for shift in found:
        whose, left = _whose(shift, members)
        matched.update((MatchedShift(pk, shift.begins, shift.ends, shift.summary), None) for pk in dict.fromkeys(whose))
        others.update((who[:_LONGEST_WHO], shift.summary) for who in left)
    unmatched = tuple(Unmatched(*key, count) for key, count in others.most_common(MOST_UNMATCHED))
    return Matched(tuple(matched), unmatched)


def _tiers(shift: ReadShift) -> Iterator[tuple[str, ...]]:
    """Yield the addresses by how much they mean."""
    yield tuple(normalized_email(each) for each in shift.attendees)
    yield (normalized_email(shift.organizer),) if shift.organizer else ()
    yield tuple(normalized_email(each) for each in shift.mentioned)


def _whose(shift: ReadShift, members: dict[str, int]) -> tuple[list[int], list[str]]:
    """Return the members, and what did not match: the other attendees, or, where nobody is, one line of the event."""
    for tier in _tiers(shift):
        whose = [members[each] for each in tier if each in members]
        if whose:
            return whose, [each for each in tier if each not in members]
    attendees, organizer, mentioned = _tiers(shift)
    return [], list(attendees or mentioned or organizer or ("",))


def _members(organization: Organization, addresses: set[str]) -> dict[str, int]:
    """Return the members by normalized address. Memberships hold the addresses as the accounts do, in any spelling."""
    members = Membership.objects.filter(organization=organization)
    found = _by_email(members, "email", addresses)
    missing = addresses - found.keys()
    return found | _by_email(members.annotate(_email=Lower("email")), "_email", missing) if missing else found


def _by_email(members: MembershipQuerySet, column: str, addresses: Iterable[str]) -> dict[str, int]:
    ordered = sorted({each for one in addresses for each in spellings(one)})
    found: dict[str, int] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        rows = members.filter(**{f"{column}__in": ordered[start : start + _AT_ONCE]}).order_by("-pk")
        found.update((normalized_email(email), pk) for email, pk in rows.values_list("email", "pk"))
    return found
