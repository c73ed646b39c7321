"""The forms of calendars in and out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...availability.calendars.fetching import LONGEST_ADDRESS, MOST_BYTES
from ...form_errors import FocusMixin
from ...models import ImportedCalendar, Organization, Rotation


class FeedForm(FocusMixin, forms.Form):
    """Of which rotation the address is."""

    rotation = forms.ModelChoiceField(label=_("Rotation"), queryset=Rotation.objects.none())

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["rotation"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = Rotation.objects.filter(organization=organization)


class CalendarForm(FocusMixin, forms.Form):
    """Where an imported calendar comes from: an address, or a file."""

    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("iCalendar address"),
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text=_("The secret address that the other system shows, such as webcal://… It is shown to nobody."),
        # No browser keeps it: who has it reads the calendar.
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr", "inputmode": "url"}),
    )
    document = forms.FileField(
        label=_("or a file"),
        required=False,
        help_text=_("A file in the iCalendar format (.ics), up to 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, calendar: ImportedCalendar | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if calendar is not None:
            self.fields["url"].label = _("New iCalendar address")
            self.fields["url"].help_text = _("Leave it empty, and the calendar goes on to come from where it does.")

    @property
    def source(self) -> dict[str, Any]:
        """What `scheduling.calendars` takes, of a valid form. No more of a file is read than may be."""
        uploaded = self.cleaned_data.get("document")
        return {
            "name": self.cleaned_data["name"],
            "url": self.cleaned_data["url"],
            "document": uploaded.read(MOST_BYTES + 1) if uploaded is not None else None,
        }
