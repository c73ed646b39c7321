"""How many people a role reaches, and what a change of its permissions means for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet

from ..models import Invitation, Membership, Organization, Role
from ..policy import Judge
from ..policy.registry import in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Numbers:
    """How many members, disabled ones too, and pending invitations each role of an organization has, by its pk."""

    members: Mapping[int, int]
    invitations: Mapping[int, int]


@dataclass(frozen=True)
class Change:
    """What becomes of one role."""

    role: Role
    gained: list[StrOrPromise]
    """What it lets people do then, in words."""
    lost: list[StrOrPromise]
    """What it lets them do no more."""
    members: int
    invitations: int
    is_own: bool
    """Whether it is the actor's own role."""

    def __bool__(self) -> bool:
        return bool(self.gained or self.lost)


def numbers(organization: Organization) -> Numbers:
    """Count by role: two queries, whatever the number of roles."""
    members = Membership.objects.filter(organization=organization)
    pending = Invitation.objects.pending().filter(organization=organization)
    return Numbers(_by_role(members), _by_role(pending))


def change_of(judge: Judge, role: Role, wanted: frozenset[str], numbers: Numbers) -> Change:
    """Return what follows if the role had the permissions `wanted`."""
    held = judge.roles.authority_of(role).permissions
    return Change(
        role=role,
        gained=in_words(wanted - held),
        lost=in_words(held - wanted),
        members=numbers.members.get(role.pk, 0),
        invitations=numbers.invitations.get(role.pk, 0),
        is_own=judge.membership is not None and judge.membership.role_id == role.pk,
    )


def _by_role(rows: QuerySet[Membership] | QuerySet[Invitation]) -> dict[int, int]:
    return dict(rows.order_by().values_list("role").annotate(Count("pk")))
