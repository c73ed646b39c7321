"""Who may edit which role, and which permissions an editor may put into one or take out.

An editor adds and takes away only what they hold themselves, and does not touch a role that has more than they have.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ..models import Role
from .judge import Judge
from .permissions import OWNER_ONLY, Permission, grantable
from .verdicts import ALLOWED, Verdict, refused

BUILT_IN = refused("built_in", _("Built-in roles cannot be changed."))
"""Whoever asks."""


def may_edit(judge: Judge, role: Role | None) -> Verdict:
    """Whether the actor may edit this role: a custom one of this organization, within what they have."""
    verdict = may_copy(judge, role)
    if verdict and role is not None and role.key:
        return BUILT_IN
    return verdict


def may_copy(judge: Judge, role: Role | None) -> Verdict:
    """Whether the actor may make a role with what this one has. The Owner's is copied without the ownership."""
    verdict = judge.may(Permission.MANAGE_ROLES)
    if not verdict:
        return verdict
    if role is None or judge.roles.get(role.pk) is None:
        return refused("unknown_role", _("This role does not exist."))
    if any(not judge.authority.has(name) for name in judge.roles.authority_of(role).permissions - OWNER_ONLY):
        return refused("exceeds", _("This role has permissions that you do not have."))
    return ALLOWED


def may_delete(judge: Judge, role: Role | None) -> Verdict:
    """Whether the actor may delete this role: one that they may edit, and do not have themselves."""
    verdict = may_edit(judge, role)
    if verdict and role is not None and judge.membership is not None and judge.membership.role_id == role.pk:
        return refused("oneself", _("You have this role yourself."))
    return verdict


def may_toggle(judge: Judge, permission: str) -> Verdict:
    """Whether the actor may put this permission into a role, or take it out."""
    if permission in OWNER_ONLY:
        return refused("owner_only", _("Only the Owner has this."))
    if permission not in grantable():
        return refused("unknown_permission", _("This permission does not exist."))
    if not judge.authority.has(permission):
        return refused("lacking", _("You do not have this permission yourself."))
    return ALLOWED
