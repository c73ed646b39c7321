"""The page of one action on one member: what follows, its form, and doing it. Made from the action's declaration."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from ... import actions
from ...actions import MemberAction, MemberActionForm, Outcome
from ...actions.performing import judged
from ...exceptions import UnknownAction
from ...form_errors import add_errors
from ...models import Membership
from ...policy import Permission, Verdict
from ..asking import ask_first, ask_for_action
from ..back import back_url
from ..secrets import secret_page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..shell import OrgSettings


@sensitive_post_parameters()
def action_page(request: HttpRequest, org: OrgSettings, member_id: int, action: str) -> HttpResponse:
    """Ask on GET, act on POST. The policy is asked again by `perform`, under lock."""
    org.require(Permission.VIEW_MEMBERS)
    member = org.member(member_id)
    try:
        wanted = actions.get(action)
    except UnknownAction:
        raise Http404(_("There is no such action.")) from None
    verdict = judged(wanted, org.judge, [member], {})[member.pk]
    asking = _asking(request, org, wanted, member) if verdict else None
    if asking is not None:
        return asking
    form = wanted.form_class(
        request.POST if request.method == "POST" and verdict else None, judge=org.judge, member=member
    )
    if form.is_valid():
        try:
            outcome = actions.perform(wanted.name, actor=request.user, members=[member], **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return _answer(request, org, wanted, member, outcome, form.cleaned_data)
    return _ask(request, org, wanted, member, form, verdict)


def _asking(request: HttpRequest, org: OrgSettings, action: MemberAction, member: Membership) -> HttpResponse | None:
    """Ask who it is: before the form is shown, and again where it was sent too late."""
    back = back_url(request, org)
    if request.method != "POST":
        return ask_first(request, action, back)
    frame = partial(org.context, request, tab="members", crumbs=_crumbs(org, member))
    return ask_for_action(request, action, frame=frame, back=back)


def _crumbs(org: OrgSettings, member: Membership) -> list[tuple[StrOrPromise, str]]:
    return [
        (_("Members"), org.url("organization_members")),
        (str(member), org.url("member_profile", member_id=member.pk)),
    ]


def _answer(
    request: HttpRequest,
    org: OrgSettings,
    action: MemberAction,
    member: Membership,
    outcome: Outcome,
    params: dict[str, Any],
) -> HttpResponse:
    back = back_url(request, org)
    password = outcome.secrets.get(member.pk)
    if password:
        return secret_page(request, org, member, password, title=_("Temporary Password"), back_url=back)
    words = {"action": action.label, "name": member}
    if outcome.done:
        messages.success(request, action.done_message(str(member), params))
    elif outcome.unchanged:
        unchanged = action.unchanged or _("%(action)s: nothing to change for %(who)s.")
        messages.info(request, str(unchanged) % {**words, "who": member})
    for _member, verdict in outcome.refused:
        messages.error(request, _("%(action)s: %(reason)s") % {"action": action.label, "reason": verdict.reason})
    if not outcome.done and not outcome.unchanged and not outcome.refused:
        messages.warning(request, _("%(name)s is no member any more.") % words)
    return HttpResponseRedirect(_where(org, member, back, is_gone=action.name == "remove" and bool(outcome.done)))


def _where(org: OrgSettings, member: Membership, back: str, *, is_gone: bool) -> str:
    """Go back, but not to the detail of someone who was removed."""
    detail = org.url("member_profile", member_id=member.pk)
    return org.url("organization_members") if is_gone and back.startswith(detail) else back


def _ask(
    request: HttpRequest,
    org: OrgSettings,
    action: MemberAction,
    member: Membership,
    form: MemberActionForm,
    verdict: Verdict,
) -> HttpResponse:
    affected = action.affected([member]) if verdict else []
    context: dict[str, Any] = org.context(
        request,
        tab="members",
        title=action.label,
        crumbs=_crumbs(org, member),
        action=action,
        member=member,
        form=form,
        verdict=verdict,
        consequences=action.consequences(org.judge, affected) if affected else [],
        roles=org.judge.assignable_roles() if "role" in form.fields else None,
        back_url=back_url(request, org),
    )
    status = 403 if request.method == "POST" and not verdict else 200
    return TemplateResponse(request, "org_members/member/action.html", context, status=status)
