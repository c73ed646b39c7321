"""Bulk actions of the list: every member action that says `in_bulk`, each with a confirmation page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from ...actions import MemberAction, all_actions, perform_in_batches
from ...form_errors import add_errors
from ...policy import Judge
from ..asking import ask_for_action
from .confirmation import CONFIRMED, confirmation
from .summary import Summary

if TYPE_CHECKING:
    from .model_admin import MembersAdmin

BulkAction = Callable[["MembersAdmin", HttpRequest, Any], HttpResponse]


def offered() -> Iterable[MemberAction]:
    """Return the actions that the list can run on many members."""
    return (action for action in all_actions() if action.in_bulk)


def bulk_actions(judge: Judge) -> list[BulkAction]:
    """Return them as functions for `ModelAdmin.actions`."""
    return [_bulk_action(action, judge) for action in offered()]


def _bulk_action(action: MemberAction, judge: Judge) -> BulkAction:
    def run(model_admin: MembersAdmin, request: HttpRequest, queryset: Any) -> HttpResponse:
        return respond(action, model_admin, request, queryset)

    verdict = judge.may(action.permission)
    words = str(action.label) if verdict else f"{action.label} – {verdict.reason}"
    run.__name__ = action.name
    run.short_description = words.replace("%", "%%")  # type: ignore[attr-defined]
    return run


def respond(action: MemberAction, model_admin: MembersAdmin, request: HttpRequest, members: Any) -> HttpResponse:
    """Ask for confirmation, and do it once that is given; the actor is judged again for each member."""
    judge = model_admin.org.judge
    judge.may(action.permission).require()
    here = request.get_full_path()
    frame = partial(model_admin.org.context, request, tab="members", crumbs=[(_("Members"), here)])
    asking = ask_for_action(request, action, frame=frame, back=here)
    if asking is not None:
        return asking
    form = action.form_class(request.POST if CONFIRMED in request.POST else None, judge=judge)
    if form.is_valid():
        summary = Summary(action, form.cleaned_data)
        try:
            for outcome in perform_in_batches(action.name, actor=judge.actor, members=members, **form.cleaned_data):
                summary.add(outcome)
        except ValidationError as error:
            add_errors(form, error)
            if summary.done:  # in the batches before
                summary.tell(request)
        else:
            summary.tell(request)
            return HttpResponseRedirect(here)
    return confirmation(action, form, model_admin, request, members)


class BulkActionSelect(forms.Select):
    """Shows the actions in `refused` as disabled; their labels give the reason."""

    refused: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Disable the refused ones."""
        option = super().create_option(name, value, *args, **kwargs)
        if value in self.refused:
            option["attrs"]["disabled"] = True
        return option


class BulkActionForm(ActionForm):
    """The admin's form above the list. A refused action is shown with its reason, and cannot be chosen."""

    refused: frozenset[str] = frozenset()
    action = forms.ChoiceField(label=_("Action:"), widget=BulkActionSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["action"].widget
        assert isinstance(widget, BulkActionSelect)
        widget.refused = self.refused

    @classmethod
    def of(cls, judge: Judge, projects: type[ActionForm] = ActionForm) -> type[BulkActionForm]:
        """Return the form for one actor, with the fields of the project's own."""
        refused = frozenset(action.name for action in offered() if not judge.may(action.permission))
        return type(cls.__name__, (cls, projects), {"refused": refused})
