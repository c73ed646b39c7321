"""A set of roles to begin with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..commits import in_one_transaction
from ..models import Organization, Role
from ..policy import Permission
from . import rules
from .editing import create

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Starter:
    """A role as it is made; afterwards it is a custom role like any other."""

    name: StrOrPromise
    color: str
    description: StrOrPromise
    permissions: tuple[Permission, ...]


@dataclass
class Added:
    """What came of it."""

    roles: list[Role] = field(default_factory=list)
    left_out: list[tuple[StrOrPromise, str]] = field(default_factory=list)
    """(name, reason): there is one already, or the actor lacks one of its permissions."""


STARTERS = (
    Starter(
        _("Billing Admin"),
        Role.Color.AMBER,
        _("Looks after the subscription and its seats."),
        (Permission.VIEW_MEMBERS, Permission.MANAGE_BILLING),
    ),
    Starter(
        _("Help Desk"),
        Role.Color.TEAL,
        _("First line of support: gets people back into their accounts."),
        (
            Permission.VIEW_MEMBERS,
            Permission.RESET_MEMBER_PASSWORD,
            Permission.RESET_MEMBER_MFA,
            Permission.SIGN_OUT_MEMBER,
            Permission.VIEW_MEMBER_ACTIVITY,
        ),
    ),
    Starter(
        _("Auditor"),
        Role.Color.VIOLET,
        _("Reads members, roles, sign-in activity and the audit log, and changes nothing."),
        (
            Permission.VIEW_MEMBERS,
            Permission.VIEW_MEMBER_ACTIVITY,
            Permission.VIEW_ROLES,
            Permission.VIEW_AUDIT_LOG,
        ),
    ),
    Starter(
        _("People Manager"),
        Role.Color.GREEN,
        _("Brings people in, looks after their details, and lets them go."),
        (
            Permission.VIEW_MEMBERS,
            Permission.INVITE_MEMBER,
            Permission.CREATE_MEMBER,
            Permission.EDIT_MEMBER_PROFILE,
            Permission.SET_MEMBER_ROLE,
            Permission.DISABLE_MEMBER,
            Permission.REMOVE_MEMBER,
        ),
    ),
)
"""Billing Admin, Help Desk, Auditor, People Manager."""


@in_one_transaction
def add_starter_set(*, actor: Any, organization: Organization) -> Added:
    """Make those of the starter roles that are missing, as far as the actor has what they give.

    Names and descriptions are in the language of the moment. Raises `Refused` if the actor may not manage roles.
    """
    rules.locked(actor, organization.pk).may(Permission.MANAGE_ROLES).require()
    added = Added()
    for starter in STARTERS:
        try:
            role = create(
                actor=actor,
                organization=organization,
                name=str(starter.name),
                description=str(starter.description),
                color=starter.color,
                permissions=starter.permissions,
            )
        except ValidationError as error:
            added.left_out.append((starter.name, " ".join(error.messages)))
        else:
            added.roles.append(role)
    return added
