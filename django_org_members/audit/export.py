"""The audit trail as a file: CSV for people with a spreadsheet, JSON Lines for machines. Made a batch at a time."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timezone as timezones
from typing import Any

from django.utils import timezone

from ..models import AuditEvent

COLUMNS = (
    "id",
    "time",
    "verb",
    "actor_id",
    "actor_name",
    "actor_email",
    "user_id",
    "name",
    "email",
    "details",
    "ip_address",
    "client",
)
"""In both formats. `time` is ISO 8601 in UTC; `details` are {field: [before, after]} or {field: value}."""
_SIGNS = "=+@＝＋－＠-"
_FORMULA = re.compile(f"^(?=[\t\r\n{_SIGNS}])|(?<=[;\t\r\n])(?=[{_SIGNS}])")
"""Where something begins that a spreadsheet would run; the wide signs are the same to it in some languages.

Not only at the start of a cell: where the comma stands in numbers, a spreadsheet splits a row at semicolons, whatever the
quotes, and a browser's name has as many of them as somebody likes.
"""
BYTE_ORDER_MARK = "\ufeff"

Batches = Iterable[list[AuditEvent]]


def as_csv(batches: Batches) -> Iterator[str]:
    """Yield the file in pieces: the head, then a piece for each batch, `details` as JSON.

    Begins with a byte order mark: without it Excel reads names as if they were Latin-1.
    """
    yield BYTE_ORDER_MARK + _csv([COLUMNS])
    for events in batches:
        yield _csv(_cells(event) for event in events)


def as_json_lines(batches: Batches) -> Iterator[str]:
    """Yield the file in pieces, one for each batch: an object on each line."""
    for events in batches:
        yield "".join(f"{json.dumps(_record(event), ensure_ascii=False)}\n" for event in events)


@dataclass(frozen=True)
class Format:
    """One kind of file."""

    content_type: str
    pieces: Callable[[Batches], Iterator[str]]


FORMATS = {  # by the ending of the file's name
    "csv": Format("text/csv; charset=utf-8", as_csv),
    "jsonl": Format("application/jsonl; charset=utf-8", as_json_lines),
}


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def _cells(event: AuditEvent) -> Iterator[Any]:
    for name, value in _record(event).items():
        yield _safe(json.dumps(value, ensure_ascii=False) if name == "details" else value)


def _safe(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula: with an apostrophe before what would be one."""
    return _FORMULA.sub("'", value) if isinstance(value, str) else value


def _record(event: AuditEvent) -> dict[str, Any]:
    return {name: _time(event) if name == "time" else _plain(getattr(event, name)) for name in COLUMNS}


def _time(event: AuditEvent) -> str:
    at = event.created_at
    aware = at if timezone.is_aware(at) else timezone.make_aware(at)  # naive: a project without USE_TZ
    return aware.astimezone(timezones.utc).isoformat()


def _plain(value: Any) -> Any:
    """Return a key that JSON does not know, such as a UUID, as text."""
    return value if value is None or isinstance(value, (str, int, dict, list)) else str(value)
