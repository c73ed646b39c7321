"""Seats: what would else be found when Stripe is asked, or when it tells of something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from django.conf import settings as django_settings
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured

from ..conf import Linkers, Proration, SeatDrift, SeatEmails, import_setting, settings
from .messages import caution, error

_CHOICES = {
    "SEAT_PRORATION": Proration,
    "SEAT_DRIFT": SeatDrift,
    "SEAT_EMAILS": SeatEmails,
    "SUBSCRIPTION_LINKERS": Linkers,
}
_LISTS = ("SEAT_PRICES", "STRIPE_WEBHOOK_SECRETS")
_LIVE = ("sk_live_", "rk_live_")


def gateway() -> Iterator[CheckMessage]:
    """What asks the biller must be there, with all that is asked of it, and the library that it needs."""
    from ..billing import stripe as ours
    from ..billing.gateway import Gateway

    found = _imported("BILLING_GATEWAY")
    asked = [name for name in vars(Gateway) if not name.startswith("_")]
    missing = [name for name in asked if not hasattr(found, name)] if isinstance(found, type) else []
    if not callable(found) or missing:
        why = f"has no {', '.join(missing)}" if missing else "cannot be imported, or called"
        hint = "Give the dotted path of a class as billing.gateway.Gateway is, or leave it out: then Stripe is asked."
        yield error("E020", f"BILLING_GATEWAY: {settings.BILLING_GATEWAY!r} {why}.", hint)
    is_stripe = isinstance(found, type) and issubclass(found, ours.StripeGateway)
    if settings.STRIPE_API_KEY and is_stripe and not ours.is_installed():
        hint = "Run: pip install 'django-org-members[stripe]'."
        yield error("E017", "STRIPE_API_KEY is set, but Stripe's library is not installed.", hint)


def counted() -> Iterator[CheckMessage]:
    """Nothing else would tell how many seats there are."""
    from ..billing.seats import ACTIVE, MEMBERS

    if settings.SEATS not in (MEMBERS, ACTIVE) and not callable(_imported("SEATS")):
        hint = f'Set it to "{MEMBERS}", "{ACTIVE}", or the dotted path of a function that takes an organization.'
        yield error("E018", f"SEATS: {settings.SEATS!r} counts nothing.", hint)


def values() -> Iterator[CheckMessage]:
    """One of few, or a list of ids."""
    for name, allowed in _CHOICES.items():
        value, words = getattr(settings, name), get_args(allowed)
        if value not in words:
            yield error("E019", f"{name}: {value!r} is none of its values.", f"Set it to one of: {', '.join(words)}.")
    for name in _LISTS:
        value = settings.get(name, ())
        if not isinstance(value, (list, tuple, set, frozenset)) or not all(isinstance(each, str) for each in value):
            # The value may be a secret.
            yield error("E021", f"{name} is no list of texts.", f'Set ORG_MEMBERS = {{"{name}": ["…"]}}.')


def live_key() -> Iterator[CheckMessage]:
    """A copy of the database on somebody's own machine is linked to the same subscriptions."""
    if django_settings.DEBUG and str(settings.STRIPE_API_KEY).startswith(_LIVE):
        text = "STRIPE_API_KEY is a live key, but DEBUG is on: the members of this database change what customers pay."
        yield caution("W016", text, "Use a test key where DEBUG is on.")


def secrets() -> Iterator[CheckMessage]:
    """Without them every event is refused, and what happens at Stripe is not known until the next sync."""
    if settings.STRIPE_API_KEY and not settings.STRIPE_WEBHOOK_SECRETS:
        text = "STRIPE_API_KEY is set, but STRIPE_WEBHOOK_SECRETS is not: Stripe's events are refused."
        hint = 'Set ORG_MEMBERS = {"STRIPE_WEBHOOK_SECRETS": ["whsec_…"]}; "manage.py stripe_webhooks" prints what to set up.'
        yield caution("W015", text, hint)


def _imported(name: str) -> Any:
    """Return what the setting points to; None where it leads nowhere, or is no text."""
    if not isinstance(getattr(settings, name), str):
        return None
    try:
        return import_setting(name)
    except ImproperlyConfigured:
        return None
