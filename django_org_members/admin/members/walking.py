"""Pages of a list of a million members.

Where the length of the list is known from kept counters, `walked` reads nothing but an index up to the page, from the
nearer end, and the rows that it skips are never fetched. Where nobody keeps the length (a search, a project's own
filter), at most SEARCH_LIMIT members are found and paged through; three plans serve rare and common words alike:

- `among_few`: no more than the limit match: find them all, sort them, count them;
- `near_the_start`: more match, and enough of them stand near the start of the order: look at that part only;
- `among_all`: more match, far from the start: find them by what they match, not by walking the order.

A position of the toggle is an OR of several conditions (disabled, away, outside the hours of a schedule), and no index
finds an OR. The provider's `parts` are the list in pieces, each of which an index finds: where few match, they are found
in each piece and put together.

Each of these returns pks, for one more step to fetch the rows of a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, Func, IntegerField, QuerySet, Subquery

from ...models import Membership
from ...models.memberships import MembershipQuerySet
from ...models.ordering import hidden
from ..generics import MembershipPaginator

LOOK_AT_LEAST = 4000
LOOK_TIMES = 20


class PageIds(Subquery):
    """The pks that a query finds. Wrapped once more, because MySQL takes no LIMIT directly in `IN (SELECT …)`."""

    template = "(SELECT page.id FROM (%(subquery)s) page)"


class _HowMany(Subquery):
    template, output_field = "(SELECT COUNT(*) FROM (%(subquery)s) counted)", IntegerField()


class _Part(Subquery):
    """One of `_Union`, where no part may stand in brackets."""

    template = "SELECT part.id FROM (%(subquery)s) part"


class _Union(Func):
    """The pks that several queries find."""

    template, arg_joiner, output_field = "(%(expressions)s)", " UNION ALL ", BigIntegerField()


Ids = PageIds | _Union


class KnownCountPaginator(MembershipPaginator):
    """Django's paginator for a list whose length is known already."""

    def __init__(self, object_list: QuerySet[Membership], per_page: int, count: int) -> None:
        super().__init__(object_list, per_page)
        self.__dict__["count"] = count


def reverse(ordering: Sequence[str]) -> list[str]:
    """Return the opposite order."""
    return [key[1:] if key.startswith("-") else f"-{key}" for key in ordering]


def walked(members: MembershipQuerySet, start: int, stop: int, count: int) -> PageIds:
    """Return the pks from `start` to `stop` of an ordered queryset of `count` members."""
    ids = members.values("id")
    if start <= count - stop:
        return PageIds(ids[start:stop])
    return PageIds(ids.order_by(*reverse(_keys(members)))[max(count - stop, 0) : count - start])


def among_few(parts: Sequence[MembershipQuerySet], limit: int) -> Ids:
    """Return the pks of at most `limit` + 1 members of each of these parts of the list, whichever."""
    return _union([part.order_by().values("id")[: limit + 1] for part in parts])


def near_the_start(members: MembershipQuerySet, everybody: MembershipQuerySet, start: int, stop: int) -> PageIds:
    """Return the page as far as it is found near the start of the order: a whole page found there is the right one."""
    part = max(LOOK_AT_LEAST, LOOK_TIMES * stop)
    first = everybody.order_by(*_keys(members)).values("id")[:part]
    return PageIds(members.filter(pk__in=PageIds(first)).values("id")[start:stop])


def how_many(ids: PageIds) -> Subquery:
    """Return the number of these pks, as a column that is the same in each row: it is counted once a query."""
    return _HowMany(ids.query)


def among_all(members: MembershipQuerySet, parts: Sequence[MembershipQuerySet], start: int, stop: int) -> PageIds:
    """Return the page sorted by a key that no index offers, so that the database looks for the matches first."""
    first, *others = _keys(members)
    found = (
        members if len(parts) == 1 else members.filter(pk__in=_union([each.order_by().values("id") for each in parts]))
    )
    return PageIds(found.order_by(hidden(first), *others).values("id")[start:stop])


def _union(ids: Sequence[QuerySet[Membership, Any]]) -> Ids:
    if len(ids) == 1:
        return PageIds(ids[0])
    return _Union(*map(_Part, ids)) if ids else PageIds(Membership.objects.none().values("id"))


def _keys(members: MembershipQuerySet) -> list[str]:
    return [str(key) for key in members.query.order_by]
