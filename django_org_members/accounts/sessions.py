"""Sessions: an epoch a user that ends all of them, on every session engine, and a row for each that ends it alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .. import session_ids
from ..models import Account, LiveSession
from ..models.sign_in_states import SignInState, state_of, with_state
from ..signals import sign_in_ended
from .clients import Client

logger = logging.getLogger("django_org_members")
T = TypeVar("T")

EPOCH_KEY = "_org_members_epoch"
ID_KEY = "_org_members_session"
SHOWN = 25
"""How many sessions a page lists, before the number of the others."""
SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is known when a session was last seen: more would be a write at every request."""
_STORED = "_org_members_stored"
"""On the session object, not in its data: the row that was stored during this request."""


def begin(session: SessionBase, user: Any, client: Client, *, instead_of: UUID | None = None) -> None:
    """Mark a session that begins with the epoch that the user had when the password was checked, and store its row.

    That is the account read with the user, if it was: a session that was ended meanwhile then never lives.
    `instead_of` is the one that the request came in by: another person's ends, as Django throws its data away.
    """
    _stamp(session, account_of(user))
    if instead_of is not None and instead_of != id_of(session):
        _write(LiveSession.objects.filter(pk=instead_of).delete)
    if not _is_kept(session, user):
        _store(session, user, client, uuid4())


def was_stored(session: SessionBase) -> bool:
    """Whether this request stored the session's row: `settle` then has something to look at."""
    return _STORED in session.__dict__


def settle(session: SessionBase) -> None:
    """At the end of the request in which it began: whatever the project made of its expiry since then counts.

    An UPDATE only where that changed, such as by a "remember me".
    """
    row: LiveSession | None = session.__dict__.get(_STORED)
    if row is not None and abs(_expiry(session) - row.expires_at) > SEEN_EVERY:
        _write(partial(_row(session).update, expires_at=_expiry(session)))


def account_of(user: Any) -> Account | None:
    """Return the account that was read with the user, if it was; else the present one."""
    field = user._meta.get_field("org_members_account")
    if field.is_cached(user):
        found: Account | None = field.get_cached_value(user)
        return found
    return Account.objects.filter(pk=user.pk).first()


def _row(session: SessionBase) -> QuerySet[LiveSession]:
    """Return the row of a session, or none."""
    session_id = id_of(session)
    return LiveSession.objects.filter(pk=session_id) if session_id else LiveSession.objects.none()


def id_of(session: SessionBase) -> UUID | None:
    """Return the pk of the session's row; None for one from before the installation, or with something odd in its place."""
    try:
        return UUID(session.get(ID_KEY, ""))
    except (ValueError, TypeError, AttributeError):
        return None


def state(user: Any, session_id: UUID | None) -> SignInState:
    """Return what decides whether the session may go on: read with the user, else by one query."""
    known = state_of(user)
    if known is None:
        with session_ids.coming_in_by(session_id):
            found = with_state(get_user_model()._base_manager).filter(pk=user.pk).first()
        known = state_of(found) if found is not None else None
    return known or SignInState(None, None, None)


def is_live(session: SessionBase, known: SignInState) -> bool:
    """Whether the session was stamped with the account's present epoch, and its row is there.

    Without a stamp it counts as the first. An expired temporary password keeps none alive: another authentication
    backend may have taken it.
    """
    account = known.account
    if account is not None and account.temporary_password_expired(timezone.now()):
        return False
    if id_of(session) is not None and known.session_seen_at is None:
        return False
    return bool(session.get(EPOCH_KEY, 0) == (account.session_epoch if account else 0))


def see(session: SessionBase, user: Any, known: SignInState, client: Client) -> None:
    """Note that a live session was seen: seldom, and by one UPDATE. One without a row gets one."""
    now, seen_at = timezone.now(), known.session_seen_at
    if seen_at is None:
        _store(session, user, client, _id_for(session))
    elif now - seen_at >= SEEN_EVERY:
        # Of requests at once only the first one writes.
        row, expires_at = _row(session).filter(last_seen_at=seen_at), _expiry(session)
        _write(
            partial(
                row.update,
                last_seen_at=now,
                expires_at=expires_at,
                ip_address=client.ip_address,
                user_agent=client.user_agent,
            )
        )


def live(user: Any) -> QuerySet[LiveSession]:
    """Return the sessions of a user that go on, the one seen last first: one query."""
    account = "user__org_members_account"
    is_of_now = Q(epoch=F(f"{account}__session_epoch")) | Q(**{f"{account}__isnull": True}, epoch=0)
    return LiveSession.objects.filter(is_of_now, user=user.pk, expires_at__gt=timezone.now())


@dataclass(frozen=True)
class Listed:
    """The sessions that a page shows, the one seen last first, and how many more there are."""

    shown: list[LiveSession]
    more: int = 0


def listed(user: Any) -> Listed:
    """Return the live sessions of a user: one query, two where there are more than are shown."""
    rows = list(live(user)[: SHOWN + 1])
    return Listed(rows[:SHOWN], live(user).count() - SHOWN if len(rows) > SHOWN else 0)


def end(accounts: Iterable[Account], *, but: SessionBase | None = None) -> None:
    """End every session of these (locked) accounts, but one: an UPDATE and a DELETE, and an UPDATE for the one."""
    rows = list(accounts)
    Account.objects.filter(pk__in=[account.pk for account in rows]).update(session_epoch=F("session_epoch") + 1)
    ended = LiveSession.objects.filter(user__in=[account.pk for account in rows])
    kept = id_of(but) if but is not None else None
    (ended.exclude(pk=kept) if kept is not None else ended).delete()
    for account in rows:
        account.session_epoch += 1
    if but is not None:
        _stamp(but, rows[0])
        _row(but).update(epoch=rows[0].session_epoch)


def end_others(session: SessionBase, user: Any, *, reason: str = "") -> None:
    """End every session of the user but this one. With a reason it counts as the end of the sign-in: see `tell`."""
    with transaction.atomic():
        end([Account.objects.locked([user.pk])[user.pk]], but=session)
        if reason:
            tell([user], reason)


def tell(users: Iterable[Any], reason: str) -> None:
    """Send that all sessions of these users were ended, inside the transaction: what else signs them in ends as well."""
    sign_in_ended.send(sender=get_user_model(), users=list(users), reason=str(reason))


def end_one(user: Any, session_id: UUID) -> LiveSession | None:
    """End one session of a user; returns what its row was, None where there was none (another user's is none)."""
    with transaction.atomic():
        row = LiveSession.objects.select_for_update().filter(pk=session_id, user=user.pk).first()
        if row is not None:
            LiveSession.objects.filter(pk=row.pk).delete()
    return row


def forget(session: SessionBase) -> None:
    """The person signed out: the row goes, and with it whatever a copy of the cookie could still open."""
    _write(_row(session).delete)


def forget_id(session_id: UUID | None) -> None:
    """Django itself threw the session away, because the password changed: its row goes as well."""
    if session_id is not None:
        _write(LiveSession.objects.filter(pk=session_id).delete)


def forget_others(user: Any, session: SessionBase | None) -> None:
    """The password changed: the sessions that Django ends for that reason are no longer listed. One DELETE.

    The one that is being served is kept, if it is the user's own.
    """
    kept = id_of(session) if session is not None else None
    _write(LiveSession.objects.filter(user=user.pk).exclude(pk__in=[kept] if kept else []).delete)


def over() -> QuerySet[LiveSession]:
    """Return the rows of sessions that have expired."""
    return LiveSession.objects.filter(expires_at__lt=timezone.now())


def prune(*, batch: int = 1000) -> int:
    """Delete the rows of sessions that are over, in batches, each a transaction of its own; returns how many.

    A session whose row is gone has ended: these have anyway, or would have to sign in again.
    """
    rows, deleted = over().order_by("expires_at"), 0
    while ids := list(rows.values_list("pk", flat=True)[:batch]):
        deleted += over().filter(pk__in=ids).delete()[0]  # not one that was seen meanwhile
    return deleted


def _stamp(session: SessionBase, account: Account | None) -> None:
    session[EPOCH_KEY] = account.session_epoch if account else 0


def _expiry(session: SessionBase) -> datetime:
    """Return when the row may go: never before the session, which may be saved anew until it is next seen."""
    expires_at: datetime = session.get_expiry_date()
    return expires_at + SEEN_EVERY


def _id_for(session: SessionBase) -> UUID:
    """Return the pk for a session without a row: the same for requests at once, so that they store one.

    Nobody finds the session's key by it.
    """
    key = session.session_key
    if not key:
        return uuid4()
    digest = salted_hmac("django_org_members.session", key, algorithm="sha256").digest()
    return UUID(bytes=digest[:16], version=4)  # MariaDB stores no UUID without a version


def _is_kept(session: SessionBase, user: Any) -> bool:
    """Whether the session has a row already, of the same user: somebody who signs in again without signing out."""
    row = _row(session).filter(user=user.pk)
    return bool(_write(partial(row.update, epoch=session[EPOCH_KEY], last_seen_at=timezone.now())))


def _store(session: SessionBase, user: Any, client: Client, pk: UUID) -> None:
    """Store the row. What fails is logged and breaks no sign-in: the session goes on without, and gets one later."""
    row = LiveSession(
        pk=pk,
        user=user,
        epoch=session.get(EPOCH_KEY, 0),
        ip_address=client.ip_address,
        user_agent=client.user_agent,
        expires_at=_expiry(session),
    )
    if _write(partial(_insert, row)):
        session[ID_KEY] = str(row.pk)
        session.__dict__[_STORED] = row


def _insert(row: LiveSession) -> bool:
    """Insert it, unless another request with the same session just did."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return LiveSession.objects.filter(pk=row.pk, user=row.user_id).exists()
    return True


def _write(function: Callable[[], T]) -> T | None:
    """Write what nobody's request may fail for; returns None, and logs, where that fails."""
    try:
        with transaction.atomic():
            return function()
    except Exception:
        logger.exception("A session could not be noted.")
        return None
