"""Rights as people read them: in the groups of the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...models import Role
from ...policy.permissions import everything, grantable
from ...policy.registry import Described, groups

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FEW = 3
"""So many rights are read at a glance; more are told by their number, and open on demand."""


@dataclass(frozen=True)
class Part:
    """The rights of one group of the registry."""

    label: StrOrPromise
    permissions: list[Described]


@dataclass(frozen=True)
class Rights:
    """Rights in words, and where they come from."""

    parts: list[Part]
    summary: str
    are_few: bool
    source: str = ""
    role: Role | None = None


def grouped(names: Iterable[str]) -> list[Part]:
    """Return these permissions in their groups and in words; groups without any are left out."""
    wanted = frozenset(names)
    parts = [Part(group.label, [each for each in group.permissions if each.name in wanted]) for group in groups()]
    return [part for part in parts if part.permissions]


def rights(names: frozenset[str], source: str = "", role: Role | None = None) -> Rights:
    """Return what these permissions allow."""
    return Rights(grouped(names), _summary(names), len(names) <= FEW, source, role)


def _summary(names: frozenset[str]) -> str:
    if names >= everything():
        return _("Every right")
    if names >= grantable():
        return _("Every right but the transfer of ownership")
    return ngettext("%(count)d right", "%(count)d rights", len(names)) % {"count": len(names)}
