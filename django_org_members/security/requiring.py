"""Turning the requirement of MFA on and off, and how long each member has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .. import audit
from ..accounts import mfa
from ..accounts.mfa import enrolment
from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, Organization
from ..models.organizations import DEFAULT_MFA_GRACE
from ..policy import Judge, Permission, Verdict
from ..policy.verdicts import refused
from ..signals import security_changed

MOST_GRACE_DAYS = 90
Changes = dict[str, tuple[Any, Any]]

_NO_PAGE = refused(
    "no_enrolment_page", _("There is no page on which members could set MFA up (see the documentation).")
)
_NOT_ONESELF = refused("own_mfa", _("Set MFA up for your own account first."))


def may_require_mfa(judge: Judge) -> Verdict:
    """Whether the actor may require MFA here, or change how long members have.

    Only with MFA of their own, superusers too: who has set it up knows that it works here, and a password alone, guessed
    or stolen, is not enough to change what others need.
    """
    verdict = judge.may(Permission.MANAGE_SECURITY)
    if not verdict:
        return verdict
    if enrolment.page_url() is None:
        return _NO_PAGE
    return verdict if mfa.is_enabled(judge.actor) else _NOT_ONESELF


@in_one_transaction
def require_mfa(*, actor: Any, organization: Organization, grace: timedelta = DEFAULT_MFA_GRACE) -> bool:
    """Require MFA of every member, or change the grace period where it is required already; returns whether it changed.

    Each member has the grace period from now, or from joining: not again when it is changed. Raises `Refused` (see
    `may_require_mfa`), and `ValidationError` at `grace` for one that is negative or over 90 days. Writes an audit event
    and sends `security_changed` if anything changes.
    """
    judge = Judge(actor, Organization.objects.locked(organization.pk))
    may_require_mfa(judge).require()
    if not timedelta(0) <= grace <= timedelta(days=MOST_GRACE_DAYS):
        raise field_error("grace", _("The grace period is 0 to 90 days."), "invalid")
    since = judge.organization.mfa_required_since or timezone.now()
    return _save(judge, since, grace)


@in_one_transaction
def stop_requiring_mfa(*, actor: Any, organization: Organization) -> bool:
    """Require MFA of nobody any more; who has it keeps it. Returns whether it was required.

    Raises `Refused` without the permission. Writes an audit event and sends `security_changed` if anything changes.
    """
    judge = Judge(actor, Organization.objects.locked(organization.pk))
    judge.may(Permission.MANAGE_SECURITY).require()
    return _save(judge, None, judge.organization.mfa_grace)


def _save(judge: Judge, since: datetime | None, grace: timedelta) -> bool:
    organization = judge.organization
    before, after = _state(organization), {"mfa_required": since is not None, "mfa_grace": grace if since else None}
    changes: Changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changes:
        return False
    organization.mfa_required_since, organization.mfa_grace = since, grace
    organization.save(update_fields=["mfa_required_since", "mfa_grace"])
    verb = AuditEvent.Verb.SECURITY_CHANGED
    audit.write(
        audit.event(organization.pk, verb, actor=judge.actor, name=organization.name, details=_details(changes))
    )
    security_changed.send(sender=Organization, organization=organization, actor=judge.actor, changes=changes)
    return True


def _state(organization: Organization) -> dict[str, Any]:
    is_required = organization.mfa_required_since is not None
    return {"mfa_required": is_required, "mfa_grace": organization.mfa_grace if is_required else None}


def _details(changes: Changes) -> dict[str, list[Any]]:
    """Return JSON values: the grace period in days."""
    details = {name: list(pair) for name, pair in changes.items() if name != "mfa_grace"}
    if "mfa_grace" in changes:
        details["grace_days"] = [None if each is None else _days(each) for each in changes["mfa_grace"]]
    return details


def _days(grace: timedelta) -> float:
    days = grace / timedelta(days=1)
    return int(days) if days.is_integer() else round(days, 3)
