"""What happens to organizations later: name and slug are edited, or they are deleted with everything in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .. import audit
from ..commits import in_one_transaction
from ..models import AuditEvent, Organization

EDITED = ("name", "slug")


@in_one_transaction
def edit_organization(*, organization: Organization, actor: Any = None) -> None:
    """Save name and slug as they are set on the instance, and nothing else of it.

    The caller is trusted, and has validated them: nobody's permission is asked. Writes an audit event if either differs
    from what is stored.
    """
    stored = Organization.objects.locked(organization.pk)
    changes = {
        field: [getattr(stored, field), getattr(organization, field)]
        for field in EDITED
        if getattr(stored, field) != getattr(organization, field)
    }
    if changes:
        organization.save(update_fields=EDITED)
        verb = AuditEvent.Verb.ORGANIZATION_CHANGED
        audit.write(audit.event(organization.pk, verb, actor=actor, name=organization.name, details=changes))


@in_one_transaction
def delete_organizations(*, organizations: Iterable[Organization], actor: Any = None) -> None:
    """Delete organizations with members, roles, invitations and grants. Accounts and the audit trail stay.

    The caller is trusted: nobody's permission is asked. Raises `ProtectedError` or `RestrictedError` where a project's
    own models protect something in them; nothing is deleted then. Writes an audit event for each.
    """
    wanted = Organization.objects.filter(pk__in=[organization.pk for organization in organizations])
    locked = list(wanted.order_by("pk").select_for_update())
    audit.write(_deleted(organization, actor) for organization in locked)
    Organization.objects.filter(pk__in=[organization.pk for organization in locked]).delete()


def _deleted(organization: Organization, actor: Any) -> AuditEvent:
    details = {"slug": organization.slug, "members": organization.member_count}
    verb = AuditEvent.Verb.ORGANIZATION_DELETED
    return audit.event(organization.pk, verb, actor=actor, name=organization.name, details=details)
