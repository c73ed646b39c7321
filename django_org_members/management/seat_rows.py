"""Rows of seats, printed as they come: memory does not grow with their number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from ..accounts.clients import printable
from ..billing.drift import Row

_HEAD = ("organization", "wanted", "billed", "status", "error")
_LINE = "{:<32} {:>8} {:>8}  {:<18} {}"


def as_table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table; none where there are no rows."""
    head = _LINE.format(*_HEAD).rstrip()
    for row in rows:
        if head:
            yield head
            head = ""
        numbers = ("-" if number is None else str(number) for number in (row.wanted, row.billed))
        yield _LINE.format(row.organization, *numbers, printable(row.status), printable(row.error)).rstrip()


def as_json(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a JSON list of objects, one a line."""
    before = "["
    for row in rows:
        yield before + json.dumps(asdict(row), ensure_ascii=False)
        before = ","
    yield "[]" if before == "[" else "]"


FORMATS = {"table": as_table, "json": as_json}
