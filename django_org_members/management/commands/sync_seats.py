"""`manage.py sync_seats [--all] [--dry-run] [--format table|json] [--organization SLUG] [--enqueue]`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone

from ...accounts.clients import Client, serving
from ...billing import claims, debts, drift, sync, telling
from ...billing.gateway import NotConfigured
from ...billing.sync import Result
from ...models import Organization, Subscription
from ..seat_rows import FORMATS

DRIFTED, UNREADABLE = 1, 2


class Command(BaseCommand):
    """Syncs what is owed, and tells what is untold; for cron, every few minutes."""

    help = (
        "Sync the seats of the subscriptions that owe it, and tell Owner and Admins what they were not told yet. Fails, "
        "with exit code 1, if any sync failed or is parked; the others are done all the same. With --dry-run: changes "
        "nothing anywhere, and ends with 1 where Stripe has another quantity, with 2 where something could not be "
        "compared. Any number may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--all", action="store_true", help="read every subscription at Stripe, and put drift right")
        parser.add_argument("--dry-run", action="store_true", help="read every subscription at Stripe, print the drift")
        parser.add_argument("--format", choices=tuple(FORMATS), default="table", help="for people, or for programs")
        parser.add_argument("--organization", metavar="SLUG", help="only this organization's subscription")
        parser.add_argument("--enqueue", action="store_true", help="hand each to the project's task workers instead")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, or sync, or enqueue; the exit code tells how it stands."""
        if options["dry_run"] and (options["enqueue"] or options["all"]):
            raise CommandError("--dry-run reads every subscription and changes nothing: leave --all and --enqueue out.")
        chosen = _chosen(options["organization"])
        if options["dry_run"]:
            self._look(chosen, options["format"])
        elif options["enqueue"]:
            self._enqueue(chosen, every=options["all"])
        else:
            self._sync(chosen, options["format"], every=options["all"])

    def _look(self, chosen: QuerySet[Subscription], shape: str) -> None:
        found = {DRIFTED: 0, UNREADABLE: 0}
        try:
            self._print(_off(drift.compare(chosen), found), shape)
        except NotConfigured as error:
            raise CommandError(str(error), returncode=UNREADABLE) from None
        if shape == "table":
            self.stdout.write(f"{found[DRIFTED]} differ, {found[UNREADABLE]} could not be compared.")
        if any(found.values()):
            sys.exit(UNREADABLE if found[UNREADABLE] else DRIFTED)

    def _enqueue(self, chosen: QuerySet[Subscription], *, every: bool) -> None:
        count = 0
        for count, pk in enumerate(_waiting(chosen, every=every), start=1):  # noqa: B007
            if every:
                claims.notice(pk)
            sync.sync_subscription.enqueue(pk)
        self.stdout.write(f"{count} subscriptions enqueued.")

    def _sync(self, chosen: QuerySet[Subscription], shape: str, *, every: bool) -> None:
        with serving(Client(user_agent="manage.py sync_seats")):
            done = sync.sync_all(_waiting(chosen, every=every), read_first=every)
        summary = (
            f"{done[Result.SETTLED]} subscriptions settled, {done[Result.FAILED]} failed, "
            f"{done[Result.NOTHING]} had nothing to be done."
        )
        (self.stdout if shape == "table" else self.stderr).write(summary)
        self._print(drift.troubled(chosen), shape)
        if done[Result.FAILED] or chosen.filter(drift.TROUBLED).exists():
            raise CommandError("Some seats do not follow the members: they failed, or are parked.")

    def _print(self, rows: Iterable[drift.Row], shape: str) -> None:
        for line in FORMATS[shape](rows):
            self.stdout.write(line)


def _chosen(slug: str | None) -> QuerySet[Subscription]:
    subscriptions = Subscription.objects.all()
    if slug is None:
        return subscriptions
    if not Organization.objects.filter(slug=slug).exists():
        raise CommandError(f"There is no organization with the slug {slug}.")
    chosen = subscriptions.filter(organization__slug=slug)
    if not chosen.exists():
        raise CommandError(f"The organization {slug} has no subscription.")
    return chosen


def _waiting(chosen: QuerySet[Subscription], *, every: bool) -> Iterator[int]:
    """Yield what is due, or every one; then those of which something is untold, which a sync tells."""
    owing = chosen if every else debts.ready(timezone.now(), chosen)
    yield from (each.pk for each in debts.walk(owing.only("pk")))
    yield from telling.untold(chosen)


def _off(rows: Iterable[drift.Row], found: dict[int, int]) -> Iterator[drift.Row]:
    """Yield those that differ, or could not be compared, and count them."""
    for row in rows:
        if row.error or row.is_drift:
            found[UNREADABLE if row.error else DRIFTED] += 1
            yield row
