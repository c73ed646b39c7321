"""The answer in a line: `availability.now(members)`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Case, CharField, Value, When
from django.utils import timezone

from ..models import Organization
from ..models.memberships import MembershipQuerySet
from .providers import OnCall, get_provider
from .states import Availability


def now(members: MembershipQuerySet, organization: Organization | None = None) -> MembershipQuerySet:
    """Add `availability`, an `Availability` value as of now, to each row (see `at`)."""
    return at(timezone.now(), members, organization)


def at(when: datetime, members: MembershipQuerySet, organization: Organization | None = None) -> MembershipQuerySet:
    """Add `availability`, an `Availability` value as of an instant (aware), to each row.

    Filter by it: `availability.now(members).exclude(availability="unavailable")`. The past is answered by what is planned
    now. With `organization`, whose members they all are: one query for what it has planned. Without it, one more finds
    the organizations, and each is asked.
    """
    if organization is not None:
        return get_provider(organization).annotate(members, when)
    found = Organization.objects.filter(pk__in=members.order_by().values("organization"))
    branches = [When(organization=each, then=get_provider(each).expression(when)) for each in found]
    return members.annotate(
        availability=Case(*branches, default=Value(Availability.UNAVAILABLE.value), output_field=CharField())
    )


def on_call(organization: Organization, when: datetime | None = None) -> Sequence[OnCall]:
    """Return who is on call, rotation by rotation, until when, and who is next; now, or at an instant (aware)."""
    return get_provider(organization).on_call(timezone.now() if when is None else when)
