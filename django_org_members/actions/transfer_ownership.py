"""Transfer Ownership."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import audit, notifications
from ..accounts.adapter import known_as
from ..accounts.identity import clean_lines
from ..models import AuditEvent, Membership, Role
from ..policy import Judge, Permission
from ..policy.guards import has_access, is_by_the_owner, is_not_the_owner
from ..signals import member_role_changed, ownership_transferred
from .base import MemberAction, MemberActionForm
from .consequences import Consequence
from .registry import register
from .run import Run

REASON_LIMIT = 500


def clean_reason(judge: Judge, reason: str) -> str:
    """Return the reason, trimmed; the Owner need give none. Raises `ValidationError` at `reason`."""
    if not reason.strip() and judge.actor.pk == judge.organization.owner_id:
        return ""
    return clean_lines(reason, field="reason", limit=REASON_LIMIT)


class TransferOwnershipForm(MemberActionForm):
    """Why: for a superuser who is not the Owner."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        help_text=_("Kept in the audit log, and sent to the old and the new Owner."),
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": REASON_LIMIT, "required": True, "autofocus": True}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.judge.actor.pk == self.judge.organization.owner_id:
            del self.fields["reason"]

    def clean_reason(self) -> str:
        """Check it as the action does."""
        try:
            return clean_reason(self.judge, self.cleaned_data["reason"])
        except forms.ValidationError as error:
            raise forms.ValidationError(error.error_dict["reason"]) from None


@register
class TransferOwnership(MemberAction):
    """Make another member the Owner; who was it becomes Admin. One Owner holds at every instant."""

    name, label, icon, position = "transfer-ownership", _("Transfer Ownership"), "crown", 80
    description = _(
        "The new Owner holds every permission and the organization itself, and decides whether to transfer it again. "
        "Both people are told by e-mail."
    )
    done = _("%(who)s is the Owner now.")
    permission = Permission.TRANSFER_OWNERSHIP
    guards = (is_by_the_owner, is_not_the_owner, has_access)
    form_class = TransferOwnershipForm
    verb, signal = AuditEvent.Verb.OWNERSHIP_TRANSFERRED, ownership_transferred
    danger = True

    def is_relevant(self, member: Membership) -> bool:
        """Offered for everybody but the Owner."""
        return member.user_id != member.organization.owner_id

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Who becomes what."""
        before = known_as(judge.organization.owner)
        return [
            Consequence(format_html(gettext("<bdi>{name}</bdi> becomes Owner."), name=str(members[0])), "crown"),
            Consequence(format_html(gettext("<bdi>{name}</bdi> becomes Admin."), name=before), "badge"),
        ]

    def apply(self, run: Run) -> None:
        """The organization first, then the old Owner's role, then the new one's: the order that the triggers want.

        Raises `ValidationError` at `reason`, and `ValueError` for more than one member.
        """
        if len(run.members) > 1:
            raise ValueError("An organization has one Owner: transfer it to one member.")
        (member,), organization = run.members, run.organization
        before, reason = organization.owner, clean_reason(run.judge, run.params.get("reason") or "")
        owner, admin = Role.objects.owner(), Role.objects.admin()
        previous = Membership.objects.filter(organization=organization, user=before.pk)
        organization.owner = member.user
        organization.save(update_fields=["owner"])
        previous.update(role=admin)
        run.rows.update(role=owner)
        run.notes[member.pk] = {
            "owner": [known_as(before), str(member)],
            "role": [member.role.name, owner.name],
            "reason": reason,
            "previous": _tell_of_the_role(run, previous.first(), before, owner, admin),
        }
        member.role = owner
        tell = partial(notifications.ownership_transferred, organization, before, member.user, run.actor, reason)
        run.after_commit(tell)

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Keep both names, the role that the new Owner had, and the reason."""
        kept = run.notes[member.pk]
        return {name: kept[name] for name in ("owner", "role", "reason") if kept[name]}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Tell who was Owner, and why that changed."""
        (kept,) = run.notes.values()
        return {"previous": kept["previous"], "reason": kept["reason"]}


def _tell_of_the_role(run: Run, previous: Membership | None, user: Any, owner: Role, admin: Role) -> Membership | None:
    """Record, and send, that the old Owner is an Admin. Raw SQL may have left an Owner without a membership."""
    if previous is None:
        return None
    previous.organization, previous.user, previous.role = run.organization, user, admin
    verb, details = AuditEvent.Verb.ROLE_CHANGED, {"role": [owner.name, admin.name]}
    audit.write(audit.about(previous, verb, actor=run.actor, details=details, at=run.now))
    run.send(member_role_changed, members=[previous], role=admin, previous_roles={previous.pk: owner})
    return previous
