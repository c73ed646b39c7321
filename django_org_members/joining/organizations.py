"""New organizations, never without an Owner."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .. import audit, notifications
from ..accounts import signin
from ..accounts.adapter import get_adapter
from ..accounts.identity import clean_email, clean_name
from ..commits import after_commit, in_one_transaction
from ..form_errors import field_error, renamed
from ..models import Account, AuditEvent, Membership, Organization
from ..signals import members_added
from .membership import provision

_FIELDS = {"email": "owner_email", "full_name": "owner_name"}
"""What the errors of an account are called here."""


@in_one_transaction
def create_organization(
    *, name: str, slug: str, owner_email: str, owner_name: str = "", actor: Any = None
) -> Organization:
    """Make an organization whose Owner is the account with this address, or a new one.

    A new account has no password: its link to set one is sent after the commit; an existing one is told. The caller is trusted: nobody's
    permission is asked. Raises `ValidationError` at `name`, `slug`, `owner_email` or `owner_name`. Writes an audit
    event, sends `members_added`.
    """
    owner, is_new = _owner(owner_email, owner_name)
    limit = Organization._meta.get_field("name").max_length or 200
    organization = Organization(name=clean_name(name, field="name", limit=limit), slug=slug, owner=owner)
    organization.full_clean()
    organization.save()
    signin.restore(Account.objects.locked([owner.pk]).values())
    if is_new:
        provision(organization, owner)
    member = Membership.objects.get(organization=organization, user=owner.pk)
    verb = AuditEvent.Verb.ORGANIZATION_CREATED
    audit.write(audit.about(member, verb, actor=actor, details={"name": organization.name}))
    how = "organization_created"
    members_added.send(sender=Membership, organization=organization, actor=actor, members=[member], how=how)
    tell = partial(notifications.owner_account_created, owner, organization)
    after_commit(tell if is_new else partial(notifications.added, member, actor))
    return organization


def _owner(owner_email: str, owner_name: str) -> tuple[Any, bool]:
    try:
        email = clean_email(owner_email)
    except ValidationError as error:
        raise renamed(error, _FIELDS) from None
    adapter = get_adapter()
    users = adapter.find_by_email(email)
    if len(users) > 1:
        raise field_error("owner_email", _("Several accounts have this address."), "ambiguous")
    if users and not users[0].is_active and not signin.was_ended_by_us(users[0]):
        raise field_error("owner_email", _("This account is deactivated."), "inactive")
    if users:
        return users[0], False
    try:
        return adapter.create(email=email, full_name=owner_name.strip() or email.partition("@")[0]), True
    except ValidationError as error:
        raise renamed(error, _FIELDS) from None
