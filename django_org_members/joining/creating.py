"""Create User: a person becomes a member at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.utils import timezone

from .. import notifications
from ..accounts import activity, passwords
from ..accounts.adapter import get_adapter
from ..accounts.passwords import Secret
from ..commits import after_commit, in_one_transaction
from ..conf import settings
from ..models import AuditEvent, LoginEvent, Membership, Organization, Role
from ..policy import Judge, Permission
from . import membership, rules
from .inviting import close


@dataclass(frozen=True)
class Created:
    """Who came in, and how they sign in."""

    membership: Membership
    temporary_password: Secret | None = field(repr=False)
    """Shown once, kept nowhere; None for an account that existed and signs in as before, or that is sent a link."""
    link_sent: bool = False
    """Whether a new account is sent a link to set its password (setting TEMPORARY_PASSWORDS)."""


@in_one_transaction
def create_member(*, actor: Any, organization: Organization, full_name: str, email: str, role: Role | None) -> Created:
    """Make an account with a temporary password and make it a member; an account that exists is added as it is.

    Without TEMPORARY_PASSWORDS nobody knows the new account's password: a link to set one is sent after the commit.
    Raises `Refused` if the actor may not create members, and `ValidationError` at `role`, `email` or `full_name` (see
    `invite`). A pending invitation to the address is revoked: it is answered. An account that exists
    can be left to invitations by the setting EXISTING_ACCOUNTS. Writes an audit event, sends
    `members_added`; someone who was added is told by e-mail after the commit.
    """
    organization = Organization.objects.locked(organization.pk)
    judge = Judge(actor, organization)
    judge.may(Permission.CREATE_MEMBER).require()
    role = rules.check_role(judge, role)
    whom = rules.addressee(organization, email)
    waiting = rules.pending_invitation(organization, whom.email)
    if waiting is not None:
        rules.check_replaceable(judge, waiting)
        close(waiting, actor=actor)
    if whom.user is not None:
        rules.check_addable(judge, whom.user)
        return _added(organization, whom.user, role, actor)
    user = get_adapter().create(email=whom.email, full_name=full_name)
    account = membership.provision(organization, user)
    password = None
    if settings.TEMPORARY_PASSWORDS:
        password = passwords.set_temporary(user, account, now=timezone.now())
    else:
        passwords.set_unknown(user)
    verb = AuditEvent.Verb.MEMBER_CREATED
    member = membership.add(organization, user, role, actor=actor, verb=verb, how="created")
    if password is None:
        activity.record_done_to([user], LoginEvent.Action.RESET_LINK_SENT)
        after_commit(partial(notifications.account_created, member, actor))
    return Created(member, password, link_sent=password is None)


def _added(organization: Organization, user: Any, role: Role, actor: Any) -> Created:
    verb = AuditEvent.Verb.MEMBER_ADDED
    member = membership.add(organization, user, role, actor=actor, verb=verb, how="created")
    after_commit(partial(notifications.added, member, actor))
    return Created(member, None)
