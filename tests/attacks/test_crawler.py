"""Every address of both sites × method × kind of person × own, foreign and missing ids.

The addresses come from the URLconf itself: one that is added has to be described in `PAGES` before this passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from django_org_members import actions, joining
from django_org_members.admin import members_site
from django_org_members.audit.export import FORMATS
from django_org_members.models import (
    Account,
    CalendarFeed,
    Closure,
    ImportedCalendar,
    Organization,
    Override,
    Role,
    Rotation,
    Schedule,
)
from django_org_members.policy import Permission
from tests.otp import TOTPDevice

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

MISSING = 987654
METHODS = ("get", "head", "post", "put", "delete")
LOGIN, GONE, REFUSED, OK, WRONG_METHOD = "to the sign-in", "missing", "refused", "ok", "wrong method"

EVERYTHING = frozenset(permission.value.partition(".")[2] for permission in Permission)
PEOPLE = {
    "anonymous": frozenset(),
    "stranger": frozenset(),
    "member": frozenset(),
    "help desk": frozenset({"view_members", "reset_member_mfa", "view_member_activity"}),
    "admin": EVERYTHING - {"transfer_ownership"},
    "owner": EVERYTHING,
    "granted staff": frozenset({"view_members", "disable_member", "view_roles"}),
    "superuser": EVERYTHING,
}
"""Kind of person to what they may do in Acme."""
INSIDE = {"org": {"help desk", "admin", "owner"}, "admin": {"granted staff", "superuser"}}
"""Whom each site lets in at all."""


@dataclass(frozen=True)
class Page:
    """What one address asks for: one of the permissions to see it, and to POST to it."""

    see: tuple[str, ...]
    act: tuple[str, ...] = ()
    post_only: bool = False

    def answer(self, rights: frozenset[str], method: str) -> str:
        """Return the outcome for somebody whom the site lets in, on an organization that is theirs."""
        needed = self.act if method == "post" and self.act else self.see
        if self.post_only and method != "post":
            return WRONG_METHOD if rights.intersection(self.see) else REFUSED
        return OK if rights.intersection(needed) else REFUSED


ROLES = ("view_roles", "manage_roles")
MEMBERS = ("view_members",)
INVITE = ("invite_member",)
AUDIT = ("view_audit_log",)
SECURITY = ("manage_security",)
PLANNING = ("manage_availability",)
BILLING = ("manage_billing",)
SUPERUSER = ("transfer_ownership",)
"""What a superuser has, and nobody else whom the ordinary site lets in."""
PAGES = {
    "organization_settings": Page(tuple(EVERYTHING)),
    "organization_access": Page(("view_roles",)),
    "organization_access_grant": Page(SUPERUSER),
    "organization_access_user": Page(SUPERUSER),
    "organization_access_group": Page(SUPERUSER),
    "organization_members": Page(MEMBERS),
    "member_invite": Page(INVITE),
    "member_create": Page(("create_member",)),
    "member_profile": Page(MEMBERS),
    "member_security": Page(MEMBERS),
    "member_activity": Page(MEMBERS),
    "invitation_resend": Page(INVITE, post_only=True),
    "invitation_link": Page(INVITE, post_only=True),
    "invitation_revoke": Page(INVITE),
    "organization_roles": Page(ROLES),
    "role_create": Page(("manage_roles",)),
    "roles_starters": Page(tuple(EVERYTHING), act=("manage_roles",), post_only=True),
    "role_edit": Page(ROLES, act=("manage_roles",)),
    "role_duplicate": Page(("manage_roles",)),
    "role_delete": Page(("manage_roles",)),
    "organization_availability": Page(MEMBERS),
    "override_add": Page(PLANNING),
    "override_remove": Page(PLANNING),
    "organization_calendars": Page(MEMBERS),
    "feed_revoke": Page(PLANNING),
    "calendar_add": Page(PLANNING),
    "calendar_edit": Page(PLANNING),
    "calendar_refresh": Page(PLANNING, post_only=True),
    "calendar_remove": Page(PLANNING),
    "organization_schedules": Page(MEMBERS, act=PLANNING),
    "schedule_create": Page(PLANNING),
    "schedule_edit": Page(PLANNING),
    "schedule_delete": Page(PLANNING),
    "organization_closures": Page(MEMBERS, act=PLANNING),
    "closures_holidays": Page(PLANNING),
    "closure_remove": Page(PLANNING, post_only=True),
    "organization_rotations": Page(MEMBERS),
    "rotation_create": Page(PLANNING),
    "rotation_edit": Page(PLANNING),
    "rotation_delete": Page(PLANNING),
    "organization_security": Page(SECURITY),
    "organization_billing": Page(BILLING),
    "billing_sync": Page(BILLING, post_only=True),
    "billing_link": Page(BILLING),
    "billing_unlink": Page(BILLING),
    "organization_audit": Page(AUDIT),
    "audit_export": Page(AUDIT),
}
"""URL name, without the prefix `org_members_`, to what it asks for."""

ACTIONS = {
    action.name: Page(MEMBERS, act=(str(action.permission).partition(".")[2],)) for action in actions.all_actions()
}
"""The page of an action is seen by whoever sees the member, with the reason where it is refused."""

STOCK = {"index", "app_list", "login", "login_token", "logout", "password_change", "password_change_done", "jsi18n"}
"""What there is beside Org Settings in the site for managers: nothing that knows an object."""


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def globex(make_organization):
    return make_organization(name="Globex")


def populate(organization, make_member, make_role, make_user):
    """Return the ids that the addresses of an organization take."""
    member = make_member(organization)
    Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": organization})
    role = make_role(organization, "view_members")
    invited = joining.invite(
        actor=organization.owner, organization=organization, email=f"guest@{organization.slug}.example", role=role
    )
    granted = {"user_id": make_user(), "group_id": Group.objects.create(name=f"Staff for {organization.slug}")}
    for holder in granted.values():
        assign_perm("org_members.view_members", holder, organization)
    override = planned_override(organization)
    calendars = {
        "feed_id": CalendarFeed.objects.create(
            organization=organization,
            user=organization.owner,
            rotation=override.rotation,
            token_hash=str(organization.pk),
        ),
        "calendar_id": ImportedCalendar.objects.create(organization=organization, name="PagerDuty"),
    }
    planned = {
        "schedule_id": Schedule.objects.create(organization=organization, name="Office", time_zone="UTC"),
        "rotation_id": Rotation.objects.create(organization=organization, name="Support", time_zone="UTC"),
        "closure_id": Closure.objects.create(
            organization=organization, name="Holiday", starts_on=date(2026, 12, 25), ends_on=date(2026, 12, 25)
        ),
    }
    ids = {
        "member_id": member,
        "role_id": role,
        "invitation_id": invited,
        "override_id": override,
        **granted,
        **calendars,
        **planned,
    }
    return {name: each.pk for name, each in ids.items()}


def planned_override(organization):
    rotation = Rotation.objects.create(organization=organization, name="Primary", time_zone="UTC", layers=[])
    tomorrow = timezone.now() + timedelta(days=1)
    return Override.objects.create(rotation=rotation, starts_at=tomorrow, ends_at=tomorrow + timedelta(days=1))


@pytest.fixture
def users(acme, make_member, make_role, make_user):
    help_desk = make_role(acme, *PEOPLE["help desk"], name="Help Desk")
    granted = make_user(is_staff=True)
    for name in PEOPLE["granted staff"]:
        assign_perm(f"org_members.{name}", granted, acme)
    people = {
        "anonymous": None,
        "stranger": make_user(),
        "member": make_member(acme).user,
        "help desk": make_member(acme, role=help_desk).user,
        "admin": make_member(acme, role="admin").user,
        "owner": acme.owner,
        "granted staff": granted,
        "superuser": make_user(is_staff=True, is_superuser=True),
    }
    # What is refused for want of MFA, or where it is not required, is not what this asks about.
    Organization.objects.update(mfa_required_since=timezone.now())
    TOTPDevice.objects.bulk_create(TOTPDevice(user=user) for user in people.values() if user is not None)
    return people


def patterns(site):
    """Return the names and the ids of the addresses below one organization."""
    found = {}
    for resolver in site.urls[0]:
        for pattern in getattr(resolver, "url_patterns", ()):
            if "organization_id" in pattern.pattern.converters:
                ids = set(pattern.pattern.converters) - {"organization_id"}
                found[pattern.name.removeprefix("org_members_")] = ids
    return found


SITES = {"org": members_site, "admin": admin.site}


def addresses(site):
    """Yield (URL name, extra arguments, names of ids, page) of every address of a site."""
    for name, ids in patterns(SITES[site]).items():
        if name == "member_action":
            for action, page in ACTIONS.items():
                yield name, {"action": action}, ids - {"action"}, page
        elif name == "audit_export":
            for kind in FORMATS:
                yield name, {"kind": kind}, ids - {"kind"}, PAGES[name]
        else:
            yield name, {}, ids, PAGES[name]


@pytest.mark.parametrize("site", SITES)
def test_every_address_is_described(site):
    assert set(patterns(SITES[site])) - {"member_action"} <= set(PAGES)


def test_every_description_has_an_address():
    assert set(PAGES) <= set(patterns(members_site)) | set(patterns(admin.site))


def test_the_site_for_managers_has_nothing_beside():
    names = {getattr(each, "name", None) for each in members_site.urls[0]} - {None}
    assert names == STOCK
    models = [each for each in members_site.urls[0] if getattr(each, "url_patterns", None)]
    assert [str(each.pattern) for each in models] == ["org_members/organization/"]


def test_the_site_for_managers_lists_no_models(users, sign_in):
    assert sign_in(Client(), users["owner"]).get("/org/org_members/").status_code == 404


def outcome(response):
    if response.status_code == 302 and "/login/" in response.url:
        return LOGIN
    return {404: GONE, 403: REFUSED, 405: WRONG_METHOD}.get(response.status_code, OK)


def ask(client, method, url) -> Any:
    """Send it, and undo whatever it did."""
    with transaction.atomic():
        response = getattr(client, method)(url)
        transaction.set_rollback(True)
    return response


@dataclass(frozen=True)
class Cell:
    """One address and method, for one person at one site."""

    client: Client
    site: str
    name: str
    more: dict[str, str]
    ids: frozenset[str]
    method: str
    expected: str
    """The outcome on an organization and with ids that are the person's to see."""
    is_inside: bool
    is_everywhere: bool
    """Whether every organization is the person's to see."""

    def send(self, organization_id, values):
        arguments = {"organization_id": organization_id, **self.more, **{key: values[key] for key in self.ids}}
        return ask(self.client, self.method, reverse(f"{self.site}:org_members_{self.name}", kwargs=arguments))

    def findings(self, acme, own, globex, foreign):
        """Yield what is not as it should be: (what, how it was answered)."""
        gone = GONE if self.is_inside else LOGIN
        elsewhere, nowhere = self.send(globex.pk, foreign), self.send(MISSING, foreign)
        yield from self._wrong("own", self.send(acme.pk, own), self.expected)
        yield from self._wrong("foreign", elsewhere, self.expected if self.is_everywhere else gone)
        yield from self._wrong("missing", nowhere, gone)
        if not self.is_everywhere:
            yield from self._differ("organization", elsewhere, nowhere)
        if self.ids:
            mixed = self.send(acme.pk, foreign)
            if outcome(mixed) not in (gone, REFUSED if self.expected == REFUSED else gone):
                yield "a foreign id", mixed.status_code
            yield from self._differ("id", mixed, self.send(acme.pk, dict.fromkeys(own, MISSING)))

    def _wrong(self, what, response, expected):
        if outcome(response) != expected:
            yield what, f"{response.status_code} instead of {expected}"

    def _differ(self, what, foreign, missing):
        if (foreign.status_code, foreign.content) != (missing.status_code, missing.content):
            yield f"a foreign {what} differs from a missing one", foreign.status_code


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("site", SITES)
def test_every_cell(acme, globex, users, make_member, make_role, make_user, sign_in, site, person):
    own, foreign = (populate(place, make_member, make_role, make_user) for place in (acme, globex))
    client = Client() if users[person] is None else sign_in(Client(), users[person])
    is_inside, is_everywhere = person in INSIDE[site], person == "superuser" and site == "admin"
    wrong = {}
    for name, more, ids, page in addresses(site):
        for method in METHODS:
            expected = page.answer(PEOPLE[person], method) if is_inside else LOGIN
            cell = Cell(client, site, name, more, frozenset(ids), method, expected, is_inside, is_everywhere)
            found = list(cell.findings(acme, own, globex, foreign))
            if found:
                wrong[(name, *more.values(), method)] = found
    assert wrong == {}


@pytest.mark.parametrize("person", [name for name in PEOPLE if name != "superuser"])
def test_the_stock_pages_of_the_ordinary_site(acme, globex, users, sign_in, person):
    """The organization's own list, change page, history and deletion: foreign equals missing."""
    client = Client() if users[person] is None else sign_in(Client(), users[person])
    for page in ("change", "history", "delete"):
        found = {}
        for what, pk in (("own", acme.pk), ("foreign", globex.pk), ("missing", MISSING)):
            for method in METHODS:
                response = ask(client, method, reverse(f"admin:org_members_organization_{page}", args=[pk]))
                answer = (response.status_code, getattr(response, "url", "").partition("?")[0])
                found[what, method] = answer
                if person not in INSIDE["admin"]:
                    assert outcome(response) == LOGIN, (page, what, method)
        for method in METHODS:
            assert found["foreign", method] == found["missing", method], (page, method)
    assert set(Organization.objects.all()) == {acme, globex}
    assert Role.objects.filter(organization__isnull=False).exists()
