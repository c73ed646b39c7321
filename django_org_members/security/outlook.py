"""What requiring MFA means for the members of an organization, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef

from ..accounts import mfa
from ..conf import settings
from ..models import Membership, Organization


@dataclass(frozen=True)
class Outlook:
    """How many active members have no MFA yet."""

    without_mfa: int | None
    """None where the adapter of a project cannot tell it in SQL; of more than SEARCH_LIMIT, the limit."""
    is_limited: bool = False
    """Whether there are more than that."""


def outlook(organization: Organization) -> Outlook:
    """Count them: one query, which stops where there are more than SEARCH_LIMIT."""
    missing = mfa.missing_among(OuterRef("user"))
    if missing is None:
        return Outlook(None)
    limit = settings.SEARCH_LIMIT
    members = Membership.objects.active().filter(missing, organization=organization)
    found = members.order_by().values("pk")[: limit + 1].count()
    return Outlook(min(found, limit), is_limited=found > limit)
