"""Asking for the password or a token again, before what a setting or an action says is worth it. Nothing is lost by it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial, wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from ..accounts import mfa, reauthentication
from ..accounts.adapter import address_of
from ..accounts.confirming import confirm
from ..accounts.forms import ConfirmIdentityForm
from ..conf import settings

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..actions import MemberAction
    from .shell import OrgSettings

EDIT_ROLES, SECURITY, GRANT_ACCESS, BILLING = "edit-roles", "security", "grant-access", "billing"
"""What ASK_AGAIN_FOR can name beside the actions on members."""
NO_ACTIONS = frozenset({EDIT_ROLES, SECURITY, GRANT_ACCESS, BILLING})

_PREFIX = "identity"
_KEPT = f"{_PREFIX}-kept"
"""The whole form that waits for the answer, in one field: so the answer meets no limit that the form itself did not."""

hides_answers = sensitive_post_parameters(f"{_PREFIX}-password", f"{_PREFIX}-token")
"""For views: keeps what was answered out of error reports."""

Page = Callable[..., HttpResponse]
Frame = Callable[..., dict[str, Any]]
"""Makes the context of a page from its `title` and more, such as a partial of `OrgSettings.context`."""


@sensitive_variables("sent", "answer")
def unwrap(request: HttpRequest) -> None:
    """Give a form that comes back with an answer its own fields again; the answer waits for `ask_again`.

    Call it before the form is read, and after its CSRF token was checked.
    """
    if request.method != "POST" or _KEPT not in request.POST:
        return
    sent = request.POST
    answer = QueryDict(mutable=True)
    for name in ConfirmIdentityForm.base_fields:
        answer[f"{_PREFIX}-{name}"] = sent.get(f"{_PREFIX}-{name}", "")
    request.org_members_answer = answer  # type: ignore[attr-defined]
    request.POST = QueryDict(sent[_KEPT], encoding=request.encoding)


def is_due(request: HttpRequest, name: str, *, always: bool = False) -> bool:
    """Whether `name`, of an action or one of `NO_ACTIONS`, asks, and the last time is longer ago than AUTHENTICATION_AGE."""
    return (always or name in settings.ASK_AGAIN_FOR) and not reauthentication.is_recent(request)


def ask_first(request: HttpRequest, action: MemberAction, back: str) -> HttpResponseRedirect | None:
    """Return the way to the page that asks before a form is shown, and leads to it; None where nothing is asked.

    `back` is where the form leads afterwards.
    """
    if not is_due(request, action.name, always=action.asks_again):
        return None
    here = f"{request.path}?{urlencode({'next': back}, safe='/')}"
    return HttpResponseRedirect(reauthentication.confirm_url(here))


@sensitive_variables("answer")
def ask_again(
    request: HttpRequest,
    name: str,
    purpose: StrOrPromise,
    *,
    frame: Frame,
    back: str,
    always: bool = False,
    secret: Collection[str] = (),
) -> HttpResponse | None:
    """Return the question in place of what the POST asks for; None where nothing is asked, or the answer is right.

    `name` is what ASK_AGAIN_FOR names, `purpose` the words for it. The page holds the form that was sent, but the fields in
    `secret`, and sends it to the same address: one answer confirms and does it. Wrong ones are recorded; too many wait.
    """
    if request.method != "POST" or not is_due(request, name, always=always):
        return None
    means, ways = reauthentication.means(request.user), mfa.ways(request.user)
    answer = getattr(request, "org_members_answer", None)
    form = ConfirmIdentityForm(means, answer if means else None, prefix=_PREFIX)
    if form.is_valid() and confirm(request, form):
        return None
    context = frame(
        title=_("Confirm it is you"),
        form=form,
        means=means,
        has_other_ways=bool(ways.sent or ways.passkey),
        purpose=purpose,
        signed_in_as=address_of(request.user),
        kept_name=_KEPT,
        kept=_without(request.POST, {"csrfmiddlewaretoken", *secret}),
        # Where that waits in another tab, this form can be sent afterwards.
        confirm_url=reauthentication.confirm_url(back),
        back_url=back,
    )
    return TemplateResponse(request, "org_members/settings/ask_again.html", context)


def asks(name: str, title: StrOrPromise, *, tab: str, permission: str) -> Callable[[Page], Page]:
    """Return a decorator for the pages of a tab: the question stands in front of each POST.

    Who lacks the permission is left to the page to refuse.
    """

    def decorate(page: Page) -> Page:
        @wraps(page)
        def asking(request: HttpRequest, org: OrgSettings, **ids: Any) -> HttpResponse:
            question = None
            if org.judge.may(permission):
                back = org.url(f"organization_{tab}")
                frame = partial(org.context, request, tab=tab, crumbs=[(title, back)])
                question = ask_again(request, name, title, frame=frame, back=back)
            return question if question is not None else page(request, org, **ids)

        return asking

    return decorate


def ask_for_action(request: HttpRequest, action: MemberAction, *, frame: Frame, back: str) -> HttpResponse | None:
    """The same for an action on members. What its form takes as a password is not kept: it is typed again."""
    fields = action.form_class.base_fields.items()
    secret = {name for name, field in fields if isinstance(field.widget, forms.PasswordInput)}
    return ask_again(
        request, action.name, action.label, frame=frame, back=back, always=action.asks_again, secret=secret
    )


def _without(sent: QueryDict, names: Collection[str]) -> str:
    kept = QueryDict(mutable=True, encoding=sent.encoding)
    for name, values in sent.lists():
        if name not in names:
            kept.setlist(name, values)
    return kept.urlencode()
