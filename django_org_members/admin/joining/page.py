"""The form that asks whom to let in: the same page for Invite User and Create User."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ...actions import Consequence
from ..back import back_url

if TYPE_CHECKING:
    from ..shell import OrgSettings


def joining_page(
    request: HttpRequest,
    org: OrgSettings,
    form: Form,
    *,
    title: str,
    intro: str,
    submit: str,
    consequences: Iterable[Consequence],
) -> HttpResponse:
    """Return the page of one way to come in, with the roles that the actor may give and what follows for the seats."""
    context = org.context(
        request,
        tab="members",
        title=title,
        crumbs=org.way_to_members,
        form=form,
        roles=org.judge.assignable_roles(),
        submit=submit,
        intro=intro,
        consequences=list(consequences),
        back_url=back_url(request, org),
    )
    return TemplateResponse(request, "org_members/member/joining.html", context)
