"""Pages of a list of a million members: walk an index to the page, then fetch just its rows.

The walk reads nothing but an index, from the nearer end of the list, and the rows that it skips are never fetched. How
long the list is comes from the kept counters; where nobody keeps that number (a search, a project's own filter), at
most SEARCH_LIMIT + 1 rows are counted, in the same query that fetches the page.
"""

from __future__ import annotations

from collections.abc import Sequence


from django.db.models import IntegerField, QuerySet, Subquery

from ...models import Membership
from ...models.memberships import MembershipQuerySet
from ..generics import MembershipPaginator


class PageIds(Subquery):
    """The pks of one page. Wrapped once more, because MySQL takes no LIMIT directly in `IN (SELECT …)`."""

    template = "(SELECT page.id FROM (%(subquery)s) page)"


class CountOf(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


class KnownCountPaginator(MembershipPaginator):
    """Django's paginator for a list whose length is known already."""

    def __init__(self, object_list: QuerySet[Membership], per_page: int, count: int) -> None:
        super().__init__(object_list, per_page)
        self.__dict__["count"] = count


def reverse(ordering: Sequence[str]) -> list[str]:
    """Return the opposite order."""
    return [key[1:] if key.startswith("-") else f"-{key}" for key in ordering]


def page_ids(members: MembershipQuerySet, start: int, stop: int, count: int | None) -> PageIds:
    """Return the pks from `start` to `stop` of an ordered queryset of `count` members (None: not known)."""
    ids = members.values("id")
    if count is None or start <= count - stop:
        return PageIds(ids[start:stop])
    ordering = [str(key) for key in members.query.order_by]
    return PageIds(ids.order_by(*reverse(ordering))[max(count - stop, 0) : count - start])


def count_up_to(members: MembershipQuerySet, limit: int) -> CountOf:
    """Return an expression: how many members these are, counted no further than `limit` + 1."""
    return CountOf(members.order_by().values("id")[: limit + 1])
