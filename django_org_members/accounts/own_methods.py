"""What people do to their own second factors: each change is recorded, and its signal leads to an e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction

from ..models import Account, LoginEvent
from ..signals import mfa_changed
from . import activity, mfa, required_mfa, second_factor, sessions
from .mfa import Method, Proof, enrolment

if TYPE_CHECKING:
    from django.http import HttpRequest

_ACTIONS = {
    "enrolled": LoginEvent.Action.MFA_ENROLLED,
    "added": LoginEvent.Action.MFA_METHOD_ADDED,
    "removed": LoginEvent.Action.MFA_METHOD_REMOVED,
    "codes": LoginEvent.Action.BACKUP_CODES_MADE,
}


def of(user: Any) -> list[Method]:
    """Return the user's confirmed methods, those that only stand in for another one last."""
    confirmed = [method for method in mfa.methods([user]).get(user.pk, ()) if method.is_confirmed]
    return sorted(confirmed, key=lambda method: method.is_backup)


def leaves_none(user: Any, key: str) -> bool:
    """Whether without this method none is left but backup codes, which then go with it."""
    return not any(method for method in of(user) if not (key and method.key == key) and not method.is_backup)


def added(request: HttpRequest, proof: Proof, *, had_none: bool) -> None:
    """Settle what follows from a new method that was shown just now. With the first one, the other sessions end.

    They gave no token. A demand to set MFA up is met.
    """
    user = request.user
    with transaction.atomic():
        Account.objects.filter(pk=user.pk).update(mfa_enrolment_required=False)
        if had_none:
            sessions.end_others(request.session, user)
        changed(request, "enrolled" if had_none else "added")
    second_factor.prove(request, proof)


def added_elsewhere(request: HttpRequest) -> None:
    """Settle what follows from a first method that the user showed on a library's own page: the other sessions end.

    A further one shows nothing: whoever owes a token could make a method of their own.
    """
    if sum(not method.is_backup for method in of(request.user)) == 1:
        sessions.end_others(request.session, request.user)
        second_factor.mark_passed(request.session, request.user)


@transaction.atomic
def remove(request: HttpRequest, key: str, *, keep_one: bool = False) -> Method | None:
    """Delete one of the user's own methods and return what it was; None where there is no such one (any more).

    None too for the last one where one has to stay (`keep_one`): another may have gone since the page was shown.
    Backup codes go with the last method that they stand in for, and so does an enrolment that was begun.
    """
    Account.objects.locked([request.user.pk])
    found = mfa.find(request.user, key)
    if found is None:
        return None
    adapter, method = found
    is_last = method.is_confirmed and leaves_none(request.user, key)
    if is_last and keep_one:
        return None
    if is_last:
        mfa.reset([request.user])
    else:
        adapter.remove(request.user, key)
    required_mfa.forget(request.session)
    changed(request, "removed")
    return method


@transaction.atomic
def new_backup_codes(request: HttpRequest) -> list[str]:
    """Return new backup codes, to be shown once; the old ones are dead."""
    Account.objects.locked([request.user.pk])
    codes = enrolment.new_codes(request.user.pk)
    changed(request, "codes")
    return codes


def changed(request: HttpRequest, change: str) -> None:
    """Record what the user did, and send `mfa_changed`."""
    activity.record(request.user, _ACTIONS[change], request=request)
    mfa_changed.send(sender=get_user_model(), user=request.user, change=change)
