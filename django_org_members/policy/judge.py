"""The one place that decides: one actor, in one organization, at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Protocol

from django.db.models import BooleanField, Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from ..models import Account, Membership, Organization, Role
from ..models.memberships import MembershipQuerySet
from . import grants
from .authority import EVERYTHING, NOTHING, Authority, is_superuser
from .catalog import RoleCatalog
from .guards import Guard, does_not_exceed, is_not_platform_staff
from .permissions import grantable
from .verdicts import ALLOWED, Verdict, refused


class Rule(Protocol):
    """What the policy asks about an action."""

    @property
    def permission(self) -> str:
        """The permission it needs."""

    @property
    def guards(self) -> Sequence[Guard]:
        """The rules of its own."""

    @property
    def is_power(self) -> bool:
        """Whether doing it to somebody is power over them: then authority counts."""


class Judge:
    """Answers for `actor` in `organization`.

    Make a new one for every request, and inside a transaction after the locks are taken: what was read is kept, so
    any number of questions costs a constant number of queries. Members must come from `prepare()` and `load()`.
    """

    def __init__(self, actor: Any, organization: Organization) -> None:
        self.actor = actor
        self.organization = organization
        self._grants: dict[Any, frozenset[str]] = {}
        self.model_permissions: frozenset[str] | None = None
        """The actor's model permissions of every app, where they came along with the grants."""

    @classmethod
    def of(cls, actor: Any, organization_id: int, *, among: QuerySet[Organization] | None = None) -> Judge:
        """Return the judge for the actor in the organization with this pk, read together in one query.

        `among`: what to read it from, such as with annotations of the caller's. Raises `Organization.DoesNotExist`.
        """
        live = Q(memberships__user=actor.pk, memberships__is_active=True)
        places = (Organization.objects.all() if among is None else among).annotate(
            _own=FilteredRelation("memberships", condition=live),
            _own_id=F("_own__id"),
            _own_role_id=F("_own__role_id"),
            _has_grants=_has_grants(actor.pk, OuterRef("pk")),
        )
        organization = places.get(pk=organization_id)
        judge = cls(actor, organization)
        judge.membership = _membership_of(actor, organization)
        return judge

    @cached_property
    def roles(self) -> RoleCatalog:
        """The organization's roles."""
        return RoleCatalog(self.organization.pk)

    @cached_property
    def membership(self) -> Membership | None:
        """The actor's own live membership, if any."""
        members = Membership.objects.active().filter(organization=self.organization, user=self.actor.pk)
        return members.annotate(_has_grants=_has_grants()).first()

    @cached_property
    def authority(self) -> Authority:
        """Role ∪ grants on the organization ∪ model permissions; everything for a superuser; nothing when inactive."""
        if not self.actor.is_active:
            return NOTHING
        if is_superuser(self.actor):
            return EVERYTHING
        if self.membership is not None:
            return self._authority(self.membership.role_id, self._own_grants(self.membership))
        return Authority(self._own_grants(self.organization))

    @cached_property
    def role_authority(self) -> Authority:
        """What the role of the actor's live membership gives, without grants; nothing for those who are no members."""
        if self.membership is None or not self.actor.is_active:
            return NOTHING
        return self._authority(self.membership.role_id, frozenset())

    def may(self, permission: str) -> Verdict:
        """Whether the actor has this permission here."""
        if self.authority.has(permission):
            return ALLOWED
        return refused("permission", _("Your role does not let you do this."))

    def may_give(self, role: Role | None) -> Verdict:
        """Whether the actor may give this role: an existing one of this organization, not Owner, within what they have."""
        if role is None or self.roles.get(role.pk) is None:
            return refused("unknown_role", _("This role does not exist."))
        if role.is_owner:
            return refused("owner_role", _("The Owner role is given only by a transfer of ownership."))
        if not self.authority.covers(self.roles.authority_of(role)):
            return refused("exceeds", _("This role has permissions that you do not have."))
        return ALLOWED

    def assignable_roles(self) -> list[tuple[Role, Verdict]]:
        """Every role but Owner, each with whether the actor may give it."""
        return [(role, self.may_give(role)) for role in self.roles if not role.is_owner]

    def verdict(self, rule: Rule, member: Membership) -> Verdict:
        """Whether the actor may do this to this member; the first rule that refuses gives the reason."""
        verdict = self.may(rule.permission)
        if not verdict:
            return verdict
        authority: tuple[Guard, ...] = (is_not_platform_staff, does_not_exceed) if rule.is_power else ()
        for guard in (*rule.guards, *authority):
            refusal = guard(self, member)
            if refusal is not None:
                return refusal
        return ALLOWED

    def prepare(self, members: MembershipQuerySet) -> MembershipQuerySet:
        """Narrow to this organization and fetch with each row what the guards ask about."""
        elsewhere = Membership.objects.filter(user=OuterRef("user")).exclude(organization=self.organization)
        condition = Exists(elsewhere) | grants.exist_elsewhere(OuterRef("user"), self.organization)
        return (
            members.filter(organization=self.organization)
            .select_related("user__org_members_account")
            .annotate(_has_grants=_has_grants(), _elsewhere=condition)
        )

    def load(self, members: Iterable[Membership]) -> list[Membership]:
        """Return the prepared members with their roles; one query more only if someone has grants."""
        rows = list(members)
        for member in rows:
            member.organization = self.organization
            role = self.roles.get(member.role_id)
            if role is not None:
                member.role = role
        granted = [row.user_id for row in rows if row._has_grants]  # type: ignore[attr-defined]
        if granted:
            self._grants |= grants.load(self.organization.pk, granted)
        return rows

    def authority_over(self, member: Membership) -> Authority:
        """The authority of a loaded member. A disabled one keeps it here: it returns with Enable."""
        if is_superuser(member.user):
            return EVERYTHING
        return self._authority(member.role_id, self._grants.get(member.user_id, frozenset()))

    def belongs_elsewhere(self, member: Membership) -> bool:
        """Whether a loaded member's user is in another organization too, or has grants on one."""
        return bool(member._elsewhere)  # type: ignore[attr-defined]

    def provisioned(self, member: Membership) -> bool:
        """Whether this organization made the loaded member's account."""
        account: Account | None = getattr(member.user, "org_members_account", None)
        return account is not None and account.provisioned_by_id == self.organization.pk

    def _authority(self, role_id: int, granted: frozenset[str]) -> Authority:
        role = self.roles.get(role_id)
        held = self.roles.authority_of(role).permissions if role is not None else frozenset()
        return Authority(held | granted)

    def _own_grants(self, place: Membership | Organization) -> frozenset[str]:
        """Load them, unless the row that the actor was found by says that there are none."""
        if not getattr(place, "_has_grants", True):
            self.model_permissions = frozenset()  # they would be among what there is to load
            return frozenset()
        found = grants.of_actor(self.actor, self.organization.pk)
        self.model_permissions = found.held
        self.__dict__.setdefault("roles", RoleCatalog(self.organization.pk, found.roles))
        return found.granted | (found.held & grantable())


def _membership_of(actor: Any, organization: Any) -> Membership | None:
    if organization._own_id is None:
        return None
    values = {
        "id": organization._own_id,
        "organization_id": organization.pk,
        "user_id": actor.pk,
        "role_id": organization._own_role_id,
        "is_active": True,
    }
    member = Membership.from_db(organization._state.db, list(values), list(values.values()))
    member.organization, member.user = organization, actor
    member._has_grants = organization._has_grants  # type: ignore[attr-defined]
    return member


def _has_grants(user: Any = None, organization: Any = None) -> Case:
    condition = grants.may_exist_for(user or OuterRef("user"), organization or OuterRef("organization"))
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
