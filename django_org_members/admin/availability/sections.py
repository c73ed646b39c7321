"""The pages on which availability is edited: their ways, and what they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ...availability import zones
from ...policy import Permission
from .links import SECTIONS, section_url, ways
from .page import TITLE

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ...actions import Consequence
    from ..shell import OrgSettings


def require_editor(org: OrgSettings) -> None:
    """Raise `Refused` (403) unless the actor may edit what is planned, and see whom it is about."""
    org.require(Permission.MANAGE_AVAILABILITY)
    org.require(Permission.VIEW_MEMBERS)


def context(
    request: HttpRequest,
    org: OrgSettings,
    *,
    section: str,
    title: StrOrPromise,
    crumbs: Sequence[tuple[StrOrPromise, str]] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return the template context of a page of one section; below its list, with a breadcrumb to it."""
    way: list[tuple[StrOrPromise, str]] = [(TITLE, org.url("organization_availability"))]
    if title != SECTIONS[section]:
        way.append((SECTIONS[section], section_url(org, section)))
    return org.context(
        request,
        tab="availability",
        title=title,
        crumbs=[*way, *crumbs],
        sections=ways(org, section, is_list=title == SECTIONS[section]),
        zones=zones.names(),
        may_edit=org.judge.may(Permission.MANAGE_AVAILABILITY),
        back_url=section_url(org, section),
        **more,
    )


def confirmation(
    request: HttpRequest,
    org: OrgSettings,
    *,
    section: str,
    title: StrOrPromise,
    subject: str,
    button: StrOrPromise,
    consequences: Sequence[Consequence],
) -> HttpResponse:
    """Return the page that says what follows from deleting something called `subject`, before it is done."""
    more: dict[str, Any] = {"subject": subject, "button": button, "consequences": consequences}
    return TemplateResponse(
        request,
        "org_members/availability/confirm.html",
        context(request, org, section=section, title=title, **more),
    )
