"""The editor of weekly hours: a few rows of from and until for each day, that grow by buttons, with or without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import time
from itertools import zip_longest
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ...availability import words
from ...availability.engine import WorkingSpan

if TYPE_CHECKING:
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

MOST_ROWS = 20
"""Of one day, in a form: more than a schedule takes, so that it can say so."""
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(:00)?$", re.ASCII)
_WORK_DAYS, _ALL_DAYS = range(5), range(7)

PRESETS: tuple[tuple[StrOrPromise, range, str, str], ...] = (
    (gettext_lazy("Mon–Fri 09:00–17:00"), _WORK_DAYS, "09:00", "17:00"),
    (gettext_lazy("Mon–Fri 08:00–18:00"), _WORK_DAYS, "08:00", "18:00"),
    (gettext_lazy("Every day, all day"), _ALL_DAYS, "00:00", "00:00"),
    (gettext_lazy("No hours"), range(0), "", ""),
)
"""(label, days, from, until)."""


@dataclass
class Row:
    """One row, as it was typed."""

    begins: str = ""
    ends: str = ""
    errors: list[str] = field(default_factory=list)
    has_focus: bool = False


@dataclass
class Day:
    """One day of the week."""

    number: int
    rows: list[Row]

    @property
    def label(self) -> str:
        """The name of the day."""
        return words.weekday(self.number)


class HoursEditor:
    """The rows of a week. `prefix` begins the names of its fields and the commands of its buttons."""

    def __init__(self, prefix: str, days: list[Day] | None = None) -> None:
        self.prefix = prefix
        self.days = days if days is not None else [Day(number, []) for number in range(7)]
        self.errors: list[str] = []
        """What is wrong with the whole."""

    @classmethod
    def saved(cls, prefix: str, spans: Iterable[WorkingSpan]) -> HoursEditor:
        """Return the editor of what is stored."""
        editor = cls(prefix)
        for span in spans:
            editor.days[span.weekday].rows.append(Row(f"{span.begins:%H:%M}", f"{span.ends:%H:%M}"))
        return editor

    @classmethod
    def posted(cls, prefix: str, data: QueryDict) -> HoursEditor:
        """Return the editor of what was sent."""
        days = []
        for number in range(7):
            columns = (data.getlist(f"{prefix}-{number}-{end}")[:MOST_ROWS] for end in ("begins", "ends"))
            rows = [Row(begins.strip()[:20], ends.strip()[:20]) for begins, ends in zip_longest(*columns, fillvalue="")]
            days.append(Day(number, rows))
        return cls(prefix, days)

    @property
    def shown(self) -> list[Day]:
        """The days with at least one row each, to be typed into."""
        return [Day(day.number, day.rows or [Row()]) for day in self.days]

    @property
    def presets(self) -> list[tuple[int, StrOrPromise]]:
        """Number and label of what a button fills in."""
        return [(number, preset[0]) for number, preset in enumerate(PRESETS)]

    def press(self, command: str) -> bool:
        """Do what a button asks for: `add:<day>`, `copy` or `preset:<number>`; returns whether it is one of these."""
        name, _colon, argument = command.partition(":")
        number = int(argument) if argument in set("0123456") else None
        if name == "add" and number is not None:
            rows = self.days[number].rows
            rows.extend(Row() for _ in range(max(1, 2 - len(rows)) if len(rows) < MOST_ROWS else 0))
            rows[-1].has_focus = True
        elif name == "copy":
            self._copy_monday()
        elif name == "preset" and number is not None and number < len(PRESETS):
            _label, days, begins, ends = PRESETS[number]
            self.days = [Day(day, [Row(begins, ends)] if day in days else []) for day in _ALL_DAYS]
        else:
            return False
        return True

    def spans(self) -> list[WorkingSpan]:
        """Return what was typed, in the order of the rows; those that are empty are left out.

        Where a row is no span, an error is put at it: see `is_wrong`.
        """
        return [span for _row, span in self._read()]

    @property
    def is_wrong(self) -> bool:
        """Whether anything has an error."""
        return bool(self.errors) or any(row.errors for day in self.days for row in day.rows)

    def show(self, errors: Iterable[ValidationError]) -> None:
        """Put the errors of `rules.clean_hours` at the rows that they are about."""
        rows = [row for row, _span in self._read()]
        for error in errors:
            index = (error.params or {}).get("row")
            place = rows[index].errors if index is not None and index < len(rows) else self.errors
            place.extend(error.messages)

    def focus(self) -> bool:
        """Put the cursor into the first row that is wrong; returns whether there is one."""
        row = next((row for day in self.days for row in day.rows if row.errors), None)
        if row is not None:
            row.has_focus = True
        return row is not None

    def _copy_monday(self) -> None:
        monday = [(row.begins, row.ends) for row in self.days[0].rows if row.begins or row.ends]
        for day in self.days[1:5]:
            day.rows = [Row(*times) for times in monday]

    def _read(self) -> Iterator[tuple[Row, WorkingSpan]]:
        for day in self.days:
            for row in day.rows:
                if not (row.begins or row.ends):
                    continue
                begins, ends = _clock(row.begins), _clock(row.ends)
                if begins is not None and ends is not None:
                    yield row, WorkingSpan(day.number, begins, ends)
                elif not row.errors:
                    row.errors.append(_incomplete(day, row))


def _clock(text: str) -> time | None:
    """Return the time of day; 24:00 is midnight."""
    found = _CLOCK.match(text)
    if found is None or (found[1] == "24" and found[2] != "00"):
        return None
    return time(int(found[1]) % 24, int(found[2]))


def _incomplete(day: Day, row: Row) -> str:
    missing = _("%(day)s: enter both from and until, or empty the row.")
    wrong = _("%(day)s: enter times such as 09:00 and 17:30.")
    return (missing if not (row.begins and row.ends) else wrong) % {"day": day.label}
