"""One rotation, created or edited: an unsaved form with buttons, then a review of who is on call when, then the change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...form_errors import add_errors
from ...models import Membership, Rotation
from ...numbers import whole_number
from ...scheduling import rotations as scheduling
from ...scheduling.drafts import RotationDraft, draft_of, fingerprint
from ...scheduling.previews import preview
from ...scheduling.rotation_rules import MOST_LAYERS, checked, stale
from .layer_commands import press
from .layer_forms import LayerState, RotationForm
from .links import section_url
from .rotations import missing, rotation_of
from .sections import context, require_editor
from .weeks import viewer_zone

if TYPE_CHECKING:
    from ..shell import OrgSettings, Page

COMMAND, CONFIRMED, BACK = "do", "confirmed", "back"
"""Buttons: change the form, save what was reviewed, and go on editing."""
ENTER = "enter"
"""The command of the Enter key: that of the first button in the form."""
_ITS_OWN = frozenset({COMMAND, CONFIRMED, BACK, "csrfmiddlewaretoken"})
FOUND = 8
"""How many members a search shows."""


@dataclass
class Editor:
    """The form as it stands."""

    rotation: Rotation | None
    form: RotationForm
    layers: list[LayerState]
    seen: str = ""
    """The fingerprint of the rotation that the form was made from."""

    def draft(self) -> RotationDraft | None:
        """Return what was entered; None where something cannot be read: the errors are at the fields."""
        layers = [layer.clean() for layer in self.layers]
        read = [layer for layer in layers if layer is not None]
        if not self.form.is_valid() or len(read) < len(layers):
            return None
        return RotationDraft(layers=tuple(read), **self.form.cleaned_data)

    def show(self, error: ValidationError) -> None:
        """Put each error where it was made."""
        if not hasattr(error, "error_dict"):
            add_errors(self.form, error)
            return
        common: dict[str, Any] = {}
        of_layers: dict[int, dict[str, list[ValidationError]]] = {}
        for name, errors in error.error_dict.items():
            part, _dot, rest = name.partition(".")
            if part == "layers" and rest:
                number, _dot, field = rest.partition(".")
                of_layers.setdefault(int(number), {})[field] = errors
            elif part == "layers":
                common["__all__"] = errors
            else:
                common[name] = errors
        if common:
            add_errors(self.form, ValidationError(common))
        for index, errors_of_layer in of_layers.items():
            self.layers[index].show(errors_of_layer)


def create_page(request: HttpRequest, org: OrgSettings) -> HttpResponse:
    """Ask for people and shifts; make the rotation once it was reviewed."""
    require_editor(org)
    return _edit(request, org, None)


def edit_page(request: HttpRequest, org: OrgSettings, rotation_id: int) -> HttpResponse:
    """Show one rotation in a form; save it once what changes was reviewed."""
    require_editor(org)
    return _edit(request, org, rotation_of(org, rotation_id))


def _edit(request: HttpRequest, org: OrgSettings, rotation: Rotation | None) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, org, _fresh(org, rotation))
    editor = _posted(request, rotation)
    command = _command(request, editor)
    if command is not None:
        editor.form = RotationForm(initial=request.POST.dict())
        editor.layers = press(editor.layers, command, org.today)
        _search(org, editor, command)
        return _form_page(request, org, editor)
    draft = editor.draft()
    if draft is not None:
        try:
            return _submit(request, org, editor, draft)
        except Rotation.DoesNotExist:
            raise missing() from None
    return _form_page(request, org, editor)


def _submit(request: HttpRequest, org: OrgSettings, editor: Editor, draft: RotationDraft) -> HttpResponse:
    """Save, or show the review, or the form again with what is wrong."""
    try:
        return _save_or_review(request, org, editor, draft)
    except ValidationError as error:
        editor.show(error)
        if getattr(error, "code", "") == "stale" and editor.rotation is not None:
            editor.seen = _fingerprint(editor.rotation)
    return _form_page(request, org, editor)


def _command(request: HttpRequest, editor: Editor) -> str | None:
    """Return what is to be done with the form; None: it is ready. The Enter key looks for what was just typed to find."""
    if BACK in request.POST:
        return BACK
    command = request.POST.get(COMMAND)
    if command != ENTER:
        return command
    return next((f"{layer.prefix}:search" for layer in editor.layers if layer.search != layer.searched), None)


def _save_or_review(request: HttpRequest, org: OrgSettings, editor: Editor, draft: RotationDraft) -> HttpResponse:
    rotation = editor.rotation
    if CONFIRMED not in request.POST:
        own = rotation.pk if rotation is not None else None
        draft = checked(draft, org.organization, own=own)
        if rotation is None or not _is_unchanged(rotation, draft, editor.seen):
            return _review_page(request, org, editor, draft)
    name = {"name": draft.name}
    if rotation is None:
        scheduling.create_rotation(actor=request.user, organization=org.organization, draft=draft)
        messages.success(request, _("Created the rotation %(name)s.") % name)
    elif scheduling.edit_rotation(actor=request.user, rotation=rotation, draft=draft, seen=editor.seen):
        messages.success(request, _("Saved the rotation %(name)s.") % name)
    else:
        messages.info(request, _("Nothing to change."))
    return HttpResponseRedirect(section_url(org, "rotations"))


def _is_unchanged(rotation: Rotation, draft: RotationDraft, seen: str) -> bool:
    """Whether there is nothing to save; raises `ValidationError` where somebody else saved meanwhile."""
    now = _fingerprint(rotation)
    if fingerprint(draft) == now:
        return True
    if seen != now:
        raise stale()
    return False


def _fresh(org: OrgSettings, rotation: Rotation | None) -> Editor:
    if rotation is None:
        form = RotationForm(initial={"time_zone": org.organization.zone.key})
        form.fields["name"].widget.attrs["autofocus"] = True
        return Editor(None, form, [LayerState.new(org.today)])
    draft = draft_of(rotation, rotation.places.all())
    initial = {"name": draft.name, "time_zone": draft.time_zone, "when_away": draft.when_away}
    layers = [LayerState.of(layer).at(index) for index, layer in enumerate(draft.layers)]
    return Editor(rotation, RotationForm(initial=initial), layers, fingerprint(draft))


def _posted(request: HttpRequest, rotation: Rotation | None) -> Editor:
    count = whole_number(request.POST.get("layers", ""), largest=MOST_LAYERS) or 1
    layers = [LayerState.posted(index, request.POST) for index in range(count)]
    return Editor(rotation, RotationForm(request.POST), layers, request.POST.get("seen", ""))


def _fingerprint(rotation: Rotation) -> str:
    rotation.refresh_from_db()
    return fingerprint(draft_of(rotation, rotation.places.all()))


def _search(org: OrgSettings, editor: Editor, command: str) -> None:
    """Look for members where that was asked for, or somebody was just added from what was found: one query."""
    target, _colon, rest = command.partition(":")
    layer = next((each for each in editor.layers if each.prefix == target), None)
    if layer is None or not layer.search or rest.partition(":")[0] not in ("search", "add"):
        return
    # Whichever are found first, then in order: to sort them all would read them all.
    members = Membership.objects.filter(organization=org.organization).matching(layer.search)
    found = members.select_related("user").order_by()[:FOUND]
    layer.searched = layer.search
    layer.found = sorted(found, key=lambda member: (member.sort_name, member.pk))


def _people(org: OrgSettings, editor: Editor) -> None:
    """Fill in the members of the layers; who has left meanwhile is taken off, and that is said."""
    wanted = {pk for layer in editor.layers for pk in layer.members}
    members = Membership.objects.filter(organization=org.organization, pk__in=wanted).select_related("user")
    people = {member.pk: member for member in members} if wanted else {}
    for layer in editor.layers:
        here = [pk for pk in dict.fromkeys(layer.members) if pk in people]
        if len(here) < len(set(layer.members)) and not layer.errors:
            layer.errors.append(_("Somebody who is no member any more was taken off the list."))
        layer.members, layer.people = here, [people[pk] for pk in here]


def _form_page(request: HttpRequest, org: OrgSettings, editor: Editor) -> HttpResponse:
    _people(org, editor)
    rotation = editor.rotation
    page = context(
        request,
        org,
        section="rotations",
        title=_("Edit Rotation") if rotation else _("Create Rotation"),
        editor=editor,
        form=editor.form,
        layers=editor.layers,
        has_errors=bool(editor.form.errors) or any(_is_wrong(layer) for layer in editor.layers),
        can_add_layer=len(editor.layers) < MOST_LAYERS,
        is_pile=len(editor.layers) > 1,
        rotation=rotation,
    )
    return TemplateResponse(request, "org_members/availability/rotation_form.html", page)


def _is_wrong(layer: LayerState) -> bool:
    return bool(layer.errors or layer.form.errors or layer.hours.is_wrong)


def _review_page(request: HttpRequest, org: OrgSettings, editor: Editor, draft: RotationDraft) -> HttpResponse:
    found = preview(org.organization, draft, rotation=editor.rotation, at=org.now)
    wanted = {pk for pk in (found.before, found.after, *(turn.member for turn in found.turns)) if pk is not None}
    people = Membership.objects.filter(organization=org.organization).select_related("user").in_bulk(wanted)
    page = context(
        request,
        org,
        section="rotations",
        title=_("Review the rotation"),
        rotation=editor.rotation,
        name=draft.name,
        before=people.get(found.before or 0),
        after=people.get(found.after or 0),
        is_changed=editor.rotation is not None and found.before != found.after,
        zone_name=str(viewer_zone()),
        turns=[(turn, people.get(turn.member or 0)) for turn in found.turns],
        hidden=[(name, value) for name, values in request.POST.lists() if name not in _ITS_OWN for value in values],
    )
    return TemplateResponse(request, "org_members/availability/rotation_review.html", page)


routes: list[tuple[str, Page, str]] = [
    ("availability/rotations/create/", create_page, "rotation_create"),
    ("availability/rotations/<int:rotation_id>/", edit_page, "rotation_edit"),
]
