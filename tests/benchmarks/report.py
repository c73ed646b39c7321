"""The table that is printed."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

import django
from django.db import connection


@dataclass(frozen=True)
class Row:
    """The times of one page, in milliseconds."""

    page: str
    ours: float
    ours_queries: int
    ours_small: float
    stock: float | None

    def cells(self):
        """Return what stands in the columns."""
        stock = ("-", "-") if self.stock is None else (f"{self.stock:,.0f}", f"{self.stock / self.ours:,.1f}")
        return (
            self.page,
            f"{self.ours:,.0f}",
            str(self.ours_queries),
            f"{self.ours_small:,.0f}",
            f"{self.ours / self.ours_small:.2f}",
            *stock,
        )


def table(rows, members):
    """Return the rows as a Markdown table, which is read as well in a terminal."""
    head = (
        "Page",
        f"ms at {members:,}",
        "queries",
        "ms at 60",
        "ratio to 60",
        "stock ms",
        "stock ÷ ours",
    )
    lines = [head, *(row.cells() for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells, widths):
    first, *rest = (cell.rjust(width) for cell, width in zip(cells, widths))
    return f"| {first.strip().ljust(widths[0])} | {' | '.join(rest)} |"


def circumstances():
    """Return on what it was measured, in one line."""
    with connection.cursor():  # the version is known once connected
        version = connection.get_database_version()
    database = f"{connection.display_name} {'.'.join(map(str, version))}"
    return (
        f"{database}, Django {django.get_version()}, Python {platform.python_version()}, "
        f"{os.cpu_count()} CPUs ({platform.machine()})"
    )
