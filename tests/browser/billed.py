"""What Acme pays for its seats, as the pictures show it: at a real server of Stripe's API."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from django_org_members.billing.linking import Link, link
from django_org_members.models import SeatChange, Subscription

_HISTORY = (
    (4, 5, "linked"),
    (5, 6, "members"),
    (6, 5, "members"),
    (5, 9, "seen"),
    (9, 5, "repaired"),
    (5, 11, "members"),
)


def link_for(organization, account):
    """Link Acme to a subscription that was made for fewer, and write what happened to its seats before."""
    made = account.subscribe(11)
    found = link(actor=organization.owner, organization=organization, wanted=Link(made["customer"], made["id"]))
    now, (last,) = timezone.now(), SeatChange.objects.all()
    SeatChange.objects.filter(pk=last.pk).delete()
    for number, (before, after, reason) in enumerate((*_HISTORY, (11, last.after, "members"))):
        SeatChange.objects.create(
            subscription=found,
            before=before,
            after=after,
            reason=reason,
            request_id=last.request_id[:-1] + str(number),
            created_at=now - timedelta(days=3 * (len(_HISTORY) - number), minutes=37 * number),
        )
    Subscription.objects.filter(pk=found.pk).update(linked_at=now - timedelta(days=18))
    return found
