"""Names of time zones: which there are, and which was meant."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import available_timezones

MOST_SUGGESTED = 3


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the names of the IANA database, of this machine and of tzdata, in order: read once, they are files."""
    return tuple(sorted(available_timezones() - {"localtime", "posixrules", "Factory"}))


def canonical(name: str) -> str | None:
    """Return the zone of this name, in whatever case and with spaces for underscores; None if there is none."""
    return _by_folded().get(_folded(name))


def nearest(name: str) -> list[str]:
    """Return the zones that may have been meant: those of the city, then those with a name much like it. At most three."""
    wanted = _folded(name)
    if not wanted:
        return []
    city = wanted.rpartition("/")[2]
    found = [each for each in names() if _city(each) == city]
    found += [_by_folded()[each] for each in get_close_matches(wanted, _by_folded(), n=MOST_SUGGESTED, cutoff=0.7)]
    cities = get_close_matches(city, {_city(each) for each in names()}, n=MOST_SUGGESTED, cutoff=0.8)
    found += [each for near in cities for each in names() if _city(each) == near]
    return list(dict.fromkeys(found))[:MOST_SUGGESTED]


@lru_cache(maxsize=1)
def _by_folded() -> dict[str, str]:
    return {_folded(name): name for name in names()}


def _folded(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _city(name: str) -> str:
    return _folded(name).rpartition("/")[2]
