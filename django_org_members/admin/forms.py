"""The form that adds an organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..form_errors import add_errors
from ..models import Organization
from .generics import OrganizationModelForm


class OrganizationAddForm(OrganizationModelForm):
    """Name, slug and the Owner by e-mail."""

    refusal: ValidationError | None = None
    """What `create_organization` found wrong, in the second rendering."""

    owner_email = forms.EmailField(
        label=_("Owner's Email Address"),
        max_length=254,
        help_text=_(
            "An existing account becomes the Owner as it is. For a new address an account is made, and a link to set "
            "the password is sent."
        ),
    )
    owner_name = forms.CharField(
        label=_("Owner's Full Name"), max_length=150, required=False, help_text=_("For a new account only.")
    )

    class Meta:
        model = Organization
        fields = ("name", "slug")

    def clean(self) -> dict[str, Any] | None:
        """Take over the errors of the first attempt."""
        if self.refusal is not None:
            add_errors(self, self.refusal)
        return super().clean()
