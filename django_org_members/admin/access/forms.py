"""The forms that grant permissions and take them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ...accounts.adapter import get_adapter
from ...form_errors import FocusMixin
from ...policy.grants import query_name
from ...policy.permissions import grantable
from .words import Part, grouped


class PermissionsForm(FocusMixin, forms.Form):
    """Permissions, ticked in their groups."""

    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one permission.")},
    )

    def __init__(self, data: Any = None, *, offered: Iterable[str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.parts = grouped(offered)
        field = self.fields["permissions"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(each.name, each.words) for part in self.parts for each in part.permissions]

    def ticked(self) -> Iterator[tuple[Part, list[tuple[Any, bool]]]]:
        """Yield each group with its permissions, each with whether it is ticked."""
        chosen = {str(name) for name in self["permissions"].value() or ()}
        for part in self.parts:
            yield part, [(each, each.name in chosen) for each in part.permissions]


class GrantForm(PermissionsForm):
    """Whom to grant what: one user, resolved exactly, or one group."""

    user = forms.CharField(
        label=_("User"),
        max_length=254,
        required=False,
        help_text=_("The whole e-mail address or username. Only staff can open this admin site."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
    )
    group = forms.ModelChoiceField(
        Group.objects.order_by("name"), label=_("or a group"), required=False, empty_label=_("No group")
    )
    field_order = ("user", "group", "permissions")

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, offered=grantable())
        if query_name("groups") is None:
            del self.fields["group"]

    def clean_user(self) -> Any:
        """Return the one user with this address or username."""
        text = self.cleaned_data["user"].strip()
        if not text:
            return None
        users = get_adapter().find_by_email(text) or self._by_username(text)
        if not users:
            raise ValidationError(_("There is no user with this address or username."), code="unknown")
        if len(users) > 1:
            raise ValidationError(_("Several users have this address: enter the username."), code="ambiguous")
        return users[0]

    def _by_username(self, text: str) -> list[Any]:
        model = get_user_model()
        try:
            return [model._default_manager.get_by_natural_key(text)]
        except model.DoesNotExist:
            return []

    def clean(self) -> dict[str, Any] | None:
        """Ask for exactly one of user and group."""
        cleaned = super().clean()
        chosen = [name for name in ("user", "group") if self.cleaned_data.get(name) or name in self.errors]
        if len(chosen) != 1:
            self.add_error(
                "user", ValidationError(_("Enter a user or choose a group, one of both."), code="one_of_both")
            )
        return cleaned

    @property
    def to(self) -> Any:
        """The user or group."""
        return self.cleaned_data.get("user") or self.cleaned_data["group"]


class RevokeForm(PermissionsForm):
    """What to take back of what is held: all of it, unless some is left out."""

    def __init__(self, data: Any = None, *, held: frozenset[str]) -> None:
        super().__init__(data, offered=held, initial={"permissions": sorted(held)})
