"""`perform`: the only writer of what is done to members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils import timezone

from .. import audit
from ..commits import in_one_transaction
from ..conf import settings
from ..models import Account, AuditEvent, Membership, Organization
from ..models.memberships import MembershipQuerySet
from ..policy import Judge, Verdict
from .base import MemberAction
from .registry import get
from .run import Outcome, Run


def verdict(name: str, *, actor: Any, member: Membership, **params: Any) -> Verdict:
    """Return whether `actor` may do the action called `name` to `member`, read afresh from the database.

    Raises `UnknownAction`, `Membership.DoesNotExist` for a member that is gone, and what `perform` raises for parameters
    that do not fit; without any, the answer is that for the action as such.
    """
    if params:
        get(name).check_params(params)
    judge = Judge(actor, member.organization)
    (row,) = judge.load([judge.prepare(Membership.objects.all()).get(pk=member.pk)])
    return judged(get(name), judge, [row], params)[row.pk]


def judged(
    action: MemberAction, judge: Judge, members: list[Membership], params: Mapping[str, Any]
) -> dict[int, Verdict]:
    """Return the verdicts on loaded members by their pk, the action's parameters and refusals of its own included."""
    verdicts = {member.pk: _judged(action, judge, member, params) for member in members}
    allowed = [member for member in members if verdicts[member.pk]]
    if not allowed:
        return verdicts
    return verdicts | (action.conflicts(judge, allowed, params) if params else {}) | action.refusals(judge, allowed)


def _judged(action: MemberAction, judge: Judge, member: Membership, params: Mapping[str, Any]) -> Verdict:
    answer = judge.verdict(action, member)
    refusal = action.check(judge, member, params) if answer and params else None
    return answer if refusal is None else refusal


def perform(name: str, *, actor: Any, members: Iterable[Membership], **params: Any) -> Outcome:
    """Do the action called `name` to `members` (of one organization) as far as the policy allows; returns the `Outcome`.

    One transaction: locks the organization, the memberships and, where it touches them, the accounts, each in primary
    key order; asks for every verdict again; applies; writes one audit event a member; sends one signal. Mail leaves
    after the commit. Members that are refused, or already in the wanted state, do not stop the others; members that
    are gone by now are in no list. For more than a thousand use `perform_in_batches`.

    Raises `UnknownAction`, `TypeError` for a parameter of an action that takes none, `ValueError` for members of several
    organizations, and `ValidationError` by field where a parameter is missing or does not fit (the change is undone).
    """
    action = get(name)
    action.check_params(params)
    ids, organizations = _targets(members)
    if not ids:
        return Outcome()
    if len(organizations) > 1:
        raise ValueError("perform() acts on the members of one organization at a time.")
    return _perform(action, actor, organizations.pop(), ids, params)


@in_one_transaction
def _perform(action: MemberAction, actor: Any, organization_id: int, ids: list[int], params: dict[str, Any]) -> Outcome:
    judge = Judge(actor, Organization.objects.locked(organization_id))
    rows, accounts = _locked(action, judge, ids)
    outcome = _sort(action, judge, rows, params)
    if outcome.done:
        locked, now = _of(outcome.done, accounts), timezone.now()
        _apply(action, Run(judge, outcome.done, locked, params, now, outcome.secrets, verb=action.verb))
    return outcome


def perform_in_batches(name: str, *, actor: Any, members: MembershipQuerySet, **params: Any) -> Iterator[Outcome]:
    """Do the action to any number of members of one organization, yielding the `Outcome` of each batch.

    Each batch (setting BATCH_SIZE) is a transaction of its own and needs a constant number of queries; memory does not
    grow with the number of members. If it stops half-way, running it again does the rest.
    """
    last = 0
    while True:
        ahead = members.order_by("pk").filter(pk__gt=last).only("pk", "organization_id")
        batch = list(ahead[: settings.BATCH_SIZE])
        if not batch:
            return
        last = batch[-1].pk
        yield perform(name, actor=actor, members=batch, **params)


def _targets(members: Iterable[Membership]) -> tuple[list[int], set[int]]:
    rows = list(members)
    return [member.pk for member in rows], {member.organization_id for member in rows}


def _locked(action: MemberAction, judge: Judge, ids: list[int]) -> tuple[list[Membership], dict[Any, Account]]:
    """Take the locks, then read what the policy needs: what is judged is what will be changed."""
    rows = Membership.objects.filter(pk__in=ids, organization=judge.organization)
    locked = list(rows.order_by("pk").select_for_update().values_list("pk", "user_id"))
    accounts: dict[Any, Account] = {}
    if action.touches_accounts:
        accounts = Account.objects.locked(user_id for _, user_id in locked)
    members = judge.load(judge.prepare(rows).order_by("pk"))
    for member in members:
        if member.user_id in accounts:
            member.user.org_members_account = accounts[member.user_id]
    return members, accounts


def _of(members: list[Membership], accounts: dict[Any, Account]) -> dict[Any, Account]:
    """Return the accounts of these members: those of the refused were locked too, and are not to be touched."""
    return {member.user_id: accounts[member.user_id] for member in members if member.user_id in accounts}


def _sort(action: MemberAction, judge: Judge, members: list[Membership], params: Mapping[str, Any]) -> Outcome:
    outcome = Outcome()
    verdicts = judged(action, judge, members, params)
    allowed = [member for member in members if verdicts[member.pk]]
    outcome.refused = [(member, verdicts[member.pk]) for member in members if not verdicts[member.pk]]
    outcome.done = action.changing(allowed, params)
    done = {member.pk for member in outcome.done}
    outcome.unchanged = [member for member in allowed if member.pk not in done]
    return outcome


def _apply(action: MemberAction, run: Run) -> None:
    action.apply(run)
    audit.write(_events(action, run))
    if action.signal is not None:
        run.send(action.signal, **action.signal_arguments(run))


def _events(action: MemberAction, run: Run) -> list[AuditEvent]:
    return [
        audit.about(member, action.verb, actor=run.actor, details=action.details(run, member), at=run.now)
        for member in run.members
    ]
