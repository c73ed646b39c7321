"""Forms of the public pages and of the sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .. import password_checks
from ..form_errors import FocusMixin
from . import temporary
from .adapter import get_adapter
from .identity import NAME_LIMIT, clean_remark

_SAME = _("This is your present password. Choose a different one.")
TOO_MANY = _("Too many wrong attempts. Wait ten minutes and try again.")


class StaffAuthenticationForm(AdminAuthenticationForm):
    """The admin's sign-in form, which tells who typed the right temporary password why it lets nobody in."""

    def get_invalid_login_error(self) -> ValidationError:
        """Say what `MembersBackend` left on the request; to everybody else the same words as ever."""
        words = temporary.in_words(getattr(self.request, "org_members_turned_away", ""))
        return ValidationError(words, code="temporary_password") if words else super().get_invalid_login_error()


class MemberAuthenticationForm(StaffAuthenticationForm):
    """The sign-in form for people who are not staff."""

    error_messages = AuthenticationForm.error_messages

    def confirm_login_allowed(self, user: Any) -> None:
        """Let every active user sign in; what the user reaches then is the site's to decide."""
        AuthenticationForm.confirm_login_allowed(self, user)


class TokenForm(forms.Form):
    """A token of an authenticator app, or a backup code."""

    token = forms.CharField(
        label=_("Token"),
        max_length=64,
        help_text=_("The code that your authenticator app shows, or one of your backup codes."),
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )

    def __init__(self, *args: Any, sent: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sent:
            self.fields["token"].help_text = _(
                "The code that was sent to you, one that your authenticator app shows, or a backup code."
            )

    def clean_token(self) -> str:
        """Take a code with the spaces in which apps show it."""
        return "".join(self.cleaned_data["token"].split())


class EnrolmentTokenForm(TokenForm):
    """The code of the app that is being set up, digits only, and what its owner calls it."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=64,
        help_text=_("Optional: what you call this app or device, such as “Phone”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("token", "name")

    def clean_name(self) -> str:
        """Take a name on one line."""
        try:
            return clean_remark(self.cleaned_data["name"], field="name", limit=64)
        except ValidationError as error:
            raise ValidationError(error.messages) from None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].help_text = _("The code that the app shows now.")
        self.fields["token"].widget.attrs["inputmode"] = "numeric"


class _DiffersMixin:
    """A new password that is the present one would change nothing."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_new_password1(self) -> str:
        """Refuse the present password."""
        password: str = self.cleaned_data["new_password1"]
        if password_checks.is_right(self.user, password):
            raise ValidationError(_SAME, code="same")
        return password


class FirstPasswordForm(FocusMixin, _DiffersMixin, SetPasswordForm):  # type: ignore[type-arg]
    """A password of one's own in place of the temporary one, which was given at the sign-in just before."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].widget.attrs["autofocus"] = True


class ChosenPasswordForm(FocusMixin, _DiffersMixin, SetPasswordForm):  # type: ignore[type-arg]
    """A password by a link in an e-mail: the first one, or another than the present one, which may be a temporary one."""


class _PresentMixin:
    """The present password is asked for, and nothing but a right one tells that the new one is the same."""

    user: Any
    cleaned_data: dict[str, Any]
    error_messages: Any
    has_to_wait = False
    """Whether too many wrong ones were given lately: none is checked then."""

    def clean_old_password(self) -> str:
        """Check it as everywhere."""
        if self.has_to_wait:
            raise ValidationError(TOO_MANY, code="wait")
        password: str = self.cleaned_data["old_password"]
        if not password_checks.is_right(self.user, password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return password

    def clean_new_password1(self) -> str:
        """Refuse the present password."""
        password: str = self.cleaned_data["new_password1"]
        if password == self.cleaned_data.get("old_password"):
            raise ValidationError(_SAME, code="same")
        return password


class ChangePasswordForm(FocusMixin, _PresentMixin, PasswordChangeForm):
    """A new password; the present one is asked for."""


class SitePasswordForm(_PresentMixin, AdminPasswordChangeForm):
    """The same, as an admin site shows it."""


class SetUpAccountForm(FocusMixin, SetPasswordForm):  # type: ignore[type-arg]
    """Name and password of a new account."""

    full_name = forms.CharField(
        label=_("Full Name"),
        max_length=NAME_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    field_order = ("full_name", "new_password1", "new_password2")

    def __init__(self, email: str, *args: Any, **kwargs: Any) -> None:
        self.email = email
        super().__init__(None, *args, **kwargs)

    def clean_full_name(self) -> str:
        """Check the name, and make the unsaved user that the password validators compare with."""
        try:
            self.user = get_adapter().build(email=self.email, full_name=self.cleaned_data["full_name"])
        except ValidationError as error:
            raise ValidationError([message for errors in error.error_dict.values() for message in errors]) from None
        return get_adapter().full_name(self.user)


class PasswordForm(forms.Form):
    """The password of an account that cannot sign in until it joins again."""

    password = forms.CharField(
        label=_("Password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class ConfirmIdentityForm(FocusMixin, PasswordForm, TokenForm):
    """A password or a token, as far as the account has them: one is enough."""

    field_order = ("password", "token")

    def __init__(self, means: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {name: field for name, field in self.fields.items() if name in means}
        for number, field in enumerate(self.fields.values()):
            field.required = len(self.fields) == 1
            field.widget.attrs["autofocus"] = number == 0

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        if not self.errors and not any(self.cleaned_data.values()):
            self.add_error("password", ValidationError(_("Enter your password or a token."), code="required"))
        return self.cleaned_data
