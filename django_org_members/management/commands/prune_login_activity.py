"""`manage.py prune_login_activity --older-than DAYS [--dry-run]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...accounts import retention
from ..ages import add_age, before


class Command(BaseCommand):
    """Deletes old sign-in activity."""

    help = "Delete the sign-in activity that is older than a number of days: of everybody, and of unknown names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the age and `--dry-run`."""
        add_age(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Delete in short transactions and bounded memory, or count."""
        until = before(options["older_than"])
        done = (retention.count if options["dry_run"] else retention.prune)(until)
        verb = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{done} events from before {until:%Y-%m-%d %H:%M} {verb}.")
