"""The table that is printed."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import django
from django.db import connection

NOTE = "* compared with the first page at 60 {unit}, because there this page shows fewer rows."


@dataclass(frozen=True)
class Row:
    """The times of one page, in milliseconds."""

    page: str
    rows: int
    queries: int
    ours: float
    reference: float
    is_same_page: bool
    stock: float | None = None

    def cells(self):
        """Return what stands in the columns."""
        mark = "" if self.is_same_page else "*"
        return (
            self.page + mark,
            str(self.rows),
            str(self.queries),
            f"{self.ours:,.0f}",
            f"{self.reference:,.0f}",
            f"{self.ours / self.reference:.2f}",
            *(("-", "-") if self.stock is None else (f"{self.stock:,.0f}", f"{self.stock / self.ours:.1f}")),
        )


def table(rows, size, unit):
    """Return the rows as a Markdown table, which is read as well in a terminal."""
    head = ("Page", "rows", "queries", f"ms at {size:,}", "ms at 60", "ratio", "stock ms", "stock ÷ ours")
    return f"{markdown(head, [row.cells() for row in rows])}\n\n{NOTE.format(unit=unit)}"


def markdown(head, rows):
    """Return cells as a Markdown table; the first column holds words, the others numbers."""
    lines = [head, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    rule = [f"{'-' * (width - 1)}:" for width in widths]
    lines.insert(1, ("-" * widths[0], *rule[1:]))
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells, widths):
    first, *rest = zip(cells, widths)
    return f"| {first[0].ljust(first[1])} | {' | '.join(cell.rjust(width) for cell, width in rest)} |"


def circumstances():
    """Return on what it was measured, in one line."""
    version = ".".join(str(part) for part in connection.get_database_version())
    return (
        f"{connection.display_name} {version}, Django {django.get_version()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} CPUs ({platform.machine()})"
    )
