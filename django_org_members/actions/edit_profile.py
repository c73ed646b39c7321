"""Edit Profile."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .. import notifications
from ..accounts.adapter import get_adapter
from ..accounts.identity import EMAIL_LIMIT, NAME_LIMIT, PHONE_LIMIT
from ..models import AuditEvent, Membership
from ..policy import Permission
from ..policy.guards import account_is_ours, is_not_the_owner
from ..signals import member_profile_changed
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run

FIELDS = ("full_name", "email", "phone")


def profile_of(member: Membership) -> dict[str, str]:
    """Return the member's profile as the project's user model has it."""
    adapter = get_adapter()
    return {field: getattr(adapter, field)(member.user) for field in FIELDS}


class EditProfileForm(MemberActionForm):
    """Name, e-mail and phone, as the user adapter checks them."""

    full_name = forms.CharField(
        label=_("Full Name"), max_length=NAME_LIMIT, widget=forms.TextInput(attrs={"autofocus": True})
    )
    email = forms.EmailField(label=_("Email Address"), max_length=EMAIL_LIMIT)
    phone = forms.CharField(label=_("Phone Number"), max_length=PHONE_LIMIT, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.member is not None:
            self.initial = {**profile_of(self.member), **self.initial}

    def clean_email(self) -> str:
        """Say at once that another account has the address; saving asks again, under lock."""
        email: str = self.cleaned_data["email"]
        try:
            if self.member is not None:
                get_adapter().check_free(email, self.member.user)
        except ValidationError as error:
            raise ValidationError(error.error_dict["email"]) from None
        return email


@register
class EditProfile(MemberAction):
    """Change the name, e-mail and phone of the account behind a member; both addresses hear of a new e-mail."""

    name, label, icon, position = "edit-profile", _("Edit Profile"), "pencil", 10
    done = _("Saved the profile of %(who)s.")
    permission = Permission.EDIT_MEMBER_PROFILE
    guards = (is_not_the_owner, account_is_ours)
    form_class = EditProfileForm
    submit = _("Save")
    verb, signal = AuditEvent.Verb.PROFILE_CHANGED, member_profile_changed

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether every value given is the present one."""
        present = profile_of(member)
        return all(present[field] == value for field, value in params.items() if field in FIELDS)

    def apply(self, run: Run) -> None:
        """Save through the adapter, which raises `ValidationError` for an address that is taken."""
        adapter = get_adapter()
        for member in run.members:
            wanted = profile_of(member) | {field: run.params[field] for field in FIELDS if field in run.params}
            changes = adapter.set_profile(member.user, run.accounts[member.user_id], **wanted)
            run.notes[member.pk] = changes
            member.copy_profile(display_name=adapter.full_name(member.user), email=adapter.email(member.user))
            if "email" in changes:
                before, after = changes["email"]
                run.after_commit(partial(notifications.email_changed, member.user, before, after, run.organization))

    def details(self, run: Run, member: Membership) -> dict[str, list[str]]:
        """Keep each field before and after."""
        return {field: list(change) for field, change in run.notes[member.pk].items()}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell what changed."""
        return {"changes": run.notes}
