"""`manage.py link_subscription ORGANIZATION_SLUG --customer cus_… --subscription sub_… [--item si_…] [--unlink]`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from ...accounts.adapter import get_adapter
from ...accounts.clients import Client, printable, serving
from ...billing import linking, money, seats
from ...billing.gateway import Amount, Item
from ...exceptions import Refused
from ...models import Organization, Subscription

_OPTIONS = {"customer_id": "--customer", "subscription_id": "--subscription", "item_id": "--item"}


class Command(BaseCommand):
    """Links an organization to its subscription at Stripe, or takes the link away."""

    help = (
        "Link an organization to a subscription at Stripe, in place of the one that it has, and sync its seats. Acts as "
        "nobody, whose permission is not asked, unless --actor names somebody."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the organization and the ids."""
        parser.add_argument("organization", metavar="ORGANIZATION_SLUG", help="the organization's slug")
        parser.add_argument("--customer", default="", metavar="CUS", help="the customer's id at Stripe: cus_…")
        parser.add_argument("--subscription", default="", metavar="SUB", help="the subscription's id: sub_…")
        parser.add_argument(
            "--item", default="", metavar="SI", help="the id of the item for the seats: si_… (default: the only one)"
        )
        parser.add_argument("--unlink", action="store_true", help="forget the subscription; nothing changes at Stripe")
        parser.add_argument(
            "--actor", metavar="EMAIL", help="act as this account: its permission is asked, and the audit log names it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Link or unlink, or say what is wrong with which option."""
        ids = [options[name] for name in ("customer", "subscription", "item")]
        if options["unlink"] and any(ids):
            raise CommandError("--unlink forgets the subscription that is linked: leave the ids out.")
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"There is no organization with the slug {options['organization']}.")
        actor = _actor(options["actor"])
        with serving(Client(user_agent="manage.py link_subscription")):
            try:
                if options["unlink"]:
                    self._unlink(actor, organization)
                else:
                    self._link(actor, organization, linking.Link(*ids))
            except Refused as refused:
                raise CommandError(f"{options['actor']}: {refused.verdict.reason}") from None

    def _unlink(self, actor: Any, organization: Organization) -> None:
        was_linked = linking.unlink(actor=actor, organization=organization)
        words = "is unlinked; at Stripe nothing changed" if was_linked else "had no subscription"
        self.stdout.write(f"{organization.slug} {words}.")

    def _link(self, actor: Any, organization: Organization, wanted: linking.Link) -> None:
        try:
            subscription = linking.link(actor=actor, organization=organization, wanted=wanted)
        except linking.Several as several:
            raise CommandError("\n".join((*_words(several), *_listed(several.items)))) from None
        except ValidationError as error:
            raise CommandError("\n".join(_words(error))) from None
        self._report(organization, subscription)

    def _report(self, organization: Organization, subscription: Subscription) -> None:
        wanted, billed = seats.wanted(organization), subscription.billed
        self.stdout.write(
            f"{organization.slug} is linked to {subscription.subscription_id} ({subscription.status}), item "
            f"{subscription.item_id}: {wanted} seats wanted, billed: {'not known yet' if billed is None else billed}."
        )
        if subscription.error:
            again = "It is parked." if subscription.parked_at is not None else "It is tried again by sync_seats."
            self.stderr.write(f"The first sync failed: {printable(subscription.error)} {again}")


def _actor(email: str | None) -> Any:
    if email is None:
        return None
    users = get_adapter().find_by_email(email)
    if len(users) != 1:
        raise CommandError(f"{'Several accounts have' if users else 'No account has'} the address {email}.")
    return users[0]


def _words(error: ValidationError) -> Iterator[str]:
    if not hasattr(error, "error_dict"):
        yield from error.messages
        return
    for field, messages in error.message_dict.items():
        yield f"{_OPTIONS.get(field, field)}: {' '.join(messages)}"


def _listed(items: Iterable[Item]) -> Iterator[str]:
    for item in items:
        price = money.in_words(Amount(item.unit_amount, item.currency)) if item.unit_amount is not None else ""
        facts = (item.id, item.price_id, printable(item.label), price, f"quantity {item.quantity}")
        yield "  " + "  ".join(filter(None, facts))
