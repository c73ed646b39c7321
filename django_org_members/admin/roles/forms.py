"""The forms of one role. What they ask is checked by the services, under lock."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...form_errors import FocusMixin
from ...models import Role
from ...policy import Judge
from ...policy.permissions import everything
from ...roles.rules import DESCRIPTION_LIMIT, NAME_LIMIT


class RoleForm(FocusMixin, forms.Form):
    """Name, description, colour and permissions."""

    name = forms.CharField(
        label=_("Name"), max_length=NAME_LIMIT, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LIMIT,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("What the role is for. It is shown where a role is chosen."),
    )
    color = forms.ChoiceField(label=_("Color"), choices=Role.Color.choices, initial=Role.Color.BLUE)
    permissions = forms.MultipleChoiceField(label=_("Permissions"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["permissions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, name) for name in sorted(everything())]


class DeleteForm(forms.Form):
    """What the people of the role get instead."""

    replacement = forms.ModelChoiceField(
        label=_("Replacement"), queryset=Role.objects.none(), required=False, empty_label=None
    )

    def __init__(self, *args: Any, judge: Judge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["replacement"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Role.objects.of(judge.organization.pk)
