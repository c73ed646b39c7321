"""Rotations: the list, and deleting one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...actions import Consequence
from ...availability import words
from ...models import Membership, Rotation, RotationPlace
from ...policy import Permission
from ...scheduling import rotations as scheduling
from .links import SECTIONS, section_url
from .sections import confirmation, context, require_editor

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page


@dataclass(frozen=True)
class Line:
    """One rotation in the list."""

    rotation: Rotation
    layers: list[tuple[str, str, int]]
    """Name, shifts in words, and number of members of each layer, the base first."""
    members: int
    on_call: list[Membership]
    until: datetime | None
    url: str
    delete_url: str


def rotations_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Show the rotations, with who is on call now; those without members are pointed out."""
    org.require(Permission.VIEW_MEMBERS)
    return TemplateResponse(
        request,
        "org_members/availability/rotations.html",
        context(
            request,
            org,
            section="rotations",
            title=SECTIONS["rotations"],
            lines=_lines(org),
            create_url=org.url("rotation_create"),
        ),
    )


def delete_page(request: HttpRequest, org: OrgSettings, rotation_id: int) -> HttpResponse:
    """Say on GET what goes with the rotation; delete it on POST."""
    require_editor(org)
    rotation = rotation_of(org, rotation_id)
    if request.method == "POST":
        try:
            scheduling.delete_rotation(actor=request.user, rotation=rotation)
        except Rotation.DoesNotExist:
            raise missing() from None
        messages.success(request, _("Deleted the rotation %(name)s.") % {"name": rotation.name})
        return HttpResponseRedirect(section_url(org, "rotations"))
    return confirmation(
        request,
        org,
        section="rotations",
        title=_("Delete Rotation"),
        subject=rotation.name,
        button=_("Delete Rotation"),
        consequences=_consequences(rotation),
    )


def rotation_of(org: OrgSettings, pk: int) -> Rotation:
    """Return a rotation of the organization; another's is as missing as one that does not exist."""
    try:
        return Rotation.objects.select_related("organization").get(pk=pk, organization=org.organization)
    except Rotation.DoesNotExist:
        raise missing() from None


def missing() -> Http404:
    """Return what is raised for a rotation that is not there."""
    return Http404(_("There is no such rotation."))


def _lines(org: OrgSettings) -> list[Line]:
    rotations = list(Rotation.objects.filter(organization=org.organization))
    places: dict[int, list[RotationPlace]] = {rotation.pk: [] for rotation in rotations}
    for place in RotationPlace.objects.filter(rotation__organization=org.organization):
        places.setdefault(place.rotation_id, []).append(place)
    on_call = {each.rotation_id: each for each in org.availability.on_call(org.now) if each.rotation_id is not None}
    people = Membership.objects.filter(organization=org.organization).in_bulk(
        {pk for each in on_call.values() for pk in each.member_ids}
    )
    return [_line(org, each, places[each.pk], on_call.get(each.pk), people) for each in rotations]


def _line(
    org: OrgSettings, rotation: Rotation, places: list[RotationPlace], on_call: Any, people: dict[int, Membership]
) -> Line:
    return Line(
        rotation=rotation,
        layers=[
            (document.get("name", ""), shifts_in_words(document), sum(each.layer == index for each in places))
            for index, document in enumerate(rotation.layers)
        ],
        members=len({place.membership_id for place in places}),
        on_call=[people[pk] for pk in on_call.member_ids if pk in people] if on_call is not None else [],
        until=on_call.until if on_call is not None else None,
        url=org.url("rotation_edit", rotation_id=rotation.pk),
        delete_url=org.url("rotation_delete", rotation_id=rotation.pk),
    )


def shifts_in_words(document: dict[str, Any]) -> str:
    """Return how long the shifts of a layer are, and when they are handed over."""
    weekday = document["weekday"] if document["unit"] == "weeks" else None
    return _("%(length)s each, handed over %(handoff)s") % {
        "length": words.length(document["length"], document["unit"]),
        "handoff": words.handoff(time.fromisoformat(document["handoff"]), weekday),
    }


def _consequences(rotation: Rotation) -> list[Consequence]:
    gone = scheduling.goes_with(rotation)
    found = [Consequence(_("Nobody is on call by it any more, from now on."), "phone")]
    if gone.overrides:
        text = ngettext("%(count)d override goes with it.", "%(count)d overrides go with it.", gone.overrides)
        found.append(Consequence(text % {"count": gone.overrides}, "clock"))
    if gone.feeds:
        text = ngettext(
            "%(count)d calendar address stops working.", "%(count)d calendar addresses stop working.", gone.feeds
        )
        found.append(Consequence(text % {"count": gone.feeds}, "link"))
    return found


routes: list[tuple[str, Page, str]] = [
    ("availability/rotations/", rotations_page, "organization_rotations"),
    ("availability/rotations/<int:rotation_id>/delete/", delete_page, "rotation_delete"),
]
