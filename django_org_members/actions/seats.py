"""What becomes of the seats, in sentences: how many for everybody, what they cost for those who manage billing."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import formats
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..billing import money, seats
from ..billing.outlook import Outlook, look_ahead
from ..conf import settings
from ..models import Membership
from ..policy import Judge, Permission
from .consequences import Consequence


def freed(judge: Judge, members: list[Membership]) -> Iterator[Consequence]:
    """Each of these members is removed."""
    active = sum(member.is_active for member in members)
    yield from _told(judge, look_ahead(judge.organization, members=-len(members), active=-active))


def any_freed(judge: Judge) -> Iterator[Consequence]:
    """Members are removed, nobody knows how many."""
    words = {
        seats.MEMBERS: _("Seats: {before} now, and one less for each member that is removed."),
        seats.ACTIVE: _("Seats: {before} now, and one less for each active member that is removed."),
    }
    yield from _told(judge, look_ahead(judge.organization), words.get(settings.SEATS))


def disabled(judge: Judge, members: list[Membership]) -> Iterator[Consequence]:
    """These members are disabled: they keep their seats, unless only active ones count."""
    kept = ngettext("A disabled member keeps the seat.", "Disabled members keep their seats.", len(members))
    told = look_ahead(judge.organization, active=-len(members))
    yield from _told(judge, told, f"{_numbers(told)} {kept}" if settings.SEATS == seats.MEMBERS else None)


def any_disabled(judge: Judge) -> Iterator[Consequence]:
    """Members are disabled, nobody knows how many."""
    told, words = look_ahead(judge.organization), None
    if settings.SEATS == seats.MEMBERS:
        words = f"{_numbers(told)} {_('Disabled members keep their seats.')}"
    elif settings.SEATS == seats.ACTIVE:
        words = _("Seats: {before} now, and one less for each member that is disabled.")
    yield from _told(judge, told, words)


def enabled(judge: Judge, members: list[Membership]) -> Iterator[Consequence]:
    """These members are enabled; nothing is said where they had their seats all the time."""
    if settings.SEATS != seats.MEMBERS:
        yield from _told_if_billed(judge, look_ahead(judge.organization, active=len(members)))


def any_enabled(judge: Judge) -> Iterator[Consequence]:
    """Members are enabled, nobody knows how many."""
    if settings.SEATS == seats.ACTIVE:
        words = _("Seats: {before} now, and one more for each member that is enabled.")
        yield from _told_if_billed(judge, look_ahead(judge.organization), words)


def taken(judge: Judge) -> Iterator[Consequence]:
    """Somebody becomes a member at once; nothing is said without a subscription: members are added freely then."""
    yield from _told_if_billed(judge, look_ahead(judge.organization, members=1, active=1))


def taken_later(judge: Judge) -> Iterator[Consequence]:
    """Somebody is invited: until it is accepted, an invitation takes no seat."""
    told = look_ahead(judge.organization, members=1, active=1)
    if told.after is None:
        words = _("Seats: {before} now. An invitation takes none until it is accepted.")
    else:
        words = _("Seats: {before} now, {after} once the invitation is accepted. Until then it takes none.")
    yield from _told_if_billed(judge, told, words)


def _told_if_billed(judge: Judge, told: Outlook, words: str | None = None) -> Iterator[Consequence]:
    if told.subscription is not None:
        yield from _told(judge, told, words)


def _told(judge: Judge, told: Outlook, words: str | None = None) -> Iterator[Consequence]:
    """Yield the seats, and what they cost. `words` may take `before` and `after`; without them the numbers are told."""
    text = _numbers(told) if words is None else words
    after = "" if told.after is None else formats.localize(told.after)
    yield Consequence(text.format(before=formats.localize(told.before), after=after), "users")
    if told.subscription is not None and judge.may(Permission.MANAGE_BILLING):
        yield from _billed(told)


def _numbers(told: Outlook) -> str:
    if told.after is None:
        return _("Seats: {before} now. How many there are afterwards is counted then.")
    return _("Seats: {before} now, {after} afterwards.")


def _billed(told: Outlook) -> Iterator[Consequence]:
    if told.has_ended:
        yield Consequence(_("The subscription is canceled: nothing is billed for seats."), "card")
    elif told.is_stuck:
        yield Consequence(
            _("The seats at Stripe do not change for now: the sync is parked. The Billing tab says what to do."),
            "alert",
        )
    elif told.is_billed and settings.SEAT_PRORATION == "none":
        yield Consequence(_("Stripe does not prorate it: the new number counts from the next period on."), "card")
    elif told.is_billed:
        yield Consequence(lazy(_cost, str)(told), "card")


def _cost(told: Outlook) -> str:
    """Return the prorated amount in a sentence; asks Stripe, so it is made when the page is rendered (`Outlook.amount`)."""
    if told.amount is None:
        return _("Stripe did not tell in time what it changes on the invoice.")
    if told.amount.value == 0:
        return _("Nothing is prorated for the rest of the period.")
    at_once = settings.SEAT_PRORATION == "always_invoice"
    if told.amount.value > 0:
        words = (
            _("Stripe invoices about {amount} at once, for the rest of the period.")
            if at_once
            else _("About {amount} for the rest of the period is added to the next invoice.")
        )
    else:
        words = (
            _("Stripe credits about {amount} at once, for the rest of the period.")
            if at_once
            else _("A credit of about {amount} for the rest of the period is put on the next invoice.")
        )
    return words.format(amount=money.in_words(told.amount))
