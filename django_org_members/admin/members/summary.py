"""What came of a bulk action, in as little memory for a million members as for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...actions import MemberAction, Outcome
from ...models import Membership
from ...policy import Verdict

NAMED = 3


@dataclass
class Refusals:
    """The members that one reason left out: how many, and the first few by name."""

    reason: str
    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, member: Membership) -> None:
        """Count one more."""
        self.count += 1
        if len(self.names) < NAMED:
            self.names.append(str(member))

    @property
    def who(self) -> str:
        """The names, and how many more."""
        more = self.count - len(self.names)
        others = [ngettext("%d more", "%d more", more) % more] if more else []
        return str(get_text_list([*self.names, *others], _("and")))


@dataclass
class LeftOut:
    """Those whom a bulk action does not reach, by reason."""

    by_reason: dict[str, Refusals] = field(default_factory=dict)

    def passes(self, member: Membership, verdict: Verdict) -> bool:
        """Note the member if the verdict refuses; returns whether it allows."""
        if not verdict:
            reason = str(verdict.reason)
            self.by_reason.setdefault(reason, Refusals(reason)).add(member)
        return bool(verdict)

    def __iter__(self) -> Iterator[Refusals]:
        return iter(self.by_reason.values())

    def __len__(self) -> int:
        return sum(refusals.count for refusals in self)


@dataclass
class Summary:
    """Adds up the outcomes of the batches."""

    action: MemberAction
    params: Mapping[str, Any] = field(default_factory=dict)
    done: int = 0
    unchanged: int = 0
    left_out: LeftOut = field(default_factory=LeftOut)

    def add(self, outcome: Outcome) -> None:
        """Take in one batch."""
        self.done += len(outcome.done)
        self.unchanged += len(outcome.unchanged)
        for member, verdict in outcome.refused:
            self.left_out.passes(member, verdict)

    def tell(self, request: HttpRequest) -> None:
        """Leave it as messages for the next page: done, unchanged, and each reason with the first names."""
        if self.done:
            who = ngettext("%d member", "%d members", self.done) % self.done
            messages.success(request, self.action.done_message(who, self.params))
        if self.unchanged:
            text = ngettext("%d member was so already.", "%d members were so already.", self.unchanged) % self.unchanged
            who = ngettext("%d member", "%d members", self.unchanged) % self.unchanged
            messages.info(request, str(self.action.unchanged) % {"who": who} if self.action.unchanged else text)
        for refusals in self.left_out:
            words = {"who": refusals.who, "reason": refusals.reason}
            messages.warning(request, _("Left out: %(who)s. %(reason)s") % words)
        if not (self.done or self.unchanged or self.left_out):
            messages.warning(request, _("Nobody was selected. Nothing has been changed."))
