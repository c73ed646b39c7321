"""`manage.py stripe_webhooks [--events]`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.urls import NoReverseMatch, reverse

from ...billing.webhooks import EVENTS
from ...notifications.links import absolute


class Command(BaseCommand):
    """Prints what to enter at Stripe, when the endpoint is made there."""

    help = "Print the address of the endpoint for Stripe's webhooks, and the events to send to it. Asks Stripe nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare `--events`."""
        parser.add_argument("--events", action="store_true", help="nothing but the events, one a line, for scripts")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them."""
        if not options["events"]:
            self.stdout.write(f"Endpoint: {_address()}\nEvents:")
        indent = "" if options["events"] else "  "
        for name in EVENTS:
            self.stdout.write(f"{indent}{name}")


def _address() -> str:
    try:
        return absolute(reverse("org_members:stripe_webhook"))
    except NoReverseMatch:
        raise CommandError('The public pages are not mounted: include "django_org_members.urls".') from None
    except ImproperlyConfigured as error:
        raise CommandError(str(error)) from None
