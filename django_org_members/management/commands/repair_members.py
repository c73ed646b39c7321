"""`manage.py repair_members [--check]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...accounts import profiles
from ...accounts.clients import Client, serving


class Command(BaseCommand):
    """Finds and mends names, addresses and counters that something changed past the signals and triggers."""

    help = (
        "Copy names and e-mail addresses to memberships again, and recount members, where `.update()`, raw SQL or a "
        "bulk operation went past the signals. Prints every difference."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--check`."""
        parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 if anything differs")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk over all memberships and organizations in bounded memory."""
        found = 0
        with serving(Client(user_agent="manage.py repair_members")):
            for drift in profiles.find_drift() if options["check"] else profiles.repair():
                found += 1
                self.stdout.write(f"{drift.kind} of {drift.pk}: {drift.stored!r} should be {drift.expected!r}")
        done = "differ" if options["check"] else "mended"
        self.stdout.write(f"{found} {done}." if found else "Everything is as it should be.")
        if found and options["check"]:
            sys.exit(1)
