"""The pages that are measured, each as both lists are asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from django_org_members.admin.members import MembersAdmin

from .stock import StockMembershipAdmin

PER_PAGE = MembersAdmin.list_per_page
_COLUMNS = {
    "user": ("member", "name"),
    "role": ("member_role", "role"),
    "status": ("status", "is_active"),
    "joined": ("joined", "joined_at"),
}
"""What a column is called in our list and in the stock list."""
_STOCK_SHOW = {"available": "1", "unavailable": "0"}


@dataclass(frozen=True)
class Case:
    """One page of the list of a subject."""

    name: str
    place: float = 0
    """Where between the first page (0) and the last (1)."""
    search: str = ""
    """The name of the subject's attribute to search for."""
    show: str = ""
    """The position of the toggle."""
    column: str = ""
    """What it is ordered by."""
    descending: bool = False

    @property
    def first(self):
        """What to compare with, where the small organization has fewer rows on this page."""
        return FIRST

    def ours(self, subject):
        """Return the address of the page in Org Settings."""
        path = reverse("org:org_members_organization_members", kwargs={"organization_id": subject.organization.pk})
        order = self._order(MembersAdmin, 0)
        return self._url(path, subject, order | ({"show": self.show} if self.show else {}))

    def stock(self, subject):
        """Return the address of the page in the stock ModelAdmin, narrowed to the same organization."""
        fields = self._order(StockMembershipAdmin, 1) | {"organization__id__exact": subject.organization.pk}
        if self.show:
            fields["is_active__exact"] = _STOCK_SHOW[self.show]
        return self._url(reverse("stock:org_members_membership_changelist"), subject, fields)

    def _order(self, model_admin, which):
        """Return the parameter that orders by the column; number 1 is the first one after the tick boxes."""
        if not self.column:
            return {}
        number = list(model_admin.list_display).index(_COLUMNS[self.column][which]) + 1
        return {"o": f"{'-' if self.descending else ''}{number}"}

    def _url(self, path, subject, fields):
        if self.place:
            fields["p"] = self._page(subject.organization)
        if self.search:
            fields["q"] = getattr(subject, self.search)
        return f"{path}?{urlencode(fields)}"

    def _page(self, organization):
        members = {
            "": organization.member_count,
            "available": organization.active_member_count,
            "unavailable": organization.member_count - organization.active_member_count,
        }[self.show]
        last = max(1, -(-members // PER_PAGE))
        return max(1, round(last * self.place))


def _orders():
    for column in ("user", "role", "status", "joined"):
        for descending in (False, True):
            name = f"ordered by {column}, {'descending' if descending else 'ascending'}"
            yield Case(name, column=column, descending=descending)
            yield Case(f"{name}, middle", column=column, descending=descending, place=0.5)


FIRST = Case("first page")
CASES = (
    FIRST,
    Case("middle page", place=0.5),
    Case("last page", place=1),
    Case("rare search", search="rare"),
    Case("common search", search="common"),
    Case("search that everybody matches", search="everybody"),
    Case("Show: Available", show="available"),
    Case("Show: Available, middle", show="available", place=0.5),
    Case("Show: Unavailable", show="unavailable"),
    Case("Show: Unavailable, last", show="unavailable", place=1),
    *_orders(),
)
