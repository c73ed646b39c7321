"""Deleting a role, with a replacement for its people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ... import roles
from ...form_errors import add_errors
from ...models import Role
from ...policy.roles import may_delete
from .edit import role_of
from .forms import DeleteForm
from .page import crumbs, require_view

if TYPE_CHECKING:
    from ..shell import OrgSettings


def delete_page(request: HttpRequest, org: OrgSettings, role_id: int) -> HttpResponse:
    """Ask on GET: how many have the role, and what they get instead; delete on POST."""
    require_view(org)
    role = role_of(org, role_id)
    may_delete(org.judge, role).require()
    form = DeleteForm(request.POST if request.method == "POST" else None, judge=org.judge)
    if form.is_valid():
        try:
            outcome = roles.delete(actor=request.user, role=role, replacement=form.cleaned_data["replacement"])
        except ValidationError as error:
            add_errors(form, error)
        else:
            _tell(request, role, outcome)
            return HttpResponseRedirect(org.url("organization_roles"))
    return _page(request, org, role, form)


def _page(request: HttpRequest, org: OrgSettings, role: Role, form: DeleteForm) -> HttpResponse:
    numbers = roles.numbers(org.organization)
    members, invitations = numbers.members.get(role.pk, 0), numbers.invitations.get(role.pk, 0)
    context = org.context(
        request,
        tab="roles",
        title=_("Delete Role"),
        crumbs=crumbs(org),
        role=role,
        form=form,
        members=members,
        invitations=invitations,
        roles=[pair for pair in org.judge.assignable_roles() if pair[0].pk != role.pk],
        is_in_use=bool(members or invitations),
        back_url=org.url("organization_roles"),
    )
    return TemplateResponse(request, "org_members/roles/delete.html", context)


def _tell(request: HttpRequest, role: Role, outcome: roles.Deleted) -> None:
    words = {"role": role.name, "count": outcome.moved}
    if outcome.is_deleted:
        messages.success(request, _("Deleted the role %(role)s.") % words)
    if outcome.moved:
        text = ngettext(
            "%(count)d member has the other role now.", "%(count)d members have the other role now.", outcome.moved
        )
        messages.info(request, text % words)
    if outcome.is_deleted:
        return
    messages.warning(request, _("%(role)s was not deleted: somebody still has it.") % words)
    for member, verdict in outcome.refused[:3]:
        messages.warning(request, _("%(name)s: %(reason)s") % {"name": member, "reason": verdict.reason})
