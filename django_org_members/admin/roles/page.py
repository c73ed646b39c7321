"""The tab: the roles with their numbers, and the matrix, which is the editor too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import roles
from ...models import Role
from ...models.text import looks
from ...policy import Permission, Verdict
from ...policy.permissions import everything
from ...policy.roles import may_copy, may_delete, may_edit
from ...roles.rules import check_edit, stale
from .matrix import Wanted, matrix, posted
from .review import is_back, is_confirmed, review_page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings

TITLE = gettext_lazy("Roles & Permissions")


@dataclass(frozen=True)
class Line:
    """One role in the list above the matrix."""

    role: Role
    held: int
    members: int
    invitations: int
    edit: Verdict
    copy: Verdict
    delete: Verdict
    url: str
    copy_url: str
    delete_url: str


def require_view(org: OrgSettings) -> None:
    """Raise `Refused` (403) unless the actor may see the roles: whoever edits them does."""
    if not org.judge.may(Permission.MANAGE_ROLES):
        org.require(Permission.VIEW_ROLES)


def crumbs(org: OrgSettings) -> list[tuple[StrOrPromise, str]]:
    """Return the breadcrumb of the tab."""
    return [(TITLE, org.url("organization_roles"))]


def roles_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the roles; POST reviews the boxes that were ticked, and saves them once that is confirmed."""
    require_view(org)
    if request.method != "POST":
        return _page(request, org)
    wanted, seen = posted(org.judge, request.POST)
    if is_back(request):
        return _page(request, org, wanted)
    try:
        return _save_or_review(request, org, wanted, seen)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return _page(request, org, wanted)


def _save_or_review(request: HttpRequest, org: OrgSettings, wanted: Wanted, seen: dict[int, str]) -> HttpResponse:
    changed = _changed(org, wanted, seen)
    if not changed:
        messages.info(request, _("Nothing to change."))
        return HttpResponseRedirect(org.url("organization_roles"))
    if not is_confirmed(request):
        numbers = roles.numbers(org.organization)
        changes = [roles.change_of(org.judge, role, wanted[role.pk], numbers) for role in changed]
        return review_page(request, org, changes, crumbs=crumbs(org))
    pks = [role.pk for role in changed]
    saved = roles.edit_permissions(
        actor=request.user,
        organization=org.organization,
        permissions={pk: wanted[pk] for pk in pks},
        seen={pk: seen.get(pk, "") for pk in pks},
    )
    names = get_text_list([role.name for role in saved], _("and"))
    messages.success(request, _("Saved the permissions of %(roles)s.") % {"roles": names})
    return HttpResponseRedirect(org.url("organization_roles"))


def _changed(org: OrgSettings, wanted: Wanted, seen: dict[int, str]) -> list[Role]:
    """Return the roles that would change, each checked: the same rules are asked again, under lock, when saving."""
    found = []
    for pk, names in wanted.items():
        role = check_edit(org.judge, org.judge.roles.get(pk), names)
        if names != org.judge.roles.authority_of(role).permissions:
            if seen.get(pk) != roles.fingerprint(org.judge, role):
                raise stale()
            found.append(role)
    return found


def _page(request: HttpRequest, org: OrgSettings, wanted: Wanted | None = None) -> HttpResponse:
    judge = org.judge
    names = {looks(role.name) for role in judge.roles}
    context = org.context(
        request,
        tab="roles",
        title=TITLE,
        lines=_lines(org),
        matrix=matrix(judge, wanted),
        total=len(everything()),
        is_edited=wanted is not None,
        manage=judge.may(Permission.MANAGE_ROLES),
        missing_starters=[each.name for each in roles.STARTERS if looks(str(each.name)) not in names],
        create_url=org.url("role_create"),
        starters_url=org.url("roles_starters"),
    )
    return TemplateResponse(request, "org_members/roles/page.html", context)


def _lines(org: OrgSettings) -> list[Line]:
    judge, numbers = org.judge, roles.numbers(org.organization)
    return [
        Line(
            role=role,
            held=len(judge.roles.authority_of(role).permissions),
            members=numbers.members.get(role.pk, 0),
            invitations=numbers.invitations.get(role.pk, 0),
            edit=may_edit(judge, role),
            copy=may_copy(judge, role),
            delete=may_delete(judge, role),
            url=org.url("role_edit", role_id=role.pk),
            copy_url=org.url("role_duplicate", role_id=role.pk),
            delete_url=org.url("role_delete", role_id=role.pk),
        )
        for role in judge.roles
    ]


def starters_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Add the starter roles that are missing, by POST."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    added = roles.add_starter_set(actor=request.user, organization=org.organization)
    if added.roles:
        names = get_text_list([role.name for role in added.roles], _("and"))
        messages.success(request, _("Added %(roles)s.") % {"roles": names})
    for name, reason in added.left_out:
        messages.info(request, _("%(role)s was not added. %(reason)s") % {"role": name, "reason": reason})
    return HttpResponseRedirect(org.url("organization_roles"))
