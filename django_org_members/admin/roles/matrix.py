"""The matrix: roles across, permissions down. Built without a query from what the judge has loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from ... import roles
from ...models import Role
from ...numbers import LARGEST_ID, whole_number
from ...policy import Judge, Verdict
from ...policy.registry import groups
from ...policy.roles import may_edit, may_toggle

if TYPE_CHECKING:
    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

SPARE_FIELDS = 50
"""Room in a form for what is no box of the matrix."""

Wanted = Mapping[int, frozenset[str]]


@dataclass(frozen=True)
class Column:
    """One role."""

    role: Role
    verdict: Verdict
    """Whether the actor may edit it."""
    stamp: str
    """Its pk and its fingerprint, for the form."""


@dataclass(frozen=True)
class Cell:
    """One permission of one role."""

    role: Role
    is_on: bool
    value: str
    """What its box posts; empty where there is none: then it is only shown."""


@dataclass(frozen=True)
class Row:
    """One permission."""

    name: str
    words: StrOrPromise
    verdict: Verdict
    """Whether the actor may give it and take it away."""
    cells: list[Cell]


@dataclass(frozen=True)
class Matrix:
    """What the template shows."""

    columns: list[Column]
    groups: list[tuple[StrOrPromise, list[Row]]]
    is_too_large: bool
    """Whether one form could not hold all boxes: then roles are edited one by one."""

    @property
    def is_editable(self) -> bool:
        """Whether there is any box."""
        return any(cell.value for _label, rows in self.groups for row in rows for cell in row.cells)


def matrix(judge: Judge, wanted: Wanted | None = None) -> Matrix:
    """Return the matrix of an organization; `wanted` are boxes that were ticked already, by the role's pk."""
    columns = [
        Column(role, may_edit(judge, role), f"{role.pk}:{roles.fingerprint(judge, role)}") for role in judge.roles
    ]
    described = groups()
    boxes = sum(bool(column.verdict) for column in columns) * sum(len(group.permissions) for group in described)
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    is_too_large = limit is not None and boxes + len(columns) > limit - SPARE_FIELDS
    held = {role.pk: judge.roles.authority_of(role).permissions for role in judge.roles} | dict(wanted or {})

    def row(name: str, words: StrOrPromise) -> Row:
        verdict = may_toggle(judge, name)
        cells = [
            Cell(
                column.role,
                name in held[column.role.pk],
                f"{column.role.pk}:{name}" if column.verdict and verdict and not is_too_large else "",
            )
            for column in columns
        ]
        return Row(name, words, verdict, cells)

    shown = [(group.label, [row(each.name, each.words) for each in group.permissions]) for group in described]
    return Matrix(columns, shown, is_too_large)


def posted(judge: Judge, form: QueryDict) -> tuple[dict[int, frozenset[str]], dict[int, str]]:
    """Return what a form wants each of its roles to have, and the fingerprints it was made from, by the role's pk.

    What the actor may not toggle has no box, and stays as it is. Nothing is judged here: what was made by hand goes on
    to be refused.
    """
    seen = _pairs(form.getlist("role"))
    ticked: dict[int, set[str]] = {pk: set() for pk, _fingerprint in seen}
    for pk, name in _pairs(form.getlist("grant")):
        ticked.setdefault(pk, set()).add(name)
    return {pk: frozenset(names) | kept(judge, pk) for pk, names in ticked.items()}, dict(seen)


def kept(judge: Judge, role_id: int) -> frozenset[str]:
    """Return what the role has and the actor cannot take away."""
    role = judge.roles.get(role_id)
    held = judge.roles.authority_of(role).permissions if role is not None else frozenset()
    return frozenset(name for name in held if not may_toggle(judge, name))


def _pairs(values: list[str]) -> list[tuple[int, str]]:
    split = [value.partition(":") for value in values]
    return [(number, rest) for pk, _, rest in split if (number := whole_number(pk, largest=LARGEST_ID)) is not None]
