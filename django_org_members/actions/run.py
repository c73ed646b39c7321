"""One run of an action over a batch of members, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .. import invitations
from ..accounts import activity, sessions
from ..accounts.passwords import Secret
from ..commits import after_commit
from ..models import Account, LoginEvent, Membership, Organization
from ..models.memberships import MembershipQuerySet
from ..policy import Judge, Verdict
from ..signals import member_sessions_ended


def ending(judge: Judge, members: Iterable[Membership], users: Collection[Any] = ()) -> list[Membership]:
    """Return those of the members whose sessions end with their access here.

    Who belongs to no other organization, and these users (pks), whose sign-in ends. The others' go on without it.
    """
    return [member for member in members if member.user_id in users or not judge.belongs_elsewhere(member)]


@dataclass
class Outcome:
    """What a run did. A member is in exactly one of the three lists."""

    done: list[Membership] = field(default_factory=list)
    """Changed."""
    unchanged: list[Membership] = field(default_factory=list)
    """Already in the wanted state."""
    refused: list[tuple[Membership, Verdict]] = field(default_factory=list)
    """Not allowed, each with the reason."""
    secrets: dict[int, Secret] = field(default_factory=dict, repr=False)
    """Member pk to temporary password: shown once, kept nowhere."""


@dataclass
class Run:
    """What `MemberAction.apply` works with: everything is locked, and every member was allowed."""

    judge: Judge
    members: list[Membership]
    accounts: dict[Any, Account]
    """The locked accounts by user pk, where the action touches accounts."""
    params: dict[str, Any]
    now: datetime
    secrets: dict[int, Secret] = field(default_factory=dict, repr=False)
    verb: str = ""
    """The verb of the audit events, which is the reason why sessions end."""
    notes: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What `apply` wants to tell `details` or the signal, by member pk."""

    @property
    def actor(self) -> Any:
        """Who does it."""
        return self.judge.actor

    @property
    def organization(self) -> Organization:
        """The organization of all the members."""
        return self.judge.organization

    @property
    def users(self) -> list[Any]:
        """The users behind the members."""
        return [member.user for member in self.members]

    @property
    def rows(self) -> MembershipQuerySet:
        """The members as a queryset, for one statement over all."""
        return Membership.objects.filter(pk__in=[member.pk for member in self.members])

    def accounts_of(self, members: list[Membership]) -> list[Account]:
        """Return the locked accounts behind some of the members."""
        return [self.accounts[member.user_id] for member in members]

    def end_sessions(self, members: list[Membership] | None = None) -> None:
        """End every session of the accounts behind the members (all of the run, unless some are named).

        Sends `sign_in_ended` and `member_sessions_ended`.
        """
        ended = self.members if members is None else members
        if ended:
            sessions.end(self.accounts_of(ended))
            activity.record_done_to([member.user for member in ended], LoginEvent.Action.SESSIONS_ENDED)
            sessions.tell([member.user for member in ended], self.verb)
            self.send(member_sessions_ended, members=ended)

    def end_sessions_here(self, users: Collection[Any] = ()) -> None:
        """End the sessions of those who belong to no other organization, and of these users (pks) in any case.

        The sessions of the others go on, without this organization.
        """
        self.end_sessions(ending(self.judge, self.members, users))

    def revoke_invitations(self) -> None:
        """Revoke the pending invitations that the members sent: nobody is there any more who answers for them."""
        sent = invitations.sent_by(self.organization, self.users).select_related("role").order_by("pk")
        invitations.close(sent, organization=self.organization, actor=self.actor, at=self.now)

    def send(self, signal: Any, **arguments: Any) -> None:
        """Send a signal of this package inside the transaction; a receiver's error undoes the run."""
        arguments.setdefault("members", self.members)
        signal.send(sender=Membership, organization=self.organization, actor=self.actor, **arguments)

    def after_commit(self, function: Callable[[], Any]) -> None:
        """Call the function when the change is durable; its failure is logged and undoes nothing."""
        after_commit(function)
