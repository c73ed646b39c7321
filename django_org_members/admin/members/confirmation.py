"""The page between choosing a bulk action and doing it: to whom, with what, and who is left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ...actions import Consequence, MemberAction, MemberActionForm
from ...actions.performing import judged
from ...conf import settings
from ...policy import Judge
from .summary import LeftOut, Refusals

if TYPE_CHECKING:
    from .model_admin import MembersAdmin

CONFIRMED = "confirmed"
NAMED = 12


@dataclass
class Preview:
    """What a run would do, as far as that is known before."""

    count: int | None
    """How many members are selected, where that is known."""
    is_judged: bool = True
    """Whether each of them was looked at; more than SEARCH_LIMIT are not."""
    names: list[str] = field(default_factory=list)
    """The first of those that it would be done to."""
    more: int = 0
    """How many more of them there are."""
    consequences: list[Consequence] = field(default_factory=list)
    """What follows for them, or for whomever it reaches."""
    left_out: LeftOut = field(default_factory=LeftOut)
    unchanged: Refusals = field(default_factory=lambda: Refusals(""))
    """Those who are in the wanted state already."""

    @property
    def allowed(self) -> int:
        """How many it would be done to."""
        return len(self.names) + self.more

    @property
    def is_empty(self) -> bool:
        """Whether nobody would be left to do it to."""
        return self.is_judged and not self.names


def preview(action: MemberAction, judge: Judge, members: Any, count: int | None) -> Preview:
    """Judge the selected members, if there are no more than SEARCH_LIMIT: a constant number of queries."""
    limit = settings.SEARCH_LIMIT
    if count is not None and count > limit:
        return _unjudged(action, judge, count)
    rows = judge.load(judge.prepare(members).order_by("sort_name", "pk")[: limit + 1])
    if len(rows) > limit:
        return _unjudged(action, judge, None)
    seen = Preview(len(rows))
    verdicts = judged(action, judge, rows, {})
    allowed = [member for member in rows if seen.left_out.passes(member, verdicts[member.pk])]
    changing = action.affected(allowed)
    pks = {member.pk for member in changing}
    for member in allowed:
        if member.pk not in pks:
            seen.unchanged.add(member)
    seen.names = [str(member) for member in changing[:NAMED]]
    seen.more = len(changing) - len(seen.names)
    seen.consequences = action.consequences(judge, changing) if changing else []
    return seen


def _unjudged(action: MemberAction, judge: Judge, count: int | None) -> Preview:
    return Preview(count, is_judged=False, consequences=action.general_consequences(judge))


def confirmation(
    action: MemberAction,
    form: MemberActionForm,
    model_admin: MembersAdmin,
    request: HttpRequest,
    members: Any,
) -> HttpResponse:
    """Return the page. Its form posts the same selection to the same address, with `CONFIRMED`."""
    org = model_admin.org
    across = request.POST.get("select_across") == "1"
    selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
    known = model_admin.changelist.known_count if across else None
    context = org.context(
        request,
        tab="members",
        title=action.label,
        crumbs=[(_("Members"), request.get_full_path())],
        action=action,
        form=form,
        roles=org.judge.assignable_roles(),
        preview=preview(action, org.judge, members, known),
        hidden=[("action", action.name), ("select_across", "1" if across else "0"), (CONFIRMED, "1")],
        selected=selected[:1] if across else selected,
        checkbox_name=ACTION_CHECKBOX_NAME,
        back_url=request.get_full_path(),
    )
    return TemplateResponse(request, "org_members/members/confirm.html", context)
