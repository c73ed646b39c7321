"""The changelist: Django's own, with pages that cost the same at the first and at the millionth member."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import urlencode

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ORDER_VAR, ChangeList
from django.core.paginator import InvalidPage
from django.http import HttpRequest
from django.utils.functional import cached_property

from ...availability import Show
from ...conf import settings
from ...models import Membership
from ...models.memberships import MembershipQuerySet
from ...numbers import whole_number
from .invitations import PAGE_VAR as INVITATIONS_VAR
from .walking import Ids, KnownCountPaginator, among_all, among_few, how_many, near_the_start, reverse, walked

if TYPE_CHECKING:
    from .model_admin import MembersAdmin

SHOW_VAR = "show"

ORDERS: dict[str, tuple[str, ...]] = {
    "sort_name": ("sort_name", "pk"),
    "role_id": ("role_id", "sort_name", "pk"),
    "-is_active": ("-is_active", "sort_name", "pk"),
    "joined_at": ("joined_at", "pk"),
}
"""The whole order behind each sortable column: what its index in `Membership.Meta` holds, the pk last."""


class MembersChangeList(ChangeList):
    """The members of one organization.

    Beside what the stock class does: the Show toggle, one sort column at a time (each order has its index), and lists
    whose length nobody keeps count of end at SEARCH_LIMIT.
    """

    model_admin: MembersAdmin
    matching: MembershipQuerySet
    """What search and filters find, whatever the toggle shows."""
    is_limited = False
    """Whether there are more matches than the list pages through."""

    @cached_property
    def show(self) -> Show:
        """The position of the toggle."""
        try:
            return Show(self.params.get(SHOW_VAR, Show.ALL))
        except ValueError:
            raise IncorrectLookupParameters from None

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Leave out the parameters that are no filters of the stock kind: the toggle's and the invitations' page."""
        lookups = super().get_filters_params(params)
        return {key: value for key, value in lookups.items() if key not in (SHOW_VAR, INVITATIONS_VAR)}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> MembershipQuerySet:
        """Narrow to what the toggle shows. No joins: bulk actions and the walk work on this."""
        self.matching = cast("MembershipQuerySet", super().get_queryset(request, exclude_parameters))
        return self._shown(self.matching)

    def _shown(self, members: MembershipQuerySet) -> MembershipQuerySet:
        return self.model_admin.org.availability.filter(members, self.show, self.model_admin.org.now)

    def apply_select_related(self, qs: Any) -> Any:
        """Join nothing here: the rows of a page are fetched by their pks."""
        return qs

    @cached_property
    def sorted_by(self) -> tuple[int, bool]:
        """The index of the column that the list is sorted by, and whether it descends."""
        first = self.params.get(ORDER_VAR, "").split(".")[0]
        _, minus, digits = first.rpartition("-")
        index = whole_number(digits, largest=len(self.list_display) - 1)
        if index is not None and self.get_ordering_field(self.list_display[index]):
            return index, bool(minus)
        sortable = (place for place, name in enumerate(self.list_display) if self.get_ordering_field(name))
        return next(sortable, -1), False

    def get_ordering(self, request: HttpRequest, queryset: Any) -> list[Any]:
        """Return the whole order of the sorted column: both ways, an index walks it."""
        index, descending = self.sorted_by
        field = str(self.get_ordering_field(self.list_display[index])) if index >= 0 else "sort_name"
        ordering = ORDERS.get(field, (field, "pk"))
        return reverse(ordering) if descending else list(ordering)

    def get_ordering_field_columns(self) -> dict[int, Literal["desc", "asc"]]:
        """Tell the column headers about the one sorted column."""
        index, descending = self.sorted_by
        return {index: "desc" if descending else "asc"}

    @property
    def known_count(self) -> int | None:
        """How many members the list has, where that is known without counting."""
        if self.query or self.has_active_filters:
            return None
        return self.model_admin.org.availability.count(self.show, self.model_admin.org.now)

    def get_results(self, request: HttpRequest) -> None:
        """Fetch one page and find out how long the list is: one query, or two where nobody keeps the length."""
        known = self.known_count
        paginator = KnownCountPaginator(self.queryset, self.list_per_page, known or 0)
        try:
            number = max(self.page_num, 1) if known is None else paginator.validate_number(self.page_num)
        except InvalidPage:
            raise IncorrectLookupParameters from None
        start, stop = (number - 1) * self.list_per_page, number * self.list_per_page
        if known is None:
            ids, paginator.__dict__["count"] = self._search(start, min(stop, settings.SEARCH_LIMIT))
        else:
            ids = walked(self.queryset, start, stop, known)
        self.result_list = self._loaded(self._rows(ids))
        self.paginator = paginator
        self.result_count = self.full_result_count = paginator.count
        self.multi_page = paginator.num_pages > 1
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = bool(self.result_list)

    def _search(self, start: int, stop: int) -> tuple[Ids | list[int], int]:
        """Find the pks of a page of a list of unknown length, and its length, or the limit. One query, however many match."""
        limit = settings.SEARCH_LIMIT
        if start >= stop:
            raise IncorrectLookupParameters
        org = self.model_admin.org
        parts = org.availability.parts(self.matching, self.show, org.now)
        everybody = org.availability.walkable(cast("MembershipQuerySet", self.root_queryset), self.show, org.now)
        near = near_the_start(self.queryset, everybody, start, stop)
        ordered = Membership.objects.order_by(*self.queryset.query.order_by)
        found = list(ordered.filter(pk__in=among_few(parts, limit)).values_list("pk", how_many(near)))
        if start and start >= len(found):
            raise IncorrectLookupParameters
        self.is_limited = len(found) > limit
        if not self.is_limited:
            return [pk for pk, _ in found[start:stop]], len(found)
        is_whole = found[0][1] == stop - start
        return near if is_whole else among_all(self.queryset, parts, start, stop), limit

    def _rows(self, ids: Ids | list[int]) -> MembershipQuerySet:
        rows = self.model_admin.rows(Membership.objects.filter(pk__in=ids))
        return rows.order_by(*self.queryset.query.order_by)

    def _loaded(self, rows: MembershipQuerySet) -> list[Membership]:
        return self.model_admin.org.judge.load(rows)

    @cached_property
    def until(self) -> Mapping[int, datetime]:
        """Until when the availability of each member on the page lasts. The disabled are so for good."""
        org = self.model_admin.org
        return org.availability.until([member for member in self.result_list if member.is_active], org.now)

    def url_for_result(self, result: Any) -> str:
        """Return the address of the member's detail."""
        return self.model_admin.org.url("member_profile", member_id=result.pk)

    def shows(self) -> list[dict[str, Any]]:
        """Return the positions of the toggle, each with the address that keeps search and order."""
        return [
            {
                "label": show.label,
                "url": self.get_query_string({SHOW_VAR: None if show == Show.ALL else show.value}),
                "current": show == self.show,
            }
            for show in Show
        ]

    def url_without_search(self) -> str:
        """Return the address of the list without the search; without one, the address of everybody. The order stays."""
        kept = (ORDER_VAR, SHOW_VAR) if self.query else (ORDER_VAR,)
        return f"?{urlencode({name: self.params[name] for name in kept if name in self.params})}"

    def url_among_all(self) -> str:
        """Return the address of the same search among all members, whatever their availability."""
        return self.get_query_string({}, [SHOW_VAR])
