"""The card of pending invitations below the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.utils import timezone

from ...models import Invitation, Role
from ...numbers import page_number
from ...policy import Permission, Verdict

if TYPE_CHECKING:
    from ..shell import OrgSettings

SHOWN = 25
PAGE_VAR = "invitations"


@dataclass(frozen=True)
class Row:
    """One pending invitation as the card shows it."""

    invitation: Invitation
    role: Role
    is_expired: bool
    verdict: Verdict
    """Whether the actor may give the role, and so resend, show or revoke the invitation."""
    resend_url: str
    link_url: str
    revoke_url: str


@dataclass(frozen=True)
class Pending:
    """One page of the pending invitations, newest first."""

    rows: list[Row]
    page: int
    has_more: bool

    @property
    def previous(self) -> int:
        """The number of the page before, or 0."""
        return self.page - 1

    @property
    def next(self) -> int:
        """The number of the page after, or 0."""
        return self.page + 1 if self.has_more else 0


def pending(request: HttpRequest, org: OrgSettings) -> Pending | None:
    """Return a page of them for those who may invite, else None: one query, and none counts."""
    if not org.judge.may(Permission.INVITE_MEMBER):
        return None
    page = page_number(request.GET.get(PAGE_VAR, ""))
    start = (page - 1) * SHOWN
    invitations = Invitation.objects.pending().filter(organization=org.organization)
    found = list(invitations.order_by("-sent_at", "-pk")[start : start + SHOWN + 1])
    return Pending([_row(org, invitation) for invitation in found[:SHOWN]], page, len(found) > SHOWN)


def _row(org: OrgSettings, invitation: Invitation) -> Row:
    ids = {"invitation_id": invitation.pk}
    role = org.judge.roles.get(invitation.role_id or 0)
    return Row(
        invitation=invitation,
        role=role or invitation.offered_role,
        is_expired=invitation.is_expired(timezone.now()),
        verdict=org.judge.may_give(role),
        resend_url=org.url("invitation_resend", **ids),
        link_url=org.url("invitation_link", **ids),
        revoke_url=org.url("invitation_revoke", **ids),
    )
