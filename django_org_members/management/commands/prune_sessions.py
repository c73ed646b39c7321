"""`manage.py prune_sessions [--dry-run]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...accounts import sessions


class Command(BaseCommand):
    """Deletes the rows of sessions that are over. Django's `clearsessions` deletes the sessions themselves."""

    help = (
        "Delete the rows of sessions that have expired, in short transactions. A session that goes on keeps its row. "
        "Run it daily, as Django's clearsessions."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="tell how many, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count, or delete."""
        is_dry = options["dry_run"]
        done = sessions.over().count() if is_dry else sessions.prune()
        self.stdout.write(f"{done} sessions that are over {'would be deleted' if is_dry else 'deleted'}.")
