"""What creating and editing ask alike: the actor's right, the name, the permissions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..accounts.identity import clean_name, clean_remark
from ..exceptions import Refused
from ..form_errors import field_error
from ..models import Organization, Role
from ..models.text import looks
from ..policy import Judge
from ..policy.roles import BUILT_IN, may_edit, may_toggle

NAME_LIMIT, DESCRIPTION_LIMIT = 80, 255


def locked(actor: Any, organization_id: int) -> Judge:
    """Lock the organization, the first lock of everything, and return a judge who sees what is true now."""
    return Judge(actor, Organization.objects.locked(organization_id))


def locked_with(actor: Any, role: Role) -> Judge:
    """Lock the organization of a custom role, as `locked`. Raises `Refused` for a built-in one, which belongs to none."""
    if role.organization_id is None:
        raise Refused(BUILT_IN)
    return locked(actor, role.organization_id)


def clean(judge: Judge, *, role: Role | None = None, **fields: Any) -> dict[str, str]:
    """Return the fields that were given (of name, description, color), checked; `role` is the one that is edited.

    Raises `ValidationError` by field.
    """
    cleaned = {}
    if "name" in fields:
        cleaned["name"] = _free_name(judge, clean_name(fields["name"], field="name", limit=NAME_LIMIT), role)
    if "description" in fields:
        cleaned["description"] = clean_remark(fields["description"], field="description", limit=DESCRIPTION_LIMIT)
    if "color" in fields:
        if fields["color"] not in Role.Color.values:
            raise field_error("color", _("Choose one of the colours."), "invalid")
        cleaned["color"] = str(Role.Color(fields["color"]).value)
    return cleaned


def check_toggles(judge: Judge, names: Iterable[str]) -> None:
    """Raise `ValidationError` at `permissions` for the first that the actor may not put into a role or take out."""
    for name in sorted(names):
        verdict = may_toggle(judge, name)
        if not verdict:
            raise field_error("permissions", verdict.reason, verdict.code)


def check_edit(judge: Judge, role: Role | None, wanted: frozenset[str] | None = None) -> Role:
    """Return the role if the actor may edit it, and may give it the permissions `wanted`.

    Raises `Refused`, and `ValidationError` at `permissions`.
    """
    may_edit(judge, role).require()
    assert role is not None
    if wanted is not None:
        check_toggles(judge, wanted ^ judge.roles.authority_of(role).permissions)
    return role


def _free_name(judge: Judge, name: str, role: Role | None) -> str:
    """Refuse another role's name, in whatever spelling, and the built-in ones': a custom “Owner” would deceive.

    That is what looks the same to people, and what is the same to the database: MariaDB knows no accents.
    """
    others = [other for other in judge.roles if role is None or other.pk != role.pk]
    taken = {looks(text) for other in others for text in (other.name, other.label)}
    same = Role.objects.filter(pk__in=[other.pk for other in others], organization=judge.organization, name=name)
    if looks(name) in taken or same.exists():
        raise field_error("name", _("There is a role of this name already."), "taken")
    return name


def stale() -> ValidationError:
    """Return the error of a form that was made before somebody else changed the role."""
    return ValidationError(
        _(
            "This role was changed meanwhile, and nothing has been saved. What you see now is compared with its new state."
        ),
        code="stale",
    )
