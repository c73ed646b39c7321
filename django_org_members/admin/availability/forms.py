"""The forms of schedules, of the organization's working time, and of closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...form_errors import FocusMixin
from ...models import Schedule
from ...models.schedules import ZONE_LENGTH
from ...scheduling import closures, rules

if TYPE_CHECKING:
    from ...models import Organization

    _ScheduleChoiceField = forms.ModelChoiceField[Schedule]
else:
    _ScheduleChoiceField = forms.ModelChoiceField

ZONES = "om-zones"
"""The id of the list of zones that the browser offers."""


def zone_field(**options: Any) -> forms.CharField:
    """Return the field of a time zone; what it means is checked by `rules.clean_zone`."""
    widget = forms.TextInput(attrs={"list": ZONES, "autocomplete": "off", "spellcheck": "false", "dir": "ltr"})
    options.setdefault("label", _("Time zone"))
    return forms.CharField(max_length=ZONE_LENGTH, widget=widget, **options)


def name_field(limit: int = rules.NAME_LIMIT) -> forms.CharField:
    """Return the field of a name."""
    return forms.CharField(label=_("Name"), max_length=limit, widget=forms.TextInput(attrs={"autocomplete": "off"}))


def day_field(label: Any, **options: Any) -> forms.DateField:
    """Return the field of a day, as browsers send it."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, input_formats=["%Y-%m-%d"], **options)


class ScheduleForm(FocusMixin, forms.Form):
    """Name and zone; the hours are a form of their own (`HoursEditor`)."""

    name = name_field()
    time_zone = zone_field(help_text=_("The hours are those of the clocks there, in summer and in winter."))


class WorkingTimeForm(FocusMixin, forms.Form):
    """The organization's zone and default schedule."""

    time_zone = zone_field(label=_("Organization's time zone"), required=False)
    default_schedule = _ScheduleChoiceField(
        label=_("Default schedule"),
        queryset=Schedule.objects.none(),
        required=False,
        empty_label=_("None: always available"),
        help_text=_("The working hours of members without a schedule of their own."),
    )

    def __init__(self, *args: Any, organization: Organization, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["default_schedule"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Schedule.objects.filter(organization=organization)
        self.fields["time_zone"].help_text = _("Closures begin and end at midnight there. Empty: %(zone)s.") % {
            "zone": zone
        }


class ClosureForm(FocusMixin, forms.Form):
    """The days of one closure."""

    name = name_field(closures.NAME_LIMIT)
    starts_on = day_field(_("First day"))
    ends_on = day_field(_("Last day"), required=False, help_text=_("Empty: the same day."))


class HolidaysForm(forms.Form):
    """Whose public holidays of which year are shown."""

    country = forms.ChoiceField(label=_("Country"))
    part = forms.ChoiceField(label=_("Part of the country"), required=False)
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, countries: Any = (), parts: Any = (), years: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "country": [("", _("Choose a country")), *countries],
            "part": [("", _("The whole country")), *parts],
            "year": [(str(year), str(year)) for year in years],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered
