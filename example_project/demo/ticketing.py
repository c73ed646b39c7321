"""The tickets of the two organizations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth import get_user_model

from django_org_members.models import Organization
from tickets.models import Ticket


@dataclass(frozen=True)
class Opened:
    """A ticket as it was opened some days ago. Its title tells it from the organization's others."""

    title: str
    body: str
    by: str
    """The sign-in name of who opened it."""
    days_ago: int
    is_closed: bool = False


ACME = (
    Opened("The badge reader at the loading dock is dead", "No light since Monday. People walk around.",
           "owner@acme.example", 1),
    Opened("Invoice 2291 was paid twice", "The bank shows two transfers to Nordlys on the same day.",
           "admin@acme.example", 2),
    Opened("VPN drops every hour", "Since the update of the laptops. Reconnecting helps until the next hour.",
           "admin@acme.example", 4),
    Opened("New starters have no calendar", "All four who joined this month.\n\nThe older accounts are fine.",
           "owner@acme.example", 6),
    Opened("Printer on the second floor prints in pink", "Only pages with tables.", "admin@acme.example", 11, is_closed=True),
    Opened("Please archive the project Heron", "It ended in spring; the folder can be read-only.",
           "owner@acme.example", 23, is_closed=True),
)  # fmt: skip
GLOBEX = (
    Opened("Van 7 needs new tyres", "The inspection is on the last Friday of the month.",
           "noor.alsayed@globex.example", 3),
    Opened("Customer portal shows yesterday’s route", "Seen from the depot; on the road it is right.",
           "emre.aksoy@globex.example", 5),
    Opened("Two sets of keys for the depot", "One for the night shift, one spare.",
           "owner@globex.example", 14, is_closed=True),
)  # fmt: skip


def add(organization: Organization, tickets: tuple[Opened, ...], *, now: datetime) -> None:
    """Open those that are missing. What is there stays as it is."""
    for opened in tickets:
        model = get_user_model()
        defaults = {
            "body": opened.body,
            "status": Ticket.Status.CLOSED if opened.is_closed else Ticket.Status.OPEN,
            "created_by": model._default_manager.filter(**{model.USERNAME_FIELD: opened.by}).first(),
            "created_at": now - timedelta(days=opened.days_ago, minutes=Random(opened.title).randint(0, 600)),
        }
        Ticket.objects.get_or_create(organization=organization, title=opened.title, defaults=defaults)
