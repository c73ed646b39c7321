"""The tab Access: who can act in an organization, and what was granted on it; and what was granted on all."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...access import Kind, Person, who_can_act
from ...access.holders import Holder, groups_granted, users_granted
from ...accounts.adapter import address_of, known_as
from ...audit.reading import Filter
from ...models.audit import ALL_ORGANIZATIONS
from ...numbers import page_number
from ...policy import Permission
from ...policy.authority import is_platform_staff
from ..audit import cursors
from ..audit.links import pages
from ..audit.rows import rows
from ..searching import SEARCH_VAR, asked
from .scope import Scope
from .words import rights

AFTER_VAR, PAGE_VAR = "after", "granted"
SHOWN = 25


def access_page(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Show who can act in the organization and what was granted on it; of all organizations, what was granted."""
    if scope.org is None:
        scope.require_superuser(request)
        more = {**_granted(request, scope), **_changes(request)}
        context = scope.context(request, _("Access to all organizations"), **more)
        return TemplateResponse(request, "org_members/access/everywhere.html", context)
    scope.org.require(Permission.VIEW_ROLES)
    context = scope.context(request, _("Access"), **_granted(request, scope), **_people(request, scope))
    context["everywhere_url"] = Scope(scope.model_admin).url("access")
    return TemplateResponse(request, "org_members/access/people.html", context)


def _people(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    assert scope.organization is not None
    search = asked(request)
    after = request.GET.get(AFTER_VAR, "")
    people = who_can_act(scope.organization, search=search, after=after)
    kept = {SEARCH_VAR: search} if search else {}
    return {
        "people": [_person(each) for each in people.rows],
        "search": search,
        "search_var": SEARCH_VAR,
        "first_url": f"?{urlencode(kept)}" if after else "",
        "next_url": f"?{urlencode({**kept, AFTER_VAR: people.next})}" if people.next else "",
    }


def _person(person: Person) -> dict[str, Any]:
    by_role = any(source.kind == Kind.ROLE for source in person.sources)
    return {
        **_named(person.user),
        "sources": [rights(source.permissions, str(source), source.role) for source in person.sources],
        "is_shut_out": not by_role and not is_platform_staff(person.user),
    }


def _granted(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """Return the holders of grants: all groups, and a page of users."""
    page = page_number(request.GET.get(PAGE_VAR, ""))
    groups = groups_granted(scope.organization) if page == 1 else []
    users, more = users_granted(scope.organization, page=page)
    return {
        "granted": [_holder(each, scope) for each in (*groups, *users)],
        "granted_previous": f"?{PAGE_VAR}={page - 1}" if page > 1 else "",
        "granted_next": f"?{PAGE_VAR}={page + 1}" if more else "",
    }


def _changes(request: HttpRequest) -> dict[str, Any]:
    """Return a page of what was granted on all organizations, and taken back: no organization's own log has it."""
    found = cursors.page(ALL_ORGANIZATIONS, Filter(), SHOWN, request.GET)
    return {"changes": rows(found.events), "changes_pages": pages(found)}


def _holder(holder: Holder, scope: Scope) -> dict[str, Any]:
    row = {"rights": rights(holder.permissions), "is_group": holder.is_group}
    if isinstance(holder.to, Group):
        return {**row, "name": holder.to.name, "revoke_url": scope.url("access_group", group_id=holder.to.pk)}
    return {
        **row,
        **_named(holder.to),
        "revoke_url": scope.url("access_user", user_id=holder.to.pk),
        "is_inactive": not holder.to.is_active,
        "is_shut_out": not is_platform_staff(holder.to),
    }


def _named(user: Any) -> dict[str, str]:
    """Return how people know a user: the name, and what tells two of the same name apart."""
    name, address = known_as(user), address_of(user)
    return {"name": name, "address": address if address != name else ""}
