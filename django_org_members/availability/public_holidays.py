"""Public holidays of countries and their parts, from the library `holidays` (extra `holidays`), where it is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Holiday:
    """One holiday; days in a row that have the same name are one."""

    name: str
    first: date
    last: date


def is_installed() -> bool:
    """Whether the library is there."""
    return find_spec("holidays") is not None


@lru_cache(maxsize=1)
def countries() -> tuple[tuple[str, str], ...]:
    """Return (code, English name) of each country that the library knows, by name. The code is that of ISO 3166."""
    from holidays import list_supported_countries, registry

    known = list_supported_countries()  # with codes of three letters, too
    names = {entry[1]: _WORDS.sub(" ", entry[0]) for entry in registry.COUNTRIES.values() if entry[1] in known}
    return tuple(sorted(names.items(), key=lambda pair: pair[1]))


@lru_cache(maxsize=256)
def parts(country: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of a country's parts that have holidays of their own, by name.

    Raises `LookupError` for a country that the library does not know.
    """
    from holidays import country_holidays

    known = country_holidays(_known(country), years=())
    aliases: dict[str, list[str]] = known.get_subdivision_aliases() if hasattr(known, "get_subdivision_aliases") else {}
    named = ((code, (aliases.get(code) or [code])[0]) for code in known.subdivisions)
    return tuple(sorted(named, key=lambda pair: pair[1]))


def of_year(country: str, part: str | None, year: int, language: str) -> list[Holiday]:
    """Return the holidays of a year, in order, with names in the language where the library has it, else in the country's.

    `part` is the code of a part of the country, or None; `language` is a code of Django's, such as `pt-br`. Raises
    `LookupError` for a country or a part that the library does not know.
    """
    from holidays import country_holidays

    if part is not None and part not in dict(parts(country)):
        raise LookupError(part)
    found = country_holidays(_known(country), subdiv=part, years=year, language=_language(country, language))
    return list(_in_a_row(sorted(found.items())))


def _known(country: str) -> str:
    if country not in dict(countries()):
        raise LookupError(country)
    return country


@lru_cache(maxsize=1)
def _languages() -> dict[str, list[str]]:
    from holidays import list_localized_countries

    offered: dict[str, list[str]] = list_localized_countries()
    return offered


def _language(country: str, wanted: str) -> str | None:
    """Return the library's code of a language of Django's, or of another that is spoken like it; else the country's own."""
    from holidays import country_holidays

    offered = _languages().get(country, [])
    exact = wanted.replace("-", "_").casefold()
    main = exact.partition("_")[0]
    same = [each for each in offered if each.casefold() == exact]
    similar = [each for each in offered if each.casefold().partition("_")[0] == main]
    # Said, not left out: the library keeps the language that it used before.
    return next(iter([*same, *similar]), getattr(country_holidays(country, years=()), "default_language", None))


def _in_a_row(days: list[tuple[Any, str]]) -> Iterator[Holiday]:
    running: Holiday | None = None
    for day, name in days:
        if running is not None and running.name == name and day - running.last == timedelta(days=1):
            running = Holiday(name, running.first, day)
            continue
        if running is not None:
            yield running
        running = Holiday(name, day, day)
    if running is not None:
        yield running
