"""Ages of what a command deletes, as they are given on the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, timedelta

from django.core.management.base import CommandError
from django.utils import timezone


def add_age(parser: ArgumentParser) -> None:
    """Declare `--older-than DAYS` and `--dry-run`."""
    parser.add_argument("--older-than", type=int, required=True, metavar="DAYS", help="how long events are kept")
    parser.add_argument("--dry-run", action="store_true", help="tell how many, and delete nothing")


def before(days: int) -> datetime:
    """Return the moment that many days ago; raises `CommandError` for less than one, and beyond all dates."""
    if days < 1:
        raise CommandError("--older-than takes a number of days, and at least 1: nothing younger is deleted.")
    try:
        return timezone.now() - timedelta(days=days)
    except OverflowError:
        raise CommandError("--older-than reaches back beyond all dates.") from None
