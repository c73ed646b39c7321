"""The page of the log, and its export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from ...audit import people
from ...audit.export import FORMATS
from ...audit.people import Person
from ...audit.reading import Filter, batches
from ...keyset import Page
from ...models import AuditEvent, Membership
from ...policy import Permission
from . import cursors
from .forms import FilterForm
from .links import address, pages
from .rows import rows
from .streaming import attachment

if TYPE_CHECKING:
    from ..shell import OrgSettings

SHOWN = 50


def audit_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """The events that the filters ask for, the newest first; none while a filter makes no sense."""
    org.require(Permission.VIEW_AUDIT_LOG)
    form = FilterForm(request.GET, org=org)
    is_valid = form.is_valid()
    wanted = form.wanted if is_valid else Filter()
    kept = form.parameters if is_valid else {}
    found = cursors.page(org.organization.pk, wanted, SHOWN, request.GET) if is_valid else Page[AuditEvent]([])
    url = org.url("organization_audit")
    context: dict[str, Any] = org.context(
        request,
        tab="audit",
        title=_("Audit Log"),
        form=form,
        rows=rows(found.events, lambda pk: address(url, kept | {"user": pk})),
        person=_person(org, wanted, found),
        without_person=address(url, {name: value for name, value in kept.items() if name != "user"}),
        several=[(person, address(url, _without_name(request) | {"user": person.pk})) for person in form.several],
        pages=pages(found, url, kept),
        is_filtered=bool(wanted) or not is_valid,
        clear_url=url,
        exports=[(label, address(org.url("audit_export", kind=kind), kept)) for kind, label in _EXPORTS],
    )
    return TemplateResponse(request, "org_members/audit/log.html", context)


def export_page(request: HttpRequest, org: OrgSettings, kind: str) -> HttpResponseBase:
    """The same events as a file, which is made while it is sent."""
    org.require(Permission.VIEW_AUDIT_LOG)
    if kind not in FORMATS:
        raise Http404(_("There is no such format."))
    form = FilterForm(request.GET, org=org)
    if not form.is_valid():  # the page says what is wrong
        return HttpResponseRedirect(f"{org.url('organization_audit')}?{request.GET.urlencode()}")
    made = FORMATS[kind]
    name = f"{org.organization.slug}-audit-log-{org.now:%Y-%m-%d}.{kind}"
    pieces = made.pieces(batches(org.organization.pk, form.wanted))
    return attachment(request, pieces, name=name, content_type=made.content_type)


_EXPORTS = (("csv", _("Export CSV")), ("jsonl", _("Export JSON Lines")))


def _without_name(request: HttpRequest) -> dict[str, str]:
    """Return the filters as they were sent, without the name that means several people and without a place."""
    names = ("q", "verb", "since", "until")
    return {name: request.GET[name] for name in names if request.GET.get(name)}


def _person(org: OrgSettings, wanted: Filter, found: Page[AuditEvent]) -> Person | None:
    """Return whose events are shown: as one of them tells, or as a member who has none."""
    if wanted.person is None:
        return None
    person = people.of(found.events, wanted.person)
    if person is None and org.judge.may(Permission.VIEW_MEMBERS):
        member = Membership.objects.filter(organization=org.organization, user=wanted.person).first()
        person = Person(member.user_id, member.display_name, member.email) if member else None
    return person or Person(wanted.person, str(_("Somebody who is not in this log")), "")
