"""Questions about a person rather than about one act."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..models import Membership, Organization, Role
from . import grants
from .authority import NOTHING, Authority, is_superuser
from .judge import Judge
from .permissions import PREFIX, codenames

_MANAGING = (Role.Key.OWNER, Role.Key.ADMIN)


def authority_of(user: Any, organization: Organization) -> Authority:
    """Return what the user may do in the organization, read afresh: at most three queries."""
    if user.is_anonymous:
        return NOTHING
    return Judge(user, organization).authority


def managed_organizations(user: Any, *, as_member: bool = False) -> QuerySet[Organization]:
    """Return the organizations in which the user has at least one right: one query when it is run.

    With `as_member`, only those where the right comes from a live membership's role: the ones that an organization's
    own managers see. Without, grants, model permissions and superusers count too.
    """
    if user.is_anonymous or not user.is_active:
        return Organization.objects.none()
    managing = Q(role__key__in=_MANAGING) | Q(
        role__permissions__content_type__app_label=PREFIX, role__permissions__codename__in=codenames()
    )
    memberships = Membership.objects.active().filter(managing, organization=OuterRef("pk"), user=user.pk)
    condition = Q(Exists(memberships))
    if not as_member:
        if is_superuser(user):
            return Organization.objects.all()
        condition |= grants.exist_for(user.pk, OuterRef("pk"))
    return Organization.objects.filter(condition)
