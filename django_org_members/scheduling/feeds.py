"""Secret addresses at which calendar programs read who is on call."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from ..commits import in_one_transaction
from ..form_errors import field_error
from ..models import AuditEvent, CalendarFeed, Membership, Organization, Rotation
from ..models.invitations import hashed
from ..policy import Judge, Permission, Verdict
from ..policy.verdicts import ALLOWED, refused
from .changes import record

MOST_FEEDS = 10
"""How many addresses a person may have in an organization."""
_USED_AGAIN = timedelta(hours=1)

_NO_MEMBER = refused("no_member", _("Only an active member has an address of their own."))
_OTHERS = refused("others_feed", _("This address belongs to somebody else."))


@in_one_transaction
@sensitive_variables("token")
def create_feed(
    *, actor: Any, organization: Organization, rotation: Rotation | None = None
) -> tuple[CalendarFeed, str]:
    """Make an address for the actor: of a rotation, or, without one, of the actor's own shifts. Returns its token, too.

    The token is told this once; only its hash is stored. Raises `Refused` without the permission `view_members`, or, for
    one's own shifts, without an active membership; `ValidationError` at `rotation` for another organization's or one that
    was deleted meanwhile, and for the eleventh address. Writes an audit event and sends `availability_changed`.
    """
    judge = Judge(actor, Organization.objects.locked(organization.pk))
    _may_have(judge, rotation).require()
    if rotation is not None and not Rotation.objects.filter(pk=rotation.pk, organization=judge.organization).exists():
        raise field_error("rotation", _("There is no such rotation."), "unknown_rotation")
    if CalendarFeed.objects.filter(organization=judge.organization, user=actor).count() >= MOST_FEEDS:
        text = _("You have %(most)d addresses already. Revoke one that is not used any more.")
        raise field_error("rotation", text, "too_many", most=MOST_FEEDS)
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        organization=judge.organization,
        user=actor,
        rotation=rotation,
        membership=judge.membership if rotation is None else None,
        token_hash=hashed(token),
    )
    _record(judge, AuditEvent.Verb.FEED_CREATED, feed)
    return feed, token


@in_one_transaction
def revoke_feed(*, actor: Any, feed: CalendarFeed) -> bool:
    """End an address: one's own, or, with the permission `manage_availability`, anybody's. Returns whether it was there.

    Raises `Refused`. Writes an audit event and sends `availability_changed`.
    """
    judge = Judge(actor, Organization.objects.locked(feed.organization_id))
    may_revoke(judge, feed).require()
    found = CalendarFeed.objects.filter(pk=feed.pk, organization=judge.organization).first()
    if found is None:
        return False
    found.delete()
    _record(judge, AuditEvent.Verb.FEED_REVOKED, found)
    return True


def may_revoke(judge: Judge, feed: CalendarFeed) -> Verdict:
    """Whether the actor may end an address. One's own: always, whatever one may do otherwise."""
    if feed.user_id == judge.actor.pk:
        return ALLOWED
    return ALLOWED if judge.may(Permission.MANAGE_AVAILABILITY) else _OTHERS


@sensitive_variables("token")
def look_up(token: str) -> CalendarFeed | None:
    """Return the feed of a token, if its owner may read it now; judged again each time.

    Found by the hash, so that no comparison tells how much of a guess is right.
    """
    feeds = CalendarFeed.objects.select_related("organization", "user", "rotation", "membership")
    feed = feeds.filter(token_hash=hashed(token)).first()
    if feed is None or not feed.user.is_active:
        return None
    if feed.membership is not None:
        member = feed.membership
        is_alive = member.is_active and member.user_id == feed.user_id
        member.organization = feed.organization
        return feed if is_alive else None
    return feed if Judge(feed.user, feed.organization).may(Permission.VIEW_MEMBERS) else None


def note_use(feed: CalendarFeed) -> None:
    """Note that an address is used: one statement, at most once an hour."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _USED_AGAIN)
    if feed.last_used_at is None or feed.last_used_at < now - _USED_AGAIN:
        CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_used_at=now)


def _may_have(judge: Judge, rotation: Rotation | None) -> Verdict:
    if rotation is not None:
        return judge.may(Permission.VIEW_MEMBERS)
    return ALLOWED if judge.membership is not None and judge.actor.is_active else _NO_MEMBER


def _record(judge: Judge, verb: AuditEvent.Verb, feed: CalendarFeed) -> None:
    """Record it by whose address it is; the address itself is in no event."""
    owner = Membership.objects.filter(organization=judge.organization, user=feed.user_id).first()
    details = {"rotation": feed.rotation.name} if feed.rotation is not None else {"member": str(owner or "")}
    if feed.user_id != judge.actor.pk:
        details["owner_of_address"] = str(owner or feed.user)
    record(judge, verb, feed.rotation.name if feed.rotation is not None else str(owner or ""), details)
