"""The page before saving: what changes, for how many members, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from ...roles import Change

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings

CONFIRMED, BACK = "confirmed", "back"
"""The buttons of the page: save, and go on editing."""
_ITS_OWN = frozenset({CONFIRMED, BACK, "csrfmiddlewaretoken"})


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the form comes from the button that saves."""
    return CONFIRMED in request.POST


def is_back(request: HttpRequest) -> bool:
    """Whether the form comes back to be edited further."""
    return BACK in request.POST


def review_page(
    request: HttpRequest, org: OrgSettings, changes: list[Change], *, crumbs: list[tuple[StrOrPromise, str]]
) -> HttpResponse:
    """Return the page; its form posts the same fields to the same address again."""
    hidden = [(name, value) for name, values in request.POST.lists() if name not in _ITS_OWN for value in values]
    context = org.context(
        request,
        tab="roles",
        title=_("Review changes"),
        crumbs=crumbs,
        changes=changes,
        hidden=hidden,
    )
    return TemplateResponse(request, "org_members/roles/review.html", context)
