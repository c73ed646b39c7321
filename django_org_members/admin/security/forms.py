"""The form of the grace period."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from ...form_errors import FocusMixin
from ...security import MOST_GRACE_DAYS


class GraceForm(FocusMixin, forms.Form):
    """How many days each member has."""

    grace = forms.IntegerField(
        label=_("Grace period in days"),
        min_value=0,
        max_value=MOST_GRACE_DAYS,
        help_text=_("0 to 90: how long each member has, from when MFA becomes required, or from joining."),
    )

    @property
    def period(self) -> timedelta:
        """The grace period of a valid form."""
        return timedelta(days=self.cleaned_data["grace"])
