"""Set as <role>, and Change Role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import AuditEvent, Membership, Role
from ..policy import Judge, Permission, Verdict
from ..policy.guards import is_not_oneself, is_not_the_owner
from ..signals import member_role_changed
from .base import MemberAction, MemberActionForm
from .registry import register
from .run import Run


class SetRoleForm(MemberActionForm):
    """Which role; another organization's is as unknown as one that does not exist."""

    role = forms.ModelChoiceField(label=_("Role"), queryset=Role.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = Role.objects.of(self.judge.organization.pk).exclude(key=Role.Key.OWNER)
        field = self.fields["role"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = roles
        if self.member is not None:  # in bulk nothing is chosen beforehand
            field.initial = self.member.role_id

    def clean_role(self) -> Role:
        """Refuse a role that the actor may not give, at its field."""
        role: Role = self.cleaned_data["role"]
        verdict = self.judge.may_give(role)
        if not verdict:
            raise forms.ValidationError(verdict.reason, code=verdict.code)
        return role


@register
class SetRole(MemberAction):
    """Give another role, within what the actor has; in force from the member's next request on."""

    name, label, icon, position = "set-role", _("Change Role"), "badge", 20
    description = _("Role changes take effect immediately.")
    done = _("Changed the role of %(who)s to %(role)s.")
    permission = Permission.SET_MEMBER_ROLE
    guards = (is_not_the_owner, is_not_oneself)
    form_class = SetRoleForm
    required = frozenset({"role"})
    submit = _("Update")
    verb, signal = AuditEvent.Verb.ROLE_CHANGED, member_role_changed
    in_menu = in_bulk = True
    touches_accounts = False

    def check(self, judge: Judge, member: Membership, params: Mapping[str, Any]) -> Verdict | None:
        """Refuse a role that the actor may not give."""
        verdict = judge.may_give(params["role"])
        return None if verdict else verdict

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether the member has this role."""
        return bool(member.role_id == params["role"].pk)

    def apply(self, run: Run) -> None:
        """One UPDATE."""
        role = run.params["role"]
        run.notes = {member.pk: {"role": member.role} for member in run.members}
        run.rows.update(role=role)
        for member in run.members:
            member.role = role

    def details(self, run: Run, member: Membership) -> dict[str, list[str]]:
        """Keep both names."""
        return {"role": [run.notes[member.pk]["role"].name, member.role.name]}

    def done_message(self, who: str, params: Mapping[str, Any]) -> str:
        """Name the role."""
        return str(self.done) % {"who": who, "role": params["role"]}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell the role before and after."""
        return {
            "role": run.params["role"],
            "previous_roles": {pk: note["role"] for pk, note in run.notes.items()},
        }
