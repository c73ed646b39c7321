"""`manage.py send_seat_digest`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from ...billing import telling


class Command(BaseCommand):
    """Tells of the seats that changed since the last time; for cron, once a day, with the setting SEAT_EMAILS `daily`."""

    help = (
        "Send the Owner and the Admins of each organization one e-mail for every change of its seats that they were "
        "not told of yet. Any number may run at once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Send them, and tell how many organizations there were."""
        self.stdout.write(f"Digests sent to {telling.send_digests()} organizations.")
