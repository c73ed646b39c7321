"""What the package raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from .policy.verdicts import Verdict


class OrgMembersError(Exception):
    """Base of the errors of this package."""


class Refused(OrgMembersError, PermissionDenied):
    """The policy does not let this actor do this; a view that lets it pass answers 403.

    `verdict` holds the reason, in words for the actor.
    """

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.reason))
        self.verdict = verdict

    def __reduce__(self) -> tuple[type[Refused], tuple[Verdict]]:
        """Pickle with the verdict, for task queues and test runners in several processes."""
        return type(self), (self.verdict,)


class UnknownAction(OrgMembersError, LookupError):
    """No member action of this name is registered."""


class InvitationUnusable(OrgMembersError):
    """An invitation cannot be accepted: it does not exist, was used, was revoked or has expired.

    `reason` is one of "unknown", "accepted", "revoked", "expired".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PasswordChangedMeanwhile(OrgMembersError):
    """Somebody else set another password while this one was being chosen: theirs stands."""


class SignInRefused(OrgMembersError):
    """A sign-in that was right until its last step is refused all the same.

    `reason` is a `LoginEvent.Reason`: the temporary password was used or replaced meanwhile.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TriggersUnavailable(OrgMembersError):
    """The database refused to make the triggers that keep counters, roles and the audit trail right."""
