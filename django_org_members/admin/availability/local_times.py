"""Form fields for an instant, written as the viewer's clocks show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from ...availability.engine import first_moment
from ...availability.engine.clock import local_time
from .weeks import FIRST_YEAR, LAST_YEAR, viewer_zone


class LocalTimeField(forms.CharField):
    """A `datetime-local` input; its value is an instant (UTC).

    A time that clocks skip means the moment when they jump, one that they show twice the first. `exactly` is what the
    field was filled with: where the text was left as it was, that very instant is the value, to the second and on the
    right side of a change of clocks.
    """

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    default_error_messages = {"invalid": _("Enter a date and a time.")}
    exactly: datetime | None = None

    def prepare_value(self, value: Any) -> Any:
        """Write an instant as the input wants it."""
        return _text(value) if isinstance(value, datetime) else value

    def clean(self, value: Any) -> Any:
        """Return the instant."""
        text = str(super().clean(value))
        if self.exactly is not None and text == _text(self.exactly):
            return self.exactly
        try:
            local = parse_datetime(text.replace(" ", "T"))
        except ValueError:
            local = None
        if local is None or local.tzinfo is not None or not FIRST_YEAR <= local.year <= LAST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return first_moment(local, viewer_zone())


def _text(at: datetime) -> str:
    return f"{local_time(at, viewer_zone()):%Y-%m-%dT%H:%M}"
