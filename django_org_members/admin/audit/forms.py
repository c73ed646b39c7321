"""The search and the filters: a plain form that is sent by GET."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import IntegerField
from django.utils.translation import gettext_lazy as _

from ...audit import people, verbs
from ...audit.people import Person
from ...audit.reading import Filter
from ...form_errors import FocusMixin
from ...moments import midnight
from ...numbers import LARGEST_ID, whole_number
from ...policy import Permission

if TYPE_CHECKING:
    from ..shell import OrgSettings

OFFERED = 8
"""So many people to choose from, where a name is several people's."""


class _DayField(forms.DateField):
    """A day, as browsers send it, within what every database and time zone can hold."""

    def __init__(self, *, label: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            validators=[MinValueValidator(date(1970, 1, 2)), MaxValueValidator(date(8999, 12, 30))],
        )


class FilterForm(FocusMixin, forms.Form):
    """Which events are wanted.

    A person is picked by a link (`user`, a pk) or found by a typed name or address (`person`).
    """

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"placeholder": _("Name or e-mail"), "autocomplete": "off"}),
    )
    user = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    verb = forms.ChoiceField(label=_("Action"), required=False)
    since = _DayField(label=_("From"))
    until = _DayField(label=_("Until"))

    def __init__(self, data: Any, *, org: OrgSettings) -> None:
        super().__init__(data, label_suffix="")
        self.org = org
        self.several: list[Person] = []
        """Whom the typed name may mean, where it means several."""
        field = self.fields["verb"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = self._verbs()

    def _verbs(self) -> list[tuple[str, Any]]:
        """Return the actions that occur in the log, in words and by them, and the one that is asked for."""
        present = set(verbs.present(self.org.organization.pk))
        asked = self.data.get("verb", "")
        if verbs.is_described(asked):
            present.add(asked)
        return [("", _("All actions")), *sorted(((verb, verbs.in_words(verb)) for verb in present), key=_words)]

    def clean_user(self) -> Any:
        """Return the pk; what is none is said at the person, because this field is not seen."""
        text = self.cleaned_data["user"]
        if not text:
            return None
        field = get_user_model()._meta.pk
        try:
            pk = whole_number(text, largest=LARGEST_ID) if isinstance(field, IntegerField) else field.to_python(text)
        except ValidationError:
            pk = None
        if pk is None:
            self.add_error("person", _nobody())
        return pk

    def clean_person(self) -> Any:
        """Return the pk of the one person who is meant."""
        text = self.cleaned_data["person"]
        if not text or self.data.get("user"):
            return None
        sees_members = bool(self.org.judge.may(Permission.VIEW_MEMBERS))
        found = people.find(self.org.organization.pk, text, among_members=sees_members, limit=OFFERED)
        if len(found) > 1:
            self.several = found
            raise ValidationError(_("This may be several people. Choose one:"), code="several")
        if not found:
            raise _nobody()
        return found[0].pk

    def clean(self) -> dict[str, Any]:
        """Refuse a time that ends before it begins."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError(_("This is before “From”."), code="order"))
        return self.cleaned_data

    @property
    def wanted(self) -> Filter:
        """What a valid form asks for. Days are those of the viewer's time zone; the last one is included."""
        data = self.cleaned_data
        return Filter(
            words=data["q"],
            person=data["user"] if data["user"] is not None else data["person"],
            verb=data["verb"],
            since=_midnight(data["since"]),
            until=_midnight(data["until"] and data["until"] + timedelta(days=1)),
        )

    @property
    def parameters(self) -> dict[str, str]:
        """The same as it stands in an address, with a person who was found as a person who was picked."""
        data, wanted = self.cleaned_data, self.wanted
        values = {"q": data["q"], "user": wanted.person, "verb": data["verb"], "since": data["since"]}
        values["until"] = data["until"]
        return {name: str(value) for name, value in values.items() if value not in (None, "")}


def _nobody() -> ValidationError:
    return ValidationError(_("Nobody in this log has this name or address."), code="nobody")


def _words(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def _midnight(day: date | None) -> datetime | None:
    return midnight(day) if day is not None else None
