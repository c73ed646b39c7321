"""All that decides whether a session may go on, in the one query that loads its user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import (
    DateTimeField,
    Expression,
    ExpressionWrapper,
    F,
    Manager,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
)
from django.db.models.functions import Coalesce, Greatest
from django.db.models.manager import BaseManager

from .. import session_ids
from .accounts import Account
from .live_sessions import LiveSession
from .memberships import Membership

_SEEN, _DUE = "_org_members_session_seen_at", "_org_members_mfa_due_at"


@dataclass(frozen=True)
class SignInState:
    """What is known of a user's sign-in, and of the session that asked."""

    account: Account | None
    """None: a user without a row has the defaults."""
    session_seen_at: datetime | None
    """When the session that the query asked for was last seen; None where it has no row, or another user's."""
    mfa_due_at: datetime | None
    """From when on an organization of the user requires MFA, the earliest; None where none does."""

    def mfa_is_required(self, now: datetime) -> bool:
        """Whether an organization requires MFA by now: the time to set it up is over."""
        return self.mfa_due_at is not None and self.mfa_due_at <= now

    def mfa_is_demanded(self, now: datetime) -> bool:
        """Whether MFA has to be there before anything else: after a reset, or because an organization requires it by now."""
        after_reset = self.account is not None and self.account.mfa_enrolment_required
        return after_reset or self.mfa_is_required(now)


class _ComingInBy(Expression):
    """The session that the request names, looked up when the query runs: so the query can be prepared once."""

    output_field = UUIDField()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """Return a parameter."""
        return "%s", (self.output_field.get_db_prep_value(session_ids.current(), connection),)


def with_state(manager: Manager[Any]) -> QuerySet[Any]:
    """Return the users with what `state_of` returns of them and of the session that is named by `session_ids`.

    Joined by subqueries by primary key, and by the index on a member's user. Prepared once, which takes Django longer
    than any request's part of it; not for a manager that may do something of its own each time.
    """
    if type(manager).get_queryset is not BaseManager.get_queryset:
        return _annotated(manager)
    return _prepared(manager)


def _annotated(manager: Manager[Any]) -> QuerySet[Any]:
    seen = LiveSession.objects.filter(pk=_ComingInBy(), user=OuterRef("pk")).order_by().values("last_seen_at")
    users: QuerySet[Any] = manager.select_related("org_members_account")
    known: QuerySet[Any] = users.annotate(**{_SEEN: Subquery(seen), _DUE: Subquery(_due())})
    return known


_prepared = cache(_annotated)


def state_of(user: Any) -> SignInState | None:
    """Return what was read together with the user; None where nothing was."""
    if not hasattr(user, _DUE):
        return None
    account = user._meta.get_field("org_members_account").get_cached_value(user, default=None)
    return SignInState(account, getattr(user, _SEEN), getattr(user, _DUE))


def _due() -> QuerySet[Any, Any]:
    """Each member has the grace period: from the time when MFA became required, or from joining, and any exemption."""
    since = Greatest("organization__mfa_required_since", "joined_at")
    after_grace = ExpressionWrapper(since + F("organization__mfa_grace"), output_field=DateTimeField())
    required = Membership.objects.active().filter(user=OuterRef("pk"), organization__mfa_required_since__isnull=False)
    due = required.annotate(due=Greatest(after_grace, Coalesce("mfa_exempt_until", "joined_at")))
    return due.order_by("due").values("due")[:1]
