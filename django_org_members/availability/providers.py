"""The interface that pages ask for availability; a project with its own source fills it (setting AVAILABILITY_PROVIDER)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Case, CharField, Value, When

from ..conf import import_setting
from ..models import Membership, Organization
from ..models.memberships import MembershipQuerySet
from .states import Availability, Show

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Shift:
    """A time during which a member is on call."""

    member_id: int
    """The membership's pk."""
    begins_at: datetime
    ends_at: datetime
    """Both aware. One that is cut short is told as it really is; one that goes on already may be told from `since` on."""
    label: StrOrPromise = ""
    """The rotation, in words."""
    rotation_id: int | None = None
    """The pk of the `Rotation`; None for a shift that another system knows."""


@dataclass(frozen=True)
class OnCall:
    """Who is on call in one rotation, or in one calendar of another system."""

    label: StrOrPromise
    member_ids: tuple[int, ...]
    """The memberships' pks; empty where nobody is. More than one only in a calendar of another system."""
    until: datetime | None
    """When that changes next; None: not within the time that is looked ahead."""
    next_ids: tuple[int, ...] = ()
    """Who is on call from then on; where nobody is at first, whoever is after that."""
    next_at: datetime | None = None
    """When that begins: `until`, or later, after a time without anybody."""
    rotation_id: int | None = None
    calendar_id: int | None = None
    """The pk of the `Rotation` or of the `ImportedCalendar`."""


class AvailabilityProvider(ABC):
    """Answers for one organization and whole querysets of its members, so that a list costs one query whatever its length.

    An instance lives as long as a request: it may keep what it has read. `at` is an aware datetime.
    """

    def __init__(self, organization: Organization) -> None:
        self.organization = organization

    @abstractmethod
    def expression(self, at: datetime) -> Any:
        """Return the expression that makes an `Availability` value of each row of `Membership`."""

    def annotate(self, members: MembershipQuerySet, at: datetime) -> MembershipQuerySet:
        """Add `availability`, an `Availability` value, to each row."""
        return members.annotate(availability=self.expression(at))

    def rows(self, members: MembershipQuerySet, at: datetime) -> MembershipQuerySet:
        """Add to the members of one page `availability`, and what `until` would have to ask about them otherwise."""
        return self.annotate(members, at)

    def filter(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Narrow to what the toggle shows. "Available" includes On-call."""
        if show == Show.ALL:
            return members
        rows = members.alias(_availability=self.expression(at))
        condition = {"_availability": Availability.UNAVAILABLE.value}
        return rows.filter(**condition) if show == Show.UNAVAILABLE else rows.exclude(**condition)

    def parts(self, members: MembershipQuerySet, show: Show, at: datetime) -> Sequence[MembershipQuerySet]:
        """Return what `filter` does in parts, each of which an index of its own finds where it holds few.

        A member may be in several of them. No index finds an OR.
        """
        return [self.filter(members, show, at)]

    def walkable(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Return all whom `filter` shows, and perhaps others, as an index finds them in the order of the list."""
        return self.filter(members, show, at)

    def count(self, show: Show, at: datetime) -> int | None:
        """Return how many members the toggle shows where that is known without counting them, else None."""
        return self.organization.member_count if show == Show.ALL else None

    def until(self, members: Sequence[Membership], at: datetime) -> Mapping[int, datetime]:
        """Return until when each member's availability lasts, by pk; members for whom that is not known are left out.

        In a constant number of queries.
        """
        return {}

    def on_call(self, at: datetime) -> Sequence[OnCall]:
        """Return who is on call, rotation by rotation."""
        return ()

    def shifts(self, members: Sequence[Membership], since: datetime, until: datetime) -> Sequence[Shift]:
        """Return the on-call shifts of these members that overlap with the time from `since` to `until` (aware).

        In order, in a constant number of queries. Empty where the provider knows no shifts: then nothing is said
        about them.
        """
        return ()

    def successors(
        self, shifts: Sequence[Shift], at: datetime, *, removed: bool = False
    ) -> Mapping[Shift, Sequence[int | None]]:
        """Return who is on call in each of these shifts once the members who have them are disabled, or `removed`.

        Memberships' pks in order; None where nobody is. Shifts of which that is not known are left out.
        """
        return {}

    def of(self, member: Membership, at: datetime) -> Availability:
        """Return one member's availability."""
        row = self.annotate(Membership.objects.filter(pk=member.pk), at).get()
        return Availability(row.availability)  # type: ignore[attr-defined]


class StatusProvider(AvailabilityProvider):
    """For projects without working hours: Available, or Unavailable for those whose access is disabled."""

    def expression(self, at: datetime) -> Any:
        """Read the status column."""
        return Case(
            When(is_active=True, then=Value(Availability.AVAILABLE.value)),
            default=Value(Availability.UNAVAILABLE.value),
            output_field=CharField(),
        )

    def filter(self, members: MembershipQuerySet, show: Show, at: datetime) -> MembershipQuerySet:
        """Narrow by the status column."""
        return members if show == Show.ALL else members.filter(is_active=show == Show.AVAILABLE)

    def count(self, show: Show, at: datetime) -> int:
        """Return the organization's kept counters."""
        active = self.organization.active_member_count
        counts = {Show.ALL: self.organization.member_count, Show.AVAILABLE: active}
        return counts.get(show, self.organization.member_count - active)


def get_provider(organization: Organization) -> AvailabilityProvider:
    """Return an instance of the class named by the setting AVAILABILITY_PROVIDER, for one organization."""
    return cast("AvailabilityProvider", import_setting("AVAILABILITY_PROVIDER")(organization))
