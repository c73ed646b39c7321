"""The one way in which a person becomes a member."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from .. import audit
from ..accounts import signin
from ..models import Account, AuditEvent, Membership, Organization, Role
from ..signals import members_added


def add(
    organization: Organization, user: Any, role: Role, *, actor: Any, verb: AuditEvent.Verb, how: str
) -> Membership:
    """Make the membership, write the audit event, send `members_added`. `organization` is locked by the caller.

    Locks the account, like everything that touches it; a sign-in that this package had ended works again.
    """
    account = Account.objects.locked([user.pk])[user.pk]
    member = Membership.objects.create(organization=organization, user=user, role=role, joined_at=timezone.now())
    signin.restore([account])
    details = {"role": role.name}
    audit.write(audit.about(member, verb, actor=actor, details=details, at=member.joined_at))
    members_added.send(sender=Membership, organization=organization, actor=actor, members=[member], how=how)
    return member


def provision(organization: Organization, user: Any) -> Account:
    """Note that the organization made this new account, and may manage its sign-in; returns it locked."""
    account = Account.objects.locked([user.pk])[user.pk]
    account.provisioned_by = organization
    account.save(update_fields=["provisioned_by"])
    return account
