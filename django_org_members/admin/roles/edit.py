"""One role: created, edited, or made as a copy of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ... import roles
from ...form_errors import add_errors
from ...models import Role
from ...policy import Permission
from ...policy.permissions import OWNER_ONLY
from ...policy.registry import groups, in_words
from ...policy.roles import may_copy, may_edit, may_toggle
from ...roles.rules import check_edit
from .forms import RoleForm
from .matrix import kept
from .page import crumbs, require_view
from .review import is_back, is_confirmed, review_page

if TYPE_CHECKING:
    from ..shell import OrgSettings

_SEEN = "seen"


def create_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for name, description, colour and permissions; make the role."""
    org.require(Permission.MANAGE_ROLES)
    return _create(request, org, {}, title=_("Create Role"))


def duplicate_page(request: HttpRequest, org: OrgSettings, role_id: int) -> HttpResponse:
    """The same, beginning with what another role has."""
    require_view(org)
    role = role_of(org, role_id)
    may_copy(org.judge, role).require()
    held = org.judge.roles.authority_of(role).permissions - OWNER_ONLY
    initial = {
        "name": _("Copy of %(role)s") % {"role": role.label},
        "description": role.words,
        "color": role.color,
        "permissions": sorted(held),
    }
    return _create(request, org, initial, title=_("Duplicate Role"))


def edit_page(request: HttpRequest, org: OrgSettings, role_id: int) -> HttpResponse:
    """Show one role, and edit it where the actor may; a change of its permissions is reviewed first."""
    require_view(org)
    role = role_of(org, role_id)
    verdict = may_edit(org.judge, role)
    if not verdict:
        return _read_only(request, org, role)
    held = org.judge.roles.authority_of(role).permissions
    initial = {
        "name": role.name,
        "description": role.description,
        "color": role.color,
        "permissions": sorted(held),
    }
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid() and not is_back(request):
        try:
            return _save_or_review(request, org, role, form)
        except ValidationError as error:
            add_errors(form, error)
    return _form_page(request, org, form, title=_("Edit Role"), role=role)


def role_of(org: OrgSettings, role_id: int) -> Role:
    """Return a role of the organization; another's is as missing as one that does not exist."""
    role = org.judge.roles.get(role_id)
    if role is None:
        raise Http404(_("There is no such role."))
    return role


def _create(request: HttpRequest, org: OrgSettings, initial: dict[str, Any], *, title: str) -> HttpResponse:
    form = RoleForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            role = roles.create(actor=request.user, organization=org.organization, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Created the role %(role)s.") % {"role": role.name})
            return HttpResponseRedirect(org.url("organization_roles"))
    return _form_page(request, org, form, title=title, role=None)


def _save_or_review(request: HttpRequest, org: OrgSettings, role: Role, form: RoleForm) -> HttpResponse:
    wanted = frozenset(form.cleaned_data["permissions"]) | kept(org.judge, role.pk)
    check_edit(org.judge, role, wanted)
    if not is_confirmed(request):
        change = roles.change_of(org.judge, role, wanted, roles.numbers(org.organization))
        if change and (change.members or change.invitations):
            way = [*crumbs(org), (role.name, org.url("role_edit", role_id=role.pk))]
            return review_page(request, org, [change], crumbs=way)
    fields = {**form.cleaned_data, "permissions": wanted}
    saved = roles.edit(actor=request.user, role=role, seen=request.POST.get(_SEEN, ""), **fields)
    messages.success(request, _("Saved the role %(role)s.") % {"role": saved.name})
    return HttpResponseRedirect(org.url("organization_roles"))


def _read_only(request: HttpRequest, org: OrgSettings, role: Role) -> HttpResponse:
    """Show what the role lets people do, with the reason why it is not edited here."""
    context = org.context(
        request,
        tab="roles",
        title=role.label,
        crumbs=crumbs(org),
        role=role,
        verdict=may_edit(org.judge, role),
        copy=may_copy(org.judge, role),
        copy_url=org.url("role_duplicate", role_id=role.pk),
        words=in_words(org.judge.roles.authority_of(role).permissions),
        back_url=org.url("organization_roles"),
    )
    status = 403 if request.method == "POST" else 200
    return TemplateResponse(request, "org_members/roles/role.html", context, status=status)


def _form_page(
    request: HttpRequest, org: OrgSettings, form: RoleForm, *, title: str, role: Role | None
) -> HttpResponse:
    judge = org.judge
    held = kept(judge, role.pk) if role is not None else frozenset()
    ticked = held | frozenset(form["permissions"].value() or ())
    choices = [
        (group.label, [(each, each.name in ticked, may_toggle(judge, each.name)) for each in group.permissions])
        for group in groups()
    ]
    context = org.context(
        request,
        tab="roles",
        title=title,
        crumbs=crumbs(org),
        form=form,
        role=role,
        seen=roles.fingerprint(judge, role) if role is not None else "",
        choices=choices,
        colors=Role.Color.choices,
        back_url=org.url("organization_roles"),
    )
    return TemplateResponse(request, "org_members/roles/form.html", context)
