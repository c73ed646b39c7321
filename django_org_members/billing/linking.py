"""Linking an organization to its subscription at Stripe, and taking the link away again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import audit
from ..commits import in_one_transaction, require_no_transaction
from ..conf import settings
from ..form_errors import field_error
from ..models import AuditEvent, Organization, Subscription
from ..policy import Judge, Permission, Verdict, refused
from ..policy.authority import is_platform_staff
from . import choosing, claims, receivers, shapes
from .gateway import GatewayError, Item, NotConfigured, Remote, get_gateway

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Verb = AuditEvent.Verb


@dataclass(frozen=True)
class Link:
    """What is to be linked, as somebody typed it."""

    customer_id: str
    subscription_id: str
    item_id: str = ""
    """Empty: the only one that can be it."""


class Several(ValidationError):
    """The subscription has several items that can be the seats: `items` to choose one from, named where names are told."""

    def __init__(self, words: StrOrPromise, code: str, items: list[Item]) -> None:
        super().__init__({"item_id": ValidationError(words, code=code)})
        self.items = items


def link(*, actor: Any, organization: Organization, wanted: Link) -> Subscription:
    """Link an organization to a subscription, in place of the one that it has; its seats are synced after the commit.

    Asks Stripe first, so it must not be called in a transaction: that raises `RuntimeError`. `actor` None is a management
    command, which is trusted; for anybody else raises `Refused` where `may_link` says no. Raises
    `ValidationError` at `customer_id`, `subscription_id` or `item_id` for what is not at Stripe, has ended, belongs to
    another customer or organization, or has no item for seats: then nothing is stored. Writes an audit event.
    """
    require_no_transaction()
    _ask(Judge(actor, organization))
    wanted = _cleaned(wanted)
    remote = _read(wanted)
    item = _item(remote, wanted)
    try:
        subscription = _store(actor, organization, remote, item)
    except IntegrityError as error:  # another organization was faster
        raise _taken() from error
    receivers.begin([organization.pk])
    return Subscription.objects.get(pk=subscription.pk)


@in_one_transaction
def unlink(*, actor: Any, organization: Organization) -> bool:
    """Forget the subscription, and the history of its seats; at Stripe nothing changes. Returns whether there was one.

    Raises `Refused` where `may_link` says no; `actor` None is trusted. Writes an audit event, which keeps the ids.
    """
    judge = _judge(actor, organization)
    found = Subscription.objects.select_for_update().filter(organization=judge.organization).first()
    if found is None:
        return False
    _record(judge, Verb.SUBSCRIPTION_UNLINKED, {"customer": found.customer_id, "subscription": found.subscription_id})
    found.delete()
    return True


def sync_now(*, actor: Any, organization: Organization) -> None:
    """Look what Stripe has, and settle it, at once: whatever waits, or is parked.

    Must not be called in a transaction: that raises `RuntimeError`. Raises `Refused` without the permission, and `Subscription.DoesNotExist` where none is linked. What Stripe answers stands
    in the subscription.
    """
    require_no_transaction()
    Judge(actor, organization).may(Permission.MANAGE_BILLING).require()
    found = Subscription.objects.get(organization=organization)
    claims.notice(found.pk, at_once=True)
    receivers.begin([organization.pk])


def may_link(judge: Judge) -> Verdict:
    """Whether the actor links and unlinks: with `manage_billing`, and of whom the setting SUBSCRIPTION_LINKERS names."""
    verdict = judge.may(Permission.MANAGE_BILLING)
    if verdict and settings.SUBSCRIPTION_LINKERS != "managers" and not is_platform_staff(judge.actor):
        return refused("platform_links", _("The subscription is linked by the platform's staff."))
    return verdict


def _cleaned(wanted: Link) -> Link:
    ids = {name: str(value).strip() for name, value in vars(wanted).items()}
    for field in ("customer_id", "subscription_id"):
        if not ids[field]:
            raise field_error(field, _("This field is required."), "required")
    for field, prefix in (("customer_id", "cus_"), ("subscription_id", "sub_")):
        if not _is_id(ids[field]):
            raise field_error(
                field, _("This is no id of Stripe's: they look like {example}.").format(example=f"{prefix}…"), "invalid"
            )
    return Link(**ids)


def _is_id(value: str) -> bool:
    """Whether it can be one of Stripe's, and a part of an address: not `..`, which would be another one."""
    return shapes.is_id(value) and "/" not in value and value.strip(".") != ""


def _read(wanted: Link) -> Remote:
    try:
        remote = get_gateway().fetch(wanted.subscription_id)
    except NotConfigured as error:
        raise ValidationError(error.words, code="not_configured") from error
    except GatewayError as error:
        raise field_error("subscription_id", error.words, error.code or "refused") from error
    if remote.customer_id != wanted.customer_id:
        raise field_error("customer_id", _("The subscription belongs to another customer."), "other_customer")
    if remote.has_ended:
        raise field_error("subscription_id", _("The subscription is canceled."), "canceled")
    return remote


def _item(remote: Remote, wanted: Link) -> Item:
    found = choosing.candidates(remote)
    if wanted.item_id and remote.item(wanted.item_id) not in found:
        words = _("The subscription has no such item for seats.")
        if len(found) > 1:
            raise Several(words, "no_item", _named(remote, found))
        raise field_error("item_id", words, "no_item")
    try:
        return choosing.seat_item(remote, wanted.item_id)
    except GatewayError as error:
        if error.code == "choose":
            raise Several(error.words, error.code, _named(remote, found)) from error
        raise field_error("subscription_id", error.words, error.code) from error


def _named(remote: Remote, items: list[Item]) -> list[Item]:
    """Name the items whose prices have no name of their own after their products."""
    if all(item.label for item in items):
        return items
    names = get_gateway().names(remote.id)
    return [replace(item, label=item.label or names.get(item.id, "")) for item in items]


@in_one_transaction
def _store(actor: Any, organization: Organization, remote: Remote, item: Item) -> Subscription:
    judge = _judge(actor, organization)
    others = Subscription.objects.filter(subscription_id=remote.id).exclude(organization=judge.organization)
    if others.exists():
        raise _taken()
    before = Subscription.objects.select_for_update().filter(organization=judge.organization).first()
    if before is not None and before.subscription_id != remote.id:
        before.delete()
        before = None
    found = before or Subscription(organization=judge.organization, subscription_id=remote.id)
    if found.item_id != item.id:
        claims.give_up(found)
    found.customer_id, found.item_id, found.price_id = remote.customer_id, item.id, item.price_id
    found.notices += 1
    found.failures, found.retry_at, found.parked_at, found.settled = 0, None, None, None
    found.error = found.error_code = found.error_request_id = ""
    if before is None:
        claims.know(found, remote, timezone.now())
    found.save()
    _record(judge, Verb.SUBSCRIPTION_LINKED, {"customer": found.customer_id, "subscription": found.subscription_id})
    return found


def _taken() -> ValidationError:
    return field_error("subscription_id", _("The subscription is linked to another organization."), "taken")


def _judge(actor: Any, organization: Organization) -> Judge:
    judge = Judge(actor, Organization.objects.locked(organization.pk))
    _ask(judge)
    return judge


def _ask(judge: Judge) -> None:
    if judge.actor is not None:
        may_link(judge).require()


def _record(judge: Judge, verb: AuditEvent.Verb, details: dict[str, str]) -> None:
    audit.write(
        audit.event(judge.organization.pk, verb, actor=judge.actor, name=judge.organization.name, details=details)
    )
