"""The details of an event in words: what was before, what is now, what was added and what was removed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext, gettext_lazy

from ..availability import words
from ..availability.documents import UNITS
from ..models import AuditEvent, Role, Rotation
from ..policy import registry
from . import verbs

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_FIELDS: dict[str, StrOrPromise] = {
    "before": gettext_lazy("Older than"),
    "calendar_error": gettext_lazy("Error"),
    "calendar_shifts": gettext_lazy("Planned shifts"),
    "color": gettext_lazy("Color"),
    "closures": gettext_lazy("Closures"),
    "default_schedule": gettext_lazy("Default schedule"),
    "deleted": gettext_lazy("Events"),
    "description": gettext_lazy("Description"),
    "device": gettext_lazy("Device"),
    "disabled_at": gettext_lazy("Disabled since"),
    "email": gettext_lazy("Email Address"),
    "ends_at": gettext_lazy("Until"),
    "ends_on": gettext_lazy("Last day"),
    "exempt_until": gettext_lazy("Exempt until"),
    "feeds": gettext_lazy("Calendar addresses"),
    "full_name": gettext_lazy("Full Name"),
    "grace_days": gettext_lazy("Days of grace"),
    "group": gettext_lazy("Group"),
    "handoff": gettext_lazy("Hand-over"),
    "hours": gettext_lazy("Hours"),
    "ip_address": gettext_lazy("IP address"),
    "joined_at": gettext_lazy("Joined"),
    "layer": gettext_lazy("Layer"),
    "layers": gettext_lazy("Layers"),
    "member": gettext_lazy("Member"),
    "members": gettext_lazy("Members"),
    "methods": gettext_lazy("Methods"),
    "mfa_due_at": gettext_lazy("To be set up by"),
    "mfa_required": gettext_lazy("MFA required"),
    "name": gettext_lazy("Name"),
    "note": gettext_lazy("Note"),
    "overrides": gettext_lazy("Overrides"),
    "owner": gettext_lazy("Owner"),
    "owner_of_address": gettext_lazy("Whose address"),
    "permissions": gettext_lazy("Permissions"),
    "phone": gettext_lazy("Phone Number"),
    "reason": gettext_lazy("Reason"),
    "role": gettext_lazy("Role"),
    "rotation": gettext_lazy("Rotation"),
    "schedule": gettext_lazy("Schedule"),
    "server": gettext_lazy("Server"),
    "shift": gettext_lazy("Shift"),
    "slug": gettext_lazy("Slug"),
    "starts_at": gettext_lazy("From"),
    "starts_on": gettext_lazy("First day"),
    "time_zone": gettext_lazy("Time zone"),
    "when_away": gettext_lazy("When somebody is disabled or away"),
}
_LISTS = frozenset({"permissions", "methods", "closures", "layers"})
"""Fields that hold a list, so that two items are no pair of before and after."""
_ORDER = ("name", "layer", "members", "shift", "handoff", "starts_on", "ends_on", "hours")
"""Of the fields within one entry of a list: not every database keeps the order of JSON."""
_ROLES: dict[str, StrOrPromise] = {key.value.capitalize(): key.label for key in Role.Key}
"""The names under which the built-in roles are stored."""
_COLORS: dict[str, StrOrPromise] = {color.value: color.label for color in Role.Color}
_DAY = re.compile(r"\d{4}-\d\d-\d\d$")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True)
class Detail:
    """One field of an event's details. Empty texts are nothing: no phone number, for example."""

    label: str
    told: str = ""
    """A value that the event tells, with nothing before or after."""
    items: tuple[str, ...] = ()
    """The same, where it is a list."""
    before: str = ""
    after: str = ""
    added: tuple[str, ...] = ()
    """Of a list: what is in it now and was not before."""
    removed: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether one value took the place of another."""
        return bool(self.before or self.after)

    @property
    def length(self) -> int:
        """How many entries of a list it tells of."""
        return len(self.items) + len(self.added) + len(self.removed)

    def __bool__(self) -> bool:
        return bool(self.told or self.is_change or self.length)


def in_words(event: AuditEvent) -> list[Detail]:
    """Return the details as people read them, in the order in which they were written."""
    details: Any = event.details
    if not isinstance(details, dict):  # what a project's own code may have written
        details = {"details": details} if details else {}
    found = (_detail(event.verb, str(name), value) for name, value in details.items())
    return [detail for detail in found if detail]


def _detail(verb: str, name: str, value: Any) -> Detail:
    label = verbs.field_of(verb, name) or str(_FIELDS.get(name) or verbs.prettified(name))
    if not _is_pair(name, value):
        return Detail(label, **_told(name, value))
    before, after = value
    if isinstance(before, list) or isinstance(after, list):
        old, new = _texts(name, before or []), _texts(name, after or [])
        return Detail(
            label,
            added=tuple(text for text in new if text not in old),
            removed=tuple(text for text in old if text not in new),
        )
    return Detail(label, before=_text(name, before), after=_text(name, after))


def _told(name: str, value: Any) -> dict[str, Any]:
    return {"items": tuple(_texts(name, value))} if isinstance(value, list) else {"told": _text(name, value)}


def _is_pair(name: str, value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return name not in _LISTS or all(item is None or isinstance(item, list) for item in value)


def _texts(name: str, items: list[Any]) -> list[str]:
    texts = [_text(name, item) for item in items]
    if name != "permissions":
        return texts
    names = [str(item) for item in items]
    known = {each.name: str(each.words) for group in registry.groups() for each in group.permissions}
    return [*(words for name, words in known.items() if name in names), *(name for name in names if name not in known)]


def _text(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int):
        return formats.number_format(value)
    if isinstance(value, dict):
        keys = sorted(value, key=_ORDER.index) if value.keys() <= set(_ORDER) else list(value)
        return ", ".join(f"{_FIELDS.get(key) or verbs.prettified(str(key))}: {_text(key, value[key])}" for key in keys)
    if isinstance(value, list):
        return ", ".join(_texts(name, value))
    return _word(name, str(value))


def _word(name: str, text: str) -> str:
    if name == "color":
        return str(_COLORS.get(text, text))
    if "role" in name or name == "replacement":
        return str(_ROLES.get(text, text))
    if name in _WORDS:
        return _WORDS[name](text)
    if _MOMENT.match(text):
        return _moment(text)
    return _day(text) if _DAY.match(text) else text


def _shift(text: str) -> str:
    number, _space, unit = text.partition(" ")
    return words.length(int(number), unit) if number.isdecimal() and unit in UNITS else text


def _handoff(text: str) -> str:
    day, _space, at = text.rpartition(" ")
    return f"{words.weekday(int(day))} {at}" if day in set("0123456") else text


def _when_away(text: str) -> str:
    return str(dict(Rotation.WhenAway.choices).get(text, text))


_WORDS: dict[str, Callable[[str], str]] = {
    "handoff": _handoff,
    "hours": words.told,
    "shift": _shift,
    "when_away": _when_away,
}
"""Fields that keep no language: what says them in the reader's."""


def _day(text: str) -> str:
    day = parse_date(text)
    return formats.date_format(day, "DATE_FORMAT") if day is not None else text


def _moment(text: str) -> str:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        return text
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return formats.date_format(local, "DATETIME_FORMAT")
