"""The two organizations, each with its people, roles, histories and invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django_org_members import actions
from django_org_members.accounts import clients
from django_org_members.models import Membership, Organization, Role

from . import activity, cast, clock, invitations, mfa, planning, requirements, roles, ticketing
from .people import Person, Trait, get_or_create_user, join


@dataclass(frozen=True)
class Script:
    """What one organization consists of. The first person is its Owner."""

    name: str
    slug: str
    people: tuple[Person, ...]
    roles: tuple[roles.CustomRole, ...]
    invitations: tuple[invitations.Invited, ...]
    plan: planning.Plan | None = None
    tickets: tuple[ticketing.Opened, ...] = ()
    requires_mfa: bool = False


ACME = Script("Acme", "acme", cast.ACME, roles.ACME, invitations.ACME, planning.ACME, ticketing.ACME)
GLOBEX = Script(
    "Globex",
    "globex",
    cast.GLOBEX,
    roles.GLOBEX,
    invitations.GLOBEX,
    planning.GLOBEX,
    ticketing.GLOBEX,
    requires_mfa=True,
)

_FOUNDED = timedelta(days=800)


def seed(script: Script, *, now: datetime) -> Organization:
    """Make what is missing of the organization, and return it. What is there stays as it is."""
    organization = _organization(script, now)
    by_name = roles.get_or_create(organization, script.roles)
    for someone in script.people:
        _seat(someone, organization, by_name[someone.role], now=now)
    invitations.add(organization, script.invitations, roles=by_name, actor=organization.owner, now=now)
    ticketing.add(organization, script.tickets, now=now)
    if script.plan is not None:
        planning.add(organization, script.plan, now=now)
    if script.requires_mfa:
        requirements.add(organization, now=now)
    organization.refresh_from_db()
    return organization


def _organization(script: Script, now: datetime) -> Organization:
    found = Organization.objects.filter(slug=script.slug).first()
    if found is not None:
        return found
    founded = now - _FOUNDED
    owner = get_or_create_user(script.people[0], since=founded)
    activity.add(owner, script.people[0], until=now)
    made = Organization.objects.create(name=script.name, slug=script.slug, owner=owner, created_at=founded)
    Membership.objects.filter(organization=made).update(joined_at=founded)
    return made


def _seat(someone: Person, organization: Organization, role: Role, *, now: datetime) -> None:
    """Make the person a member, with all that a new one brings along."""
    member, is_new = join(someone, organization, role, since=_joined(someone, now))
    if not is_new:
        return
    if Trait.MFA in someone.traits:
        mfa.add(member.user)
    end = _disabled(someone, now) if Trait.DISABLED in someone.traits else now
    if member.user.last_login is None:
        activity.add(member.user, someone, until=end)
    if Trait.DISABLED in someone.traits:
        _disable(member, at=end)


def _joined(someone: Person, now: datetime) -> datetime:
    if Trait.NEVER_SIGNED_IN in someone.traits:
        return now - timedelta(days=1)
    return now - timedelta(days=Random(f"joined {someone.email}").randint(60, 780), hours=3)


def _disabled(someone: Person, now: datetime) -> datetime:
    return now - timedelta(days=Random(f"disabled {someone.email}").randint(3, 30), hours=2)


def _disable(member: Membership, *, at: datetime) -> None:
    """Disable as the Owner would, and let the person try in vain."""
    with clock.set_to(at), clients.serving(activity.OFFICE):
        actions.perform("disable", actor=member.organization.owner, members=[member])
    activity.add_failures_after_disable(member.user, since=at)
