"""The answer of the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import Refused

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Verdict:
    """Allowed, or refused with a reason.

    `reason` is a sentence for the actor, translated when it is shown; `code` names the rule for code and tests.
    """

    allowed: bool
    reason: StrOrPromise = ""
    code: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise `Refused` unless it allows."""
        if not self.allowed:
            raise Refused(self)


ALLOWED = Verdict(allowed=True)
"""Nothing is against it."""


def refused(code: str, reason: StrOrPromise) -> Verdict:
    """Return a refusal."""
    return Verdict(allowed=False, reason=reason, code=code)
