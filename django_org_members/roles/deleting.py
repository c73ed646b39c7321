"""Deleting a custom role: whoever has it, or is invited for it, gets another one first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from .. import audit
from ..actions import perform_in_batches
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, Invitation, Membership, Role
from ..policy import Judge, Permission, Verdict
from ..policy.roles import may_delete
from ..signals import invitation_role_changed, role_deleted
from . import rules

NAMED = 20
ROUNDS = 3
"""How often to look again for people who got the role while others were given the replacement."""


@dataclass
class Deleted:
    """What came of it."""

    is_deleted: bool = False
    moved: int = 0
    """How many members have the replacement now."""
    refused: list[tuple[Membership, Verdict]] = field(default_factory=list)
    """The first of those whom the actor may not give another role, each with the reason. The role stays then."""
    refused_count: int = 0


def delete(*, actor: Any, role: Role, replacement: Role | None = None) -> Deleted:
    """Delete a custom role; its members, and pending invitations, get `replacement` first.

    Members are given the replacement in batches, as by the action `set-role`: the policy judges each, each has an audit
    event, and if it stops half-way, doing it again does the rest. Whoever answers for a pending invitation is the actor
    from then on. Raises `Refused` for a role that the actor may not delete, built-in ones included, and
    `ValidationError` at `replacement`: missing where somebody has the role, the role itself, or one that the actor may
    not give. Writes an audit event and sends `role_deleted` (and `invitation_role_changed`) in the transaction that
    deletes it.
    """
    outcome = Deleted()
    for _round in range(ROUNDS):
        _check(actor, role, replacement)
        if replacement is not None:
            _move_members(actor, role, replacement, outcome)
        if outcome.refused_count or _finish(actor, role, replacement, outcome):
            break
    return outcome


@in_one_transaction
def _check(actor: Any, role: Role, replacement: Role | None) -> None:
    _checked(actor, role, replacement)


def _checked(actor: Any, wanted: Role, replacement: Role | None) -> tuple[Judge, Role]:
    judge = rules.locked_with(actor, wanted)
    role = judge.roles.get(wanted.pk)
    may_delete(judge, role).require()
    assert role is not None
    members = Membership.objects.filter(organization=judge.organization, role=role).exists()
    invitations = _pending(role).exists()
    if members:
        judge.may(Permission.SET_MEMBER_ROLE).require()
    if invitations:
        judge.may(Permission.INVITE_MEMBER).require()
    if members or invitations or replacement is not None:
        _check_replacement(judge, role, replacement)
    return judge, role


def _check_replacement(judge: Judge, role: Role, replacement: Role | None) -> None:
    if replacement is None:
        raise field_error("replacement", _("Choose the role that its people get instead."), "required")
    verdict = judge.may_give(replacement)
    if not verdict:
        raise field_error("replacement", verdict.reason, verdict.code)
    if replacement.pk == role.pk:
        raise field_error("replacement", _("Choose another role."), "same")


def _move_members(actor: Any, role: Role, replacement: Role, outcome: Deleted) -> None:
    members = Membership.objects.filter(organization=role.organization_id, role=role.pk)
    for batch in perform_in_batches("set-role", actor=actor, members=members, role=replacement):
        outcome.moved += len(batch.done)
        outcome.refused_count += len(batch.refused)
        outcome.refused += batch.refused[: NAMED - len(outcome.refused)]


@in_one_transaction
def _finish(actor: Any, wanted: Role, replacement: Role | None, outcome: Deleted) -> bool:
    """Delete the role unless somebody got it meanwhile."""
    judge, role = _checked(actor, wanted, replacement)
    if Membership.objects.filter(organization=judge.organization, role=role).exists():
        return False
    if replacement is not None:
        _move_invitations(judge, role, replacement)
    Invitation.objects.filter(role=role).update(role=None)  # answered ones
    details = {
        "permissions": sorted(judge.roles.authority_of(role).permissions),
        "replacement": replacement.name if replacement is not None else None,
        "members": outcome.moved,
    }
    _audit(judge, AuditEvent.Verb.ROLE_DELETED, name=role.name, details=details)
    role_deleted.send(
        sender=Role, organization=judge.organization, actor=actor, role=_gone(role), replacement=replacement
    )
    outcome.is_deleted = True
    return True


def _gone(role: Role) -> Role:
    pk = role.pk
    role.delete()
    role.pk = pk
    return role


def _pending(role: Role) -> Any:
    return Invitation.objects.pending().filter(organization=role.organization_id, role=role)


def _move_invitations(judge: Judge, role: Role, replacement: Role) -> None:
    """Give the replacement: it is the actor who offers it, and whose authority is asked when it is accepted."""
    invitations = list(_pending(role).select_for_update().order_by("pk"))
    if not invitations:
        return
    for invitation in invitations:
        invitation.role, invitation.invited_by = replacement, judge.actor
        invitation.organization = judge.organization
    Invitation.objects.bulk_update(invitations, ["role", "invited_by"], batch_size=500)
    verb, details = AuditEvent.Verb.INVITATION_ROLE_CHANGED, {"role": [role.name, replacement.name]}
    pk = judge.organization.pk
    audit.write(audit.event(pk, verb, actor=judge.actor, email=each.email, details=details) for each in invitations)
    invitation_role_changed.send(
        sender=Invitation,
        organization=judge.organization,
        actor=judge.actor,
        invitations=invitations,
        role=replacement,
    )


def _audit(judge: Judge, verb: AuditEvent.Verb, **fields: Any) -> None:
    audit.write(audit.event(judge.organization.pk, verb, actor=judge.actor, **fields))
