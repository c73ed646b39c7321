"""The addresses of the pages: below one organization, and for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path

from ..asking import hides_answers, unwrap
from ..shell import OrgSettings, route
from .granting import grant_page, revoke_group_page, revoke_user_page
from .page import access_page
from .scope import Scope

if TYPE_CHECKING:
    from ..organizations import OrganizationAdmin

_PAGES: list[tuple[str, Callable[..., HttpResponse], str]] = [
    ("access/", access_page, "access"),
    ("access/grant/", grant_page, "access_grant"),
    ("access/users/<str:user_id>/", revoke_user_page, "access_user"),
    ("access/groups/<int:group_id>/", revoke_group_page, "access_group"),
]


def routes(model_admin: OrganizationAdmin) -> list[URLPattern]:
    """Return the pages of each organization, and those of all of them: for the ordinary site only."""
    of_one = [route(model_admin, pattern, _of_one(page), f"organization_{name}") for pattern, page, name in _PAGES]
    of_all = [_of_all(model_admin, pattern, page, f"everywhere_{name}") for pattern, page, name in _PAGES]
    return [*of_one, *of_all]


def _of_one(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def view(request: HttpRequest, org: OrgSettings, **ids: Any) -> HttpResponse:
        return page(request, Scope(org.model_admin, org), **ids)

    return update_wrapper(view, page)


def _of_all(model_admin: OrganizationAdmin, pattern: str, page: Callable[..., HttpResponse], name: str) -> URLPattern:
    @hides_answers
    def view(request: HttpRequest, **ids: Any) -> HttpResponseBase:
        unwrap(request)
        request.current_app = model_admin.admin_site.name
        return page(request, Scope(model_admin), **ids)

    wrapped = model_admin.admin_site.admin_view(update_wrapper(view, page))
    return path(pattern, update_wrapper(wrapped, view), name=f"org_members_{name}")
