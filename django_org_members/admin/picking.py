"""The organizations that a person manages, to pick one: searched and paged through."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from ..models import Membership
from ..models.searching import containing
from ..numbers import page_number
from ..policy import managed_organizations
from .searching import SEARCH_VAR, asked

PAGE_VAR = "p"
PER_PAGE = 50
AT_A_GLANCE = 8
"""So many need no search."""


class Choices:
    """One page of the organizations that the request's user manages by a role: two queries."""

    def __init__(self, request: HttpRequest) -> None:
        self.search = asked(request)
        managed = managed_organizations(request.user, as_member=True).order_by()
        members = Membership.objects.active().filter(user=request.user.pk, organization__in=managed)
        wanted = containing(self.search, "organization__name", "organization__slug")
        found = members.filter(wanted).select_related("organization", "role")
        paginator = Paginator(found.order_by("organization__name", "organization_id"), PER_PAGE)
        self.page: Page[Membership] = paginator.get_page(page_number(request.GET.get(PAGE_VAR, "")))

    @property
    def only(self) -> Membership | None:
        """The one membership, if there is no choice."""
        return self.page[0] if self.page.paginator.count == 1 and not self.search else None

    def context(self) -> dict[str, Any]:
        """Return what the template needs."""
        page = self.page
        return {
            "choices": page.object_list,
            "count": page.paginator.count,
            "search": self.search,
            "search_var": SEARCH_VAR,
            "is_searchable": bool(self.search) or page.paginator.count > AT_A_GLANCE,
            "previous_url": self._url(page.number - 1) if page.has_previous() else "",
            "next_url": self._url(page.number + 1) if page.has_next() else "",
        }

    def _url(self, number: int) -> str:
        search = {SEARCH_VAR: self.search} if self.search else {}
        return f"?{urlencode({**search, PAGE_VAR: number})}"
