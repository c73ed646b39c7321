"""Questions about a person rather than about one act."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..models import Membership, Organization, Role
from . import grants
from .authority import NOTHING, Authority, is_superuser
from .judge import Judge
from .permissions import MANAGEMENT, OWNER_ONLY, everything, of_builtin_role, rows_of


def authority_of(user: Any, organization: Organization) -> Authority:
    """Return what the user may do in the organization, read afresh: at most three queries."""
    if user.is_anonymous:
        return NOTHING
    return Judge(user, organization).authority


def managed_organizations(user: Any, *, as_member: bool = False) -> QuerySet[Organization]:
    """Return the organizations in which the user has at least one right of the package's own: one query when it is run.

    With `as_member`, only those where the right comes from a live membership's role: the ones that an organization's
    own managers see. Without, grants, model permissions and superusers count too.
    """
    return _organizations(user, MANAGEMENT, as_member=as_member)


def organizations_with(user: Any, permission: str) -> QuerySet[Organization]:
    """Return the organizations in which the user has the permission, from whatever source: one query when it is run.

    For lists of a project's own objects: `Ticket.objects.filter(organization__in=organizations_with(user, "tickets.view_ticket"))`.
    Answers as `user.has_perm(permission, organization)` does for each. A permission that is not registered is nobody's,
    superusers apart.
    """
    return _organizations(user, frozenset({str(permission)}), as_member=False)


def _organizations(user: Any, among: frozenset[str], *, as_member: bool) -> QuerySet[Organization]:
    if user.is_anonymous or not user.is_active:
        return Organization.objects.none()
    if not as_member and is_superuser(user):
        return Organization.objects.all()
    among &= everything()
    roles = Q(role__key__in=[key for key in Role.Key if among & of_builtin_role(key)])
    roles |= Q(role__key=None) & rows_of(among - OWNER_ONLY, "role__permissions__")
    memberships = Membership.objects.active().filter(roles, organization=OuterRef("pk"), user=user.pk)
    condition = Q(Exists(memberships))
    if not as_member:
        condition |= grants.exist_for(user.pk, OuterRef("pk"), among)
    return Organization.objects.filter(condition)
