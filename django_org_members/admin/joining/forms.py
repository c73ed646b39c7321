"""The forms of Invite User and Create User."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ... import joining
from ...accounts.identity import EMAIL_LIMIT, NAME_LIMIT
from ...models import Role
from ...policy import Judge


class RoleChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A role of the organization; another's is as unknown as one that does not exist."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Role.objects.none(), empty_label=None, label=_("Role"), **kwargs)


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("Email Address"),
        max_length=EMAIL_LIMIT,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
    role = RoleChoiceField()

    def __init__(self, *args: Any, judge: Judge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Role.objects.of(judge.organization.pk)
        givable = [role for role, verdict in judge.assignable_roles() if verdict]
        member = next((role for role in givable if role.key == Role.Key.MEMBER), None)
        field.initial = (member or next(iter(givable), None) or Role()).pk
        self.judge = judge

    def clean_email(self) -> str:
        """Say at once who cannot be let in by this address; the deed asks again, under lock."""
        try:
            return joining.addressee(self.judge.organization, self.cleaned_data["email"]).email
        except ValidationError as error:
            raise ValidationError(error.error_dict["email"]) from None


class CreateForm(InviteForm):
    """The same, with a name."""

    full_name = forms.CharField(
        label=_("Full Name"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
    field_order = ("full_name", "email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs.pop("autofocus", None)
