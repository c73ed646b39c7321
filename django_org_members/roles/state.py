"""The state of a role, so that a form which was made before somebody else's change undoes nothing."""

from __future__ import annotations

from ..fingerprints import fingerprint_of
from ..models import Role
from ..policy import Judge


def fingerprint(judge: Judge, role: Role) -> str:
    """Return what identifies everything that can be edited of a role."""
    held = sorted(judge.roles.authority_of(role).permissions)
    state = "\n".join([str(role.pk), role.name, role.description, role.color, *held])
    return fingerprint_of("role", state)
