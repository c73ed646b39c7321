"""Creating and editing custom roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .. import audit
from ..commits import in_one_transaction
from ..models import AuditEvent, Organization, Role
from ..policy import Judge, Permission
from ..policy.permissions import grantable
from ..policy.registry import rows
from ..signals import role_created, role_edited
from . import rules
from .state import fingerprint

Changes = dict[str, tuple[Any, Any]]


@in_one_transaction
def create(
    *,
    actor: Any,
    organization: Organization,
    name: str,
    description: str = "",
    color: str = Role.Color.GRAY,
    permissions: Iterable[str] = (),
) -> Role:
    """Make a custom role with these permissions (such as `org_members.view_members`).

    Raises `Refused` if the actor may not manage roles, and `ValidationError` at `name`, `description`, `color` or
    `permissions`: one that does not exist, or that the actor does not have. Writes an audit event, sends `role_created`.
    """
    judge = rules.locked(actor, organization.pk)
    judge.may(Permission.MANAGE_ROLES).require()
    wanted = frozenset(map(str, permissions))
    fields = rules.clean(judge, name=name, description=description, color=color)
    rules.check_toggles(judge, wanted)
    role = Role.objects.create(organization=judge.organization, **fields)
    role.permissions.set(rows(wanted))
    details = {**fields, "permissions": sorted(wanted)}
    _audit(judge, AuditEvent.Verb.ROLE_CREATED, role, details)
    role_created.send(sender=Role, organization=judge.organization, actor=actor, role=role)
    return role


@in_one_transaction
def edit(*, actor: Any, role: Role, seen: str | None = None, **fields: Any) -> Role:
    """Change what is given of `name`, `description`, `color` and `permissions` (all of those that it is to have).

    In force from the next request of everybody who has the role. `seen` is the `fingerprint` of the state that the
    actor looked at. Raises `Refused` for a role that the actor may not edit, `TypeError` for another field, and
    `ValidationError` by field (see `create`), or without a field if the role is not as it was seen any more. Writes an
    audit event and sends `role_edited` if anything changes.
    """
    unknown = fields.keys() - {"name", "description", "color", "permissions"}
    if unknown:
        raise TypeError(f"A role has no field {', '.join(sorted(unknown))} to edit.")
    edited, _changes = _edit(rules.locked_with(actor, role), role.pk, fields, seen)
    return edited


@in_one_transaction
def edit_permissions(
    *, actor: Any, organization: Organization, permissions: Mapping[int, Iterable[str]], seen: Mapping[int, str]
) -> list[Role]:
    """Change the permissions of several roles at once, all or none; `permissions` and `seen` go by the role's pk.

    Returns those that changed. Raises what `edit` raises.
    """
    judge = rules.locked(actor, organization.pk)
    edited = [_edit(judge, pk, {"permissions": permissions[pk]}, seen.get(pk)) for pk in sorted(permissions)]
    return [role for role, changes in edited if changes]


def _edit(judge: Judge, role_id: int, fields: dict[str, Any], seen: str | None) -> tuple[Role, Changes]:
    """Return the role, and what changed."""
    role = rules.check_edit(judge, judge.roles.get(role_id))
    if seen is not None and seen != fingerprint(judge, role):
        raise rules.stale()
    changes = _save_fields(judge, role, fields)
    if "permissions" in fields:
        changes |= _save_permissions(judge, role, frozenset(map(str, fields["permissions"])))
    if changes:
        _audit(judge, AuditEvent.Verb.ROLE_EDITED, role, {field: list(pair) for field, pair in changes.items()})
        role_edited.send(sender=Role, organization=judge.organization, actor=judge.actor, role=role, changes=changes)
    return role, changes


def _save_fields(judge: Judge, role: Role, fields: dict[str, Any]) -> Changes:
    cleaned = rules.clean(judge, role=role, **{name: value for name, value in fields.items() if name != "permissions"})
    changes: Changes = {
        name: (getattr(role, name), value) for name, value in cleaned.items() if getattr(role, name) != value
    }
    for name, (_before, after) in changes.items():
        setattr(role, name, after)
    if changes:
        role.save(update_fields=list(changes))
    return changes


def _save_permissions(judge: Judge, role: Role, wanted: frozenset[str]) -> Changes:
    """Add and take away the difference only: rows of permissions that are not registered now stay as they are."""
    held = judge.roles.authority_of(role).permissions
    if wanted == held:
        return {}
    rules.check_edit(judge, role, wanted)
    role.permissions.add(*rows(wanted - held))
    role.permissions.remove(*rows((held - wanted) & grantable()))
    return {"permissions": (sorted(held), sorted(wanted))}


def _audit(judge: Judge, verb: AuditEvent.Verb, role: Role, details: dict[str, Any]) -> None:
    audit.write(audit.event(judge.organization.pk, verb, actor=judge.actor, name=role.name, details=details))
