"""What all changes have in common: the lock, the permission, the audit event and the signal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .. import audit
from ..models import AuditEvent, Membership, Organization
from ..policy import Judge, Permission
from ..signals import availability_changed


def judge_of(actor: Any, organization: Organization) -> Judge:
    """Lock the organization and return the judge of the actor in it. Must be called in a transaction.

    Raises `Refused` without the permission `manage_availability`.
    """
    judge = Judge(actor, Organization.objects.locked(organization.pk))
    judge.may(Permission.MANAGE_AVAILABILITY).require()
    return judge


def record(judge: Judge, verb: AuditEvent.Verb, name: str, details: Mapping[str, Any]) -> None:
    """Write an audit event about something of the organization, called `name`, and send `availability_changed`."""
    event = audit.event(judge.organization.pk, verb, actor=judge.actor, name=name, details=dict(details))
    audit.write(event)
    _send(judge, verb, ())


def record_of(judge: Judge, verb: AuditEvent.Verb, members: Collection[Membership], details: Mapping[str, Any]) -> None:
    """Write one audit event for each of the members, and send `availability_changed` with them."""
    audit.write(*(audit.about(member, verb, actor=judge.actor, details=dict(details)) for member in members))
    _send(judge, verb, members)


def record_each(judge: Judge, verb: AuditEvent.Verb, member: Membership, details: Iterable[Mapping[str, Any]]) -> None:
    """Write an audit event about the member for each of the details, and send one `availability_changed`."""
    audit.write(*(audit.about(member, verb, actor=judge.actor, details=dict(each)) for each in details))
    _send(judge, verb, [member])


def _send(judge: Judge, verb: AuditEvent.Verb, members: Collection[Membership]) -> None:
    availability_changed.send(
        sender=Organization,
        organization=judge.organization,
        actor=judge.actor,
        verb=verb.value,
        members=list(members),
    )
