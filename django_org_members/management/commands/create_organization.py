"""`manage.py create_organization NAME --slug SLUG --owner EMAIL`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import slugify

from ...accounts.clients import Client, serving
from ...joining import create_organization


class Command(BaseCommand):
    """Makes an organization with its Owner."""

    help = (
        "Create an organization. Its Owner is an existing account, or a new one that is sent a link to set a password."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare name, slug and Owner."""
        parser.add_argument("name", help="the organization's name")
        parser.add_argument("--slug", help="short name for addresses (default: made from the name)")
        parser.add_argument("--owner", required=True, metavar="EMAIL", help="the Owner's e-mail address")
        parser.add_argument("--owner-name", default="", metavar="NAME", help="the Owner's name, for a new account")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create it, or say what is wrong with which argument."""
        try:
            with serving(Client(user_agent="manage.py create_organization")):
                organization = create_organization(
                    name=options["name"],
                    slug=options["slug"] or slugify(options["name"]),
                    owner_email=options["owner"],
                    owner_name=options["owner_name"],
                )
        except ValidationError as error:
            words = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
            raise CommandError("\n".join(words)) from None
        words_of_owner = organization.memberships.get()
        self.stdout.write(f"Created {organization.name} ({organization.slug}), owned by {words_of_owner.email}.")
