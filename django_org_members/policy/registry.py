"""The permissions in words, grouped as people read them: what the matrix of roles and the documentation show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Permission as DjangoPermission
from django.utils.translation import gettext_lazy as _

from ..conf import settings
from ..form_errors import field_error
from ..models import Organization
from .permissions import PREFIX, Permission, rows_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Described:
    """One permission: its name, as `has_perm` takes it, and what it lets a person do."""

    name: str
    words: StrOrPromise


@dataclass(frozen=True)
class Group:
    """Permissions that belong together."""

    label: StrOrPromise
    permissions: tuple[Described, ...]


_BUILT_IN: tuple[tuple[StrOrPromise, tuple[Permission, ...]], ...] = (
    (
        _("Members"),
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
    (
        _("Sign-in"),
        (
            Permission.RESET_MEMBER_PASSWORD,
            Permission.RESET_MEMBER_MFA,
            Permission.SIGN_OUT_MEMBER,
            Permission.VIEW_MEMBER_ACTIVITY,
            Permission.MANAGE_SECURITY,
        ),
    ),
    (
        _("Organization"),
        (
            Permission.VIEW_ROLES,
            Permission.MANAGE_ROLES,
            Permission.VIEW_AUDIT_LOG,
            Permission.MANAGE_AVAILABILITY,
            Permission.MANAGE_BILLING,
            Permission.TRANSFER_OWNERSHIP,
        ),
    ),
)


def groups() -> list[Group]:
    """Return every permission there is, in groups: the package's own first, then those of the setting PERMISSIONS."""
    words = dict(Organization._meta.permissions)
    own = [
        Group(label, tuple(Described(str(each), words[each.value.removeprefix(f"{PREFIX}.")]) for each in permissions))
        for label, permissions in _BUILT_IN
    ]
    added = [
        Group(label, tuple(Described(name, meaning) for name, meaning in permissions))
        for label, permissions in settings.PERMISSIONS
    ]
    return [*own, *added]


def in_words(names: Iterable[str]) -> list[StrOrPromise]:
    """Return what these permissions let a person do, in the order of the groups. Unknown names are left out."""
    wanted = frozenset(names)
    return [each.words for group in groups() for each in group.permissions if each.name in wanted]


def rows(names: Iterable[str]) -> list[DjangoPermission]:
    """Return Django's rows of these permissions: one query.

    Raises `ValidationError` at `permissions` where one was not made by `migrate` yet.
    """
    wanted = frozenset(names)
    if not wanted:
        return []
    found = list(DjangoPermission.objects.filter(rows_of(wanted)).select_related("content_type").order_by("pk"))
    unknown = wanted - {f"{row.content_type.app_label}.{row.codename}" for row in found}
    if unknown:
        message = _("The database does not know these permissions: %(names)s. Run migrate.")
        raise field_error("permissions", message, "missing", names=", ".join(sorted(unknown)))
    return found


def missing() -> dict[str, bool]:
    """Return those of the setting PERMISSIONS that Django has no row for, each with whether a model declares it."""
    names = [name for _label, permissions in settings.PERMISSIONS for name, _words in permissions]
    rows = DjangoPermission.objects.filter(rows_of(names)).values_list("content_type__app_label", "codename")
    found = {f"{app}.{codename}" for app, codename in rows}
    declared = _declared()
    return {name: name in declared for name in names if name not in found}


def _declared() -> set[str]:
    """Return the names of all permissions that the project's models declare, the default ones included."""
    options = [model._meta for model in apps.get_models()]
    custom = {f"{each.app_label}.{codename}" for each in options for codename, _name in each.permissions}
    default = {
        f"{each.app_label}.{get_permission_codename(action, each)}"
        for each in options
        for action in each.default_permissions
    }
    return custom | default
