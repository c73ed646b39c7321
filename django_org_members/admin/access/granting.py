"""Granting permissions, and taking them back: superusers only."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ... import access
from ...access.holders import Holder, holder
from ...accounts.adapter import known_as
from ...form_errors import add_errors
from ...policy.authority import is_platform_staff
from ...policy.registry import in_words
from ..asking import GRANT_ACCESS, ask_again
from .forms import GrantForm, RevokeForm
from .scope import Scope


def grant_page(request: HttpRequest, scope: Scope) -> HttpResponse:
    """Ask on GET: whom, and what; grant on POST."""
    scope.require_superuser(request)
    question = _question(request, scope, _("Grant permissions"))
    if question is not None:
        return question
    form = GrantForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        to, names = form.to, form.cleaned_data["permissions"]
        try:
            new = access.grant(actor=request.user, to=to, permissions=names, organization=scope.organization)
        except ValidationError as error:
            add_errors(form, error)
        else:
            _tell(request, to, new)
            return HttpResponseRedirect(scope.url("access"))
    context = scope.context(request, _("Grant permissions"), scope.way_back(), form=form, back_url=scope.url("access"))
    return TemplateResponse(request, "org_members/access/grant.html", context)


def revoke_user_page(request: HttpRequest, scope: Scope, user_id: str) -> HttpResponse:
    """Take back what was granted to a user."""
    scope.require_superuser(request)
    try:
        key = get_user_model()._meta.pk.to_python(user_id)
    except ValidationError:
        key = None
    return _revoke_page(request, scope, holder(scope.organization, key, is_group=False) if key is not None else None)


def revoke_group_page(request: HttpRequest, scope: Scope, group_id: int) -> HttpResponse:
    """Take back what was granted to a group."""
    scope.require_superuser(request)
    return _revoke_page(request, scope, holder(scope.organization, group_id, is_group=True))


def _revoke_page(request: HttpRequest, scope: Scope, held: Holder | None) -> HttpResponse:
    """Ask on GET, with everything ticked; take back on POST what is ticked."""
    if held is None:
        raise Http404(_("Nothing is granted here."))
    question = _question(request, scope, _("Take back"))
    if question is not None:
        return question
    form = RevokeForm(request.POST if request.method == "POST" else None, held=held.permissions)
    if form.is_valid():
        names = form.cleaned_data["permissions"]
        try:
            gone = access.revoke(actor=request.user, to=held.to, permissions=names, organization=scope.organization)
        except ValidationError as error:
            add_errors(form, error)
        else:
            words = {"who": _name(held.to), "rights": _list(gone)}
            messages.success(request, _("Taken back from %(who)s: %(rights)s.") % words)
            return HttpResponseRedirect(scope.url("access"))
    context = scope.context(
        request,
        _("Take back"),
        scope.way_back(),
        form=form,
        who=_name(held.to),
        held=held,
        back_url=scope.url("access"),
    )
    return TemplateResponse(request, "org_members/access/revoke.html", context)


def _question(request: HttpRequest, scope: Scope, purpose: str) -> HttpResponse | None:
    """Ask again who it is, where the setting ASK_AGAIN_FOR wants that."""
    frame = partial(scope.context, request, crumbs=scope.way_back())
    return ask_again(request, GRANT_ACCESS, purpose, frame=frame, back=scope.url("access"))


def _tell(request: HttpRequest, to: Any, new: frozenset[str]) -> None:
    words = {"who": _name(to), "rights": _list(new)}
    if new:
        messages.success(request, _("Granted to %(who)s: %(rights)s.") % words)
    else:
        messages.info(request, _("%(who)s had all of this already.") % words)
    if not isinstance(to, Group) and not is_platform_staff(to):
        text = _("%(who)s is not staff, and only staff can open this admin site: mark the user as staff, too.")
        messages.warning(request, text % words)


def _name(to: Any) -> str:
    return to.name if isinstance(to, Group) else known_as(to)


def _list(names: frozenset[str]) -> str:
    return get_text_list([str(words) for words in in_words(names)], _("and"))
