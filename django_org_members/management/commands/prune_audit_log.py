"""`manage.py prune_audit_log --older-than DAYS [--organization SLUG] [--dry-run]`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...accounts.clients import Client, serving
from ...audit import retention
from ...models import Organization
from ..ages import add_age, before


class Command(BaseCommand):
    """Deletes old audit events, which nothing else can, and writes down that it did."""

    help = (
        "Delete the audit events that are older than a number of days, of all organizations (of deleted ones too) or "
        "of one. An event in each organization's log tells from when and how many."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the age, the organization and `--dry-run`."""
        add_age(parser)
        parser.add_argument("--organization", metavar="SLUG", help="only this organization's (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the organizations, in bounded memory and short transactions."""
        until = before(options["older_than"])
        total = 0
        with serving(Client(user_agent="manage.py prune_audit_log")):
            for organization_id in _organizations(options["organization"]):
                done = (retention.count if options["dry_run"] else retention.prune)(organization_id, until)
                total += done
                if done and options["verbosity"] > 1:
                    self.stdout.write(f"Organization {organization_id}: {done}.")
        verb = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{total} events from before {until:%Y-%m-%d %H:%M} {verb}.")


def _organizations(slug: str | None) -> Iterable[int]:
    if slug is None:
        return retention.organizations()
    found = list(Organization.objects.filter(slug=slug).values_list("pk", flat=True))
    if not found:
        raise CommandError(f"There is no organization {slug!r}.")
    return found
