"""`python example_project/manage.py demo`: everything to try the package out."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command

from demo import ownership, seeding, server, summary


class Command(BaseCommand):
    """Migrates, seeds, tells how to sign in, and serves."""

    help = "Fill a database with two organizations, print how to sign in, and serve the project on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--port", type=_port, default=8000, help="where to serve (default: 8000)")
        parser.add_argument(
            "--members",
            type=_members,
            default=seeding.SMALLEST,
            metavar="N",
            help=f"how many members Acme has: {seeding.SMALLEST} (the default) to {seeding.LARGEST:,}",
        )
        parser.add_argument(
            "--reset", action="store_true", help="start over: remove all that is in the demo's database"
        )
        parser.add_argument("--no-serve", action="store_true", help="seed and print only")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it all."""
        port = options["port"]
        base_url = f"http://{server.HOST}:{port}"
        settings.ORG_MEMBERS["BASE_URL"] = base_url
        if not options["no_serve"] and not server.is_free(port):
            raise CommandError(f"Port {port} is in use or not allowed. Choose another one: --port {port + 1}")
        self._prepare(members=options["members"], reset=options["reset"])
        self.stdout.write("\n".join(summary.lines(base_url)))
        if not options["no_serve"]:
            self._serve(port)

    def _prepare(self, *, members: int, reset: bool) -> None:
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        try:
            ownership.reset() if reset else ownership.claim()
        except ownership.NotOurs:
            raise CommandError(
                "This database holds people that the demo did not make, so it is left alone. "
                "Point DATABASE_URL to an empty database, or unset it to use SQLite."
            ) from None
        seeding.seed(members=members, progress=self.stdout)

    def _serve(self, port: int) -> None:
        self.stdout.write("Serving; stop with Ctrl-C.")
        self.stdout.flush()
        try:
            server.serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. Your data stays until --reset.")
        except OSError as error:
            raise CommandError(
                f"Cannot serve on port {port}: {error}. Choose another one: --port {port + 1}"
            ) from error


def _port(text: str) -> int:
    return _within(text, 1, 65535, "a port")


def _members(text: str) -> int:
    return _within(text, seeding.SMALLEST, seeding.LARGEST, "how many members Acme has")


def _within(text: str, smallest: int, largest: int, what: str) -> int:
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        number = smallest - 1
    if not smallest <= number <= largest:
        raise ArgumentTypeError(f"{text!r} is not {what}: give a number from {smallest:,} to {largest:,}")
    return number
