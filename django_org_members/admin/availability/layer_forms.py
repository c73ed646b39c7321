"""The form of a rotation, and of each of its layers, as it stands in the browser: unsaved, and maybe wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from ...form_errors import FocusMixin, add_errors
from ...models import Rotation
from ...numbers import LARGEST_ID, whole_number
from ...scheduling import rules
from ...scheduling.drafts import LayerDraft
from ...scheduling.rotation_rules import MOST_MEMBERS
from .forms import day_field, name_field, zone_field
from .hours import HoursEditor

if TYPE_CHECKING:
    from django.http import QueryDict

    from ...models import Membership

UNITS = (("hours", _("hours")), ("days", _("days")), ("weeks", _("weeks")))
FIELDS = ("name", "length", "unit", "weekday", "handoff", "starts_on", "restricted")
"""What a layer's form asks, beside its members and its hours."""


class RotationForm(FocusMixin, forms.Form):
    """What all layers have in common."""

    name = name_field()
    time_zone = zone_field(help_text=_("Shifts are handed over by the clocks there, in summer and in winter."))
    when_away = forms.ChoiceField(
        label=_("When somebody is disabled or away"), choices=Rotation.WhenAway.choices, initial=Rotation.WhenAway.SKIP
    )


class LayerForm(FocusMixin, forms.Form):
    """One layer, but for its members and hours."""

    name = forms.CharField(
        label=_("Name of the layer"),
        max_length=rules.NAME_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    length = forms.IntegerField(label=_("Length of a shift"), min_value=1, max_value=366)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNITS)
    weekday = forms.TypedChoiceField(
        label=_("Handed over on"), choices=list(WEEKDAYS.items()), coerce=int, required=False, empty_value=None
    )
    handoff = forms.TimeField(
        label=_("Handed over at"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    starts_on = day_field(_("First day"), help_text=_("Nobody is on call before it. The first in the order begins."))
    restricted = forms.BooleanField(label=_("Only at certain hours of the week"), required=False)

    def __init__(self, *args: Any, is_saved: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_saved:
            self.fields["starts_on"].help_text = _("Another first day begins anew, with the first in the order.")


class LayerState:
    """One layer as it is being edited. `index` counts from the base."""

    def __init__(self, fields: dict[str, Any], members: Sequence[int], hours: HoursEditor, was: int | None) -> None:
        self.index = 0
        self.fields = fields
        self.members = list(members)
        self.hours = hours
        self.was = was
        self.search = self.searched = ""
        """What was typed to find somebody, and what was looked for the last time."""
        self.found: list[Membership] | None = None
        """What a search found; None where nobody searched."""
        self.people: list[Membership] = []
        """The members, in order: filled in to be shown."""
        self.errors: list[str] = []
        """At the members."""
        self.focus: str = ""
        """The value of the button that has the cursor."""
        self.form = self._form(initial=fields)

    @classmethod
    def new(cls, today: date) -> LayerState:
        """Return a layer of a week each, from today on, without members."""
        fields = {"length": 1, "unit": "weeks", "weekday": today.weekday(), "handoff": time(9), "starts_on": today}
        return cls(fields, (), HoursEditor("hours"), None).at(0)

    @classmethod
    def of(cls, draft: LayerDraft) -> LayerState:
        """Return a saved layer."""
        fields = {name: getattr(draft, name, None) for name in FIELDS} | {"restricted": draft.hours is not None}
        return cls(fields, draft.members, HoursEditor.saved("hours", draft.hours or ()), draft.was)

    @classmethod
    def posted(cls, index: int, data: QueryDict) -> LayerState:
        """Return what was sent of a layer."""
        prefix = f"layer-{index}"
        fields = {name: data.get(f"{prefix}-{name}", "") for name in FIELDS}
        parts = data.get(f"{prefix}-members", "").split(",")[: MOST_MEMBERS + 1]
        members = [pk for each in parts if (pk := whole_number(each, largest=LARGEST_ID)) is not None]
        was = whole_number(data.get(f"{prefix}-was", ""), largest=99)
        state = cls(fields, members, HoursEditor.posted(f"{prefix}-hours", data), was)
        state.search = data.get(f"{prefix}-q", "").strip()[:100]
        state.searched = data.get(f"{prefix}-searched", "")
        return state.at(index)

    def at(self, index: int) -> LayerState:
        """Put it at a place among the layers: its fields are named by that."""
        self.index = index
        self.hours.prefix = f"{self.prefix}-hours"
        self.form = self._form(initial=self.fields)
        return self

    def _form(self, data: dict[str, Any] | None = None, **more: Any) -> LayerForm:
        return LayerForm(data, prefix=self.prefix, is_saved=self.was is not None, **more)

    @property
    def prefix(self) -> str:
        """What the names of its fields begin with."""
        return f"layer-{self.index}"

    @property
    def number(self) -> int:
        """Counted from one, for people."""
        return self.index + 1

    @property
    def order(self) -> str:
        """The members as the form holds them."""
        return ",".join(map(str, self.members))

    def clean(self) -> LayerDraft | None:
        """Return the draft; None where something cannot even be read: the errors are at the fields then."""
        self.form = self._form({f"{self.prefix}-{name}": value for name, value in self.fields.items()})
        is_valid, spans = self.form.is_valid(), self.hours.spans()
        cleaned = self.form.cleaned_data
        is_restricted = cleaned.get("restricted", False)
        if not is_valid or (is_restricted and self.hours.is_wrong):
            return None
        return LayerDraft(
            members=tuple(self.members),
            starts_on=cleaned["starts_on"],
            length=cleaned["length"],
            unit=cleaned["unit"],
            handoff=cleaned["handoff"],
            weekday=cleaned["weekday"],
            hours=tuple(spans) if is_restricted else None,
            name=cleaned["name"],
            was=self.was,
        )

    def show(self, errors: dict[str, list[ValidationError]]) -> None:
        """Put the errors of `rotation_rules.checked` at what they are about."""
        self.hours.show(errors.pop("hours", []))
        self.errors.extend(message for error in errors.pop("members", []) for message in error.messages)
        if self.errors:
            self.focus = "search"
        if errors:
            add_errors(self.form, ValidationError(errors))
