"""`manage.py refresh_calendars [--all] [--enqueue]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ...availability.calendars import EXTRA, is_installed
from ...models import ImportedCalendar
from ...scheduling import refreshing


class Command(BaseCommand):
    """Reads imported calendars again; for cron, every few minutes."""

    help = (
        "Read the imported calendars again that were not tried for the setting CALENDAR_REFRESH. Fails, with exit code 1, "
        "if any could not be read; the others are read all the same. Any number may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--all` and `--enqueue`."""
        parser.add_argument("--all", action="store_true", help="every calendar, due or not")
        parser.add_argument("--enqueue", action="store_true", help="hand each to the project's task workers instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refresh, or enqueue, and tell how many."""
        pks = refreshing.due(timezone.now(), every=options["all"])
        if pks and not is_installed():
            raise CommandError(f"Calendars cannot be read: install {EXTRA}.")
        if options["enqueue"]:
            for pk in pks:
                refreshing.refresh_one.enqueue(pk)
            self.stdout.write(f"{len(pks)} calendars enqueued.")
            return
        done = refreshing.refresh_all(pks)
        self.stdout.write(f"{done.read} calendars read, {done.failed} failed, {done.busy} left to another process.")
        if done.failed:
            for calendar in ImportedCalendar.objects.filter(pk__in=pks).exclude(error="").defer("document"):
                self.stderr.write(f"{calendar.organization_id}: {calendar.name}: {calendar.error}")
            raise CommandError(f"{done.failed} calendars could not be read.")
