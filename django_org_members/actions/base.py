"""What an action declares: from it come the menu, the bulk action, the pages, the verdict, the audit and the signal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.dispatch import Signal
from django.forms import Field
from django.utils.translation import gettext

from ..models import Membership
from ..policy import Judge, Verdict
from ..policy.guards import Guard

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from .consequences import Consequence
    from .run import Run


class MemberActionForm(forms.Form):
    """The parameters of an action; its `cleaned_data` are the keyword arguments of `perform`.

    `judge` is the actor in the organization; `member` the one to act on, or None in bulk.
    """

    def __init__(self, *args: Any, judge: Judge, member: Membership | None = None, **kwargs: Any) -> None:
        self.judge = judge
        self.member = member
        super().__init__(*args, **kwargs)


class MemberAction(ABC):
    """Something done to members. Instances hold no state: one serves every request."""

    name: ClassVar[str]
    """Used in addresses, in code and for the audit event: letters and hyphens or underscores."""
    label: ClassVar[StrOrPromise]
    """The words on the button and in the menu."""
    description: ClassVar[StrOrPromise] = ""
    """One or two sentences for the confirmation page: what follows."""
    icon: ClassVar[str] = "dot"
    """A symbol of the icon sprite."""
    position: ClassVar[int] = 100
    """Where it stands among the others."""
    permission: ClassVar[str]
    """The permission that it needs on the organization."""
    guards: ClassVar[Sequence[Guard]] = ()
    """Rules about whom it reaches, beside those that hold for all."""
    is_power: ClassVar[bool] = True
    """Whether it is power over a member, so that it reaches nobody with more authority than the actor's, and no platform
    staff. False for planning: an Admin notes the Owner's holiday."""
    form_class: ClassVar[type[MemberActionForm]] = MemberActionForm
    """Its parameters."""
    required: ClassVar[frozenset[str]] = frozenset()
    """The parameters without which `perform` cannot do it; the form may ask for more."""
    verb: ClassVar[str]
    """The verb of its audit event."""
    signal: ClassVar[Signal | None] = None
    """Sent once a run with the list of members."""
    submit: ClassVar[StrOrPromise] = ""
    """The words on the button of its form, where they are not its label."""
    done: ClassVar[StrOrPromise] = ""
    """The message afterwards: a sentence with `%(who)s`, which is a name or a number of members."""
    unchanged: ClassVar[StrOrPromise] = ""
    """The message where there was nothing to do, with `%(who)s`; empty for a general one."""
    danger: ClassVar[bool] = False
    """Whether pages mark it as dangerous."""
    in_menu: ClassVar[bool] = False
    """Whether the row's menu has it."""
    in_bulk: ClassVar[bool] = False
    """Whether it can be run on many members at once from the list."""
    asks_again: ClassVar[bool] = False
    """Whether pages ask for the password or a token where that is longer ago than AUTHENTICATION_AGE, whatever ASK_AGAIN_FOR says."""
    touches_accounts: ClassVar[bool] = True
    """Whether it changes the users behind the members: their accounts are then locked."""

    def check_params(self, params: Mapping[str, Any]) -> None:
        """Raise `TypeError` for a parameter of an action that takes none, `ValidationError` at one that is missing."""
        if params and self.form_class is MemberActionForm:
            raise TypeError(f"The action {self.name!r} has no parameter {', '.join(sorted(params))}.")
        missing = sorted(self.required - set(params))
        if missing:
            raise ValidationError(dict.fromkeys(missing, Field.default_error_messages["required"]))

    def is_relevant(self, member: Membership) -> bool:
        """Whether it makes sense to offer this for the member in its present state."""
        return True

    def check(self, judge: Judge, member: Membership, params: Mapping[str, Any]) -> Verdict | None:
        """Return a refusal that depends on the parameters, or None."""
        return None

    def refusals(self, judge: Judge, members: list[Membership]) -> dict[int, Verdict]:
        """Return refusals by member pk that are read from the database for all of them, in a constant number of queries.

        Asked only for members that the policy allows.
        """
        return {}

    def conflicts(self, judge: Judge, members: list[Membership], params: Mapping[str, Any]) -> dict[int, Verdict]:
        """Return the same of refusals that depend on the parameters; not asked before these are known."""
        return {}

    def already_done(self, member: Membership, params: Mapping[str, Any]) -> bool:
        """Whether the member is already in the state that the action leads to."""
        return False

    def changing(self, members: list[Membership], params: Mapping[str, Any]) -> list[Membership]:
        """Return those of the members that the action would change; override to ask for all at once."""
        return [member for member in members if not self.already_done(member, params)]

    def affected(self, members: list[Membership]) -> list[Membership]:
        """Return those of the members that it would change, as far as is known before its parameters are."""
        return members if self.required else self.changing(members, {})

    def consequences(self, judge: Judge, members: list[Membership]) -> list[Consequence]:
        """Return what follows for these members (one at least, up to SEARCH_LIMIT, allowed and affected) in sentences.

        Shown before it is done. Facts that are read from the database, in a constant number of queries.
        """
        return []

    def general_consequences(self, judge: Judge) -> list[Consequence]:
        """Return what follows whoever the members are: shown where too many are selected to look at each."""
        return []

    @abstractmethod
    def apply(self, run: Run) -> None:
        """Make the change for `run.members`, in bulk, inside the transaction. No mail, no network: `run.after_commit`."""

    def details(self, run: Run, member: Membership) -> dict[str, Any]:
        """Return what the audit event keeps beside who and whom: JSON values, before and after, never a secret."""
        return {}

    def signal_arguments(self, run: Run) -> dict[str, Any]:
        """Return what the signal carries beside organization, actor and members."""
        return {}

    def done_message(self, who: str, params: Mapping[str, Any]) -> str:
        """Return the message afterwards; `who` is a name or a number of members."""
        sentence = self.done or gettext("%(action)s: done for %(who)s.")
        return str(sentence) % {"action": self.label, "who": who}
