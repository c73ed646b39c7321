"""The interface that pages ask for availability, and the answer for organizations without schedules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.db.models import Case, CharField, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..conf import import_setting
from ..models import Membership, Organization
from ..models.memberships import MembershipQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Availability(TextChoices):
    """Whether someone can be reached now."""

    AVAILABLE = "available", _("Available")
    ON_CALL = "on_call", _("On-call")
    UNAVAILABLE = "unavailable", _("Unavailable")


class Show(TextChoices):
    """The positions of the toggle above the members list."""

    ALL = "all", pgettext_lazy("members", "All")
    AVAILABLE = "available", _("Available")
    UNAVAILABLE = "unavailable", _("Unavailable")


@dataclass(frozen=True)
class Shift:
    """A time during which a member is on call."""

    member_id: int
    """The membership's pk."""
    begins_at: datetime
    ends_at: datetime
    """Both aware. A shift that is cut short is told as it really is."""
    label: StrOrPromise = ""
    """The rotation, in words."""


class AvailabilityProvider(ABC):
    """Answers for whole querysets, so that a list costs one query whatever its length. `at` is an aware datetime."""

    @abstractmethod
    def annotate(self, members: MembershipQuerySet, at: datetime) -> MembershipQuerySet:
        """Add `availability`, an `Availability` value, to each row."""

    @abstractmethod
    def filter(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Narrow to what the toggle shows. "Available" includes On-call."""

    def count(self, organization: Organization, show: Show, at: datetime) -> int | None:
        """Return how many members the toggle shows where that is known without counting them, else None."""
        return organization.member_count if show == Show.ALL else None

    def shifts(self, members: Sequence[Membership], since: datetime, until: datetime) -> Sequence[Shift]:
        """Return the on-call shifts of these members of one organization that are left uncovered without them.

        Those that overlap with the time from `since` to `until` (aware); in a constant number of queries. Empty where
        the provider knows no shifts: then nothing is said about them.
        """
        return ()

    def of(self, member: Membership, at: datetime) -> Availability:
        """Return one member's availability."""
        row = self.annotate(Membership.objects.filter(pk=member.pk), at).get()
        return Availability(row.availability)  # type: ignore[attr-defined]


class StatusProvider(AvailabilityProvider):
    """No schedule at all: Available; disabled: Unavailable."""

    def annotate(self, members: MembershipQuerySet, at: datetime) -> MembershipQuerySet:
        """Read the status column."""
        answer = Case(
            When(is_active=True, then=Value(Availability.AVAILABLE.value)),
            default=Value(Availability.UNAVAILABLE.value),
            output_field=CharField(),
        )
        return members.annotate(availability=answer)

    def filter(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Narrow by the status column."""
        return members if show == Show.ALL else members.filter(is_active=show == Show.AVAILABLE)

    def count(self, organization: Organization, show: Show, at: datetime) -> int:
        """Return the organization's kept counters."""
        active = organization.active_member_count
        counts = {Show.ALL: organization.member_count, Show.AVAILABLE: active}
        return counts.get(show, organization.member_count - active)


def get_provider() -> AvailabilityProvider:
    """Return an instance of the class named by the setting AVAILABILITY_PROVIDER."""
    return cast("AvailabilityProvider", import_setting("AVAILABILITY_PROVIDER")())
