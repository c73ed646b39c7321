"""How many seats an organization takes: recounted whenever it is asked, never counted up or down."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from ..conf import import_dotted, settings
from ..models import Membership, Organization, Subscription

MEMBERS, ACTIVE = "members", "active"
_COUNTERS = {MEMBERS: "member_count", ACTIVE: "active_member_count"}
"""Kept by triggers, in the transaction of each change, so that what is owed can be read from them."""


def wanted(organization: Organization) -> int:
    """Return how many seats an organization takes now, by the setting SEATS: one query, or the project's own function.

    Raises `ImproperlyConfigured` for a setting that names nothing, and `ValueError` for an answer that is no count.
    """
    if settings.SEATS in _COUNTERS:
        found = Organization.objects.filter(pk=organization.pk).values_list(_counted(""), flat=True)
        return int(found.get())
    function = cast("Callable[[Organization], int]", import_dotted(settings.SEATS, setting="SEATS"))
    count = function(organization)
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ValueError(f'ORG_MEMBERS["SEATS"] answered {count!r}: a number of seats is an int of 0 or more.')
    return count


def with_wanted(subscriptions: QuerySet[Subscription]) -> QuerySet[Subscription] | None:
    """Add `wanted` to subscriptions, in SQL; None where a project's own function counts."""
    if settings.SEATS not in _COUNTERS:
        return None
    return subscriptions.annotate(wanted=_counted("organization__"))


def _counted(path: str) -> Combinable:
    """Return the counter, less guardian's anonymous user, who is no person, if somebody made it a member."""
    counter = F(f"{path}{_COUNTERS[settings.SEATS]}")
    name = getattr(django_settings, "ANONYMOUS_USER_NAME", "AnonymousUser")
    if name is None:
        return counter
    key = OuterRef("organization_id" if path else "pk")
    anonymous = Membership.objects.filter(
        organization=key,
        **{f"user__{get_user_model().USERNAME_FIELD}": name},
    )
    if settings.SEATS == ACTIVE:
        anonymous = anonymous.active()
    counted = anonymous.order_by().values("organization").annotate(n=Count("pk")).values("n")
    return counter - Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
