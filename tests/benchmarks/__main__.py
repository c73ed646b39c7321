"""The command: prepares the rows, visits each page in both lists, prints the table."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import django

EXAMPLE_PROJECT = Path(__file__).resolve().parents[2] / "example_project"


def main(arguments=None):
    """Run the benchmark."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="org-members-benchmark-") as folder:
        _set_up(folder)
        _measure(options)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--members", type=int, default=10_000, help="members of the large organization")
    parser.add_argument("--events", type=int, help="events in its audit log (default: as many as members)")
    parser.add_argument(
        "--logins", type=int, help="events of sign-in activity, a tenth of one person (default: as members)"
    )
    parser.add_argument(
        "--only", choices=("members", "availability", "audit", "activity", "middleware"), help="measure only this"
    )
    parser.add_argument("--repeat", type=int, default=7, help="visits of each page; the median counts")
    parser.add_argument("--no-stock", action="store_true", help="leave the stock ModelAdmin out, which is slow")
    parser.add_argument("--output", type=Path, help="write the table to this file too")
    return parser


def _set_up(folder):
    """Use the example project's settings; its files, and SQLite unless DATABASE_URL is set, go to `folder`."""
    sys.path.insert(0, str(EXAMPLE_PROJECT))
    os.environ["DEMO_DIR"] = folder
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    django.setup()


def _measure(options):
    from django.core.management.base import OutputWrapper

    from . import activity_cases, audit_cases, availability, data, middleware, report
    from . import cases as member_cases
    from .pages import measure

    output = OutputWrapper(sys.stdout)
    events = options.members if options.events is None else options.events
    logins = options.members if options.logins is None else options.logins
    large, small = data.prepare(options.members, events, logins, output)
    tables = [report.circumstances()]
    for name, cases, size, unit in (
        ("members", member_cases.CASES, options.members, "members"),
        ("audit", audit_cases.CASES, events, "events"),
        ("activity", activity_cases.CASES, logins, "events of a person"),
    ):
        if options.only in (None, name):
            rows = list(measure(cases, large, small, repeat=options.repeat, with_stock=not options.no_stock))
            tables.append(report.table(rows, size, unit))
    if options.only in (None, "availability"):
        rows = availability.costs(large.organization, repeat=options.repeat)
        tables.append(report.markdown(availability.HEAD, rows))
    if options.only in (None, "middleware"):
        costs = middleware.costs(small, repeat=options.repeat)
        tables.append(report.markdown(middleware.HEAD, [cost.cells for cost in costs]))
    text = "\n\n".join(tables) + "\n"
    print(f"\n{text}")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
