"""Shifts as iCalendar: of a rotation, or of a member over all rotations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from ...conf import settings
from ...models import Membership, Organization, Rotation, TimeOff
from .. import loading
from ..engine import Plan
from ..engine import Rotation as EngineRotation
from ..providers import get_provider
from ..scheduled import ScheduleProvider

BEHIND, AHEAD = timedelta(days=14), timedelta(days=90)
"""The window; what reaches over its edges is told whole."""
REFRESH = timedelta(hours=1)
"""How often calendar programs are asked to look."""
_DAY = timedelta(days=1)
_LONGEST_SHIFT = timedelta(days=366)


@dataclass(frozen=True, order=True)
class Event:
    """One event of a feed."""

    begins: datetime
    ends: datetime
    uid: str
    summary: str
    description: str = ""
    is_away: bool = False
    """Time off: busy, where being on call leaves one free."""


def events_of_rotation(rotation: Rotation, at: datetime) -> list[Event]:
    """Return the turns of a rotation around an instant; nobody's turns are left out. At most three queries."""
    organization = rotation.organization
    plan, since, until = _plan(organization, at)
    computed = next((each for each in plan.rotations if each.pk == rotation.pk), None)
    if computed is None:  # deleted since
        return []
    names = Membership.objects.filter(organization=organization).in_bulk(computed.members)
    summary = _("%(name)s on call: %(rotation)s")
    return [
        Event(begins, ends, uid, summary % {"name": names[member], "rotation": rotation.name}, organization.name)
        for begins, ends, member, uid in _turns(plan, computed, since, until)
        if member in names
    ]


def events_of_member(member: Membership, at: datetime) -> list[Event]:
    """Return a member's shifts and time off around an instant. At most three queries, with the package's own provider.

    The notes of time off are left out.
    """
    provider = get_provider(member.organization)
    is_ours = isinstance(provider, ScheduleProvider)
    shifts = _own_shifts(member, at) if is_ours else _provided_shifts(provider, member, at)
    return sorted([*shifts, *_away(member, at)])


def written(events: Iterable[Event], *, name: str, at: datetime) -> bytes:
    """Return the events as a calendar called `name`; the library escapes and folds whatever they are called."""
    from icalendar import Calendar, vText
    from icalendar import Event as Component

    calendar = Calendar()
    calendar.add("prodid", "-//django-org-members//Availability//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar["x-wr-calname"] = vText(_plain(name))  # as a property that the library does not know, it is not escaped
    calendar.add("x-wr-timezone", "UTC")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for each in events:
        component = Component()
        component.add("uid", each.uid)
        component.add("dtstamp", loading.instant(at).replace(microsecond=0))
        component.add("dtstart", each.begins)
        component.add("dtend", each.ends)
        component.add("summary", _plain(each.summary))
        if each.description:
            component.add("description", _plain(each.description))
        component.add("transp", "OPAQUE" if each.is_away else "TRANSPARENT")
        if each.is_away:
            component.add("x-microsoft-cdo-busystatus", "OOF")
        calendar.add_component(component)
    return bytes(calendar.to_ical())


def _own_shifts(member: Membership, at: datetime) -> Iterator[Event]:
    plan, since, until = _plan(member.organization, at)
    concerned = [each for each in plan.rotations if member.pk in each.members]
    for rotation in concerned:
        for begins, ends, whose, uid in _turns(plan, rotation, since, until):
            if whose == member.pk:
                yield _shift(begins, ends, uid, rotation.name, member)
    for feed in plan.feeds:
        for begins, ends in plan.feed_spans(feed, member.pk):
            if begins < until and ends > since:
                uid = _uid("imported", feed.pk, member.pk, begins)
                yield _shift(begins, ends, uid, feed.name, member)


def _provided_shifts(provider: Any, member: Membership, at: datetime) -> Iterator[Event]:
    """Yield what a project's own provider knows."""
    begins = loading.instant(at)
    for each in provider.shifts([member], begins - BEHIND, begins + AHEAD):
        span = loading.instant(each.begins_at), loading.instant(each.ends_at)
        yield _shift(*span, _uid("shift", each.rotation_id or 0, member.pk, span[0]), str(each.label), member)


def _shift(begins: datetime, ends: datetime, uid: str, label: str, member: Membership) -> Event:
    return Event(begins, ends, uid, _("On call: %(rotation)s") % {"rotation": label}, member.organization.name)


def _away(member: Membership, at: datetime) -> Iterator[Event]:
    now = loading.instant(at)
    rows = TimeOff.objects.between(loading.stored(now - BEHIND), loading.stored(now + AHEAD)).filter(membership=member)
    for row in rows:
        span = loading.instant(row.starts_at), loading.instant(row.ends_at)
        yield Event(*span, _uid("away", row.pk), _("Time off"), member.organization.name, is_away=True)


def _turns(
    plan: Plan, rotation: EngineRotation, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, int, str]]:
    """Yield (begins, ends, member, UID) of the turns in the window. No two turns of a rotation begin together."""
    for turn in plan.turns(rotation):
        if turn.member is not None and turn.begins < until and turn.ends > since:
            yield turn.begins, turn.ends, turn.member, _uid("shift", rotation.pk, turn.member, turn.begins)


def _plan(organization: Organization, at: datetime) -> tuple[Plan, datetime, datetime]:
    """Return a plan that covers the window and the whole of what reaches over its edges, and the window: two queries.

    The first finds how long the shifts are, and which overrides began before it; the second reads so much more.
    """
    now = loading.instant(at)
    since, until = now - BEHIND, now + AHEAD
    first = loading.load(organization, since, until)
    layers = [layer for rotation in first.rotations for layer in rotation.layers]
    longest = min(max((layer.length for layer in layers), default=_DAY), _LONGEST_SHIFT) + _DAY
    overrides = [each for rotation in first.rotations for each in rotation.overrides]
    begins = min([since, *(max(each.begins, since - _LONGEST_SHIFT) for each in overrides)]) - longest
    ends = max([until, *(min(each.ends, until + _LONGEST_SHIFT) for each in overrides)]) + longest
    return loading.load(organization, begins, ends), since, until


def _uid(kind: str, *parts: object) -> str:
    texts = [f"{each:%Y%m%dT%H%M%SZ}" if isinstance(each, datetime) else str(each) for each in parts]
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"{'-'.join([kind, *texts])}@{host}"


def _plain(text: str) -> str:
    """Return a text on one line, without what no calendar program shows; separators are the library's to escape."""
    return "".join(each if each.isprintable() else " " if each.isspace() else "" for each in text)
