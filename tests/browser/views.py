"""Every page, as somebody gets to it: what the screenshots show and what axe looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from django_org_members import access, actions, audit, joining, roles
from django_org_members.accounts.clients import Client, serving
from django_org_members.availability.engine import WorkingSpan
from django_org_members.billing.sync import sync
from django_org_members.models import (
    Account,
    LiveSession,
    LoginEvent,
    Membership,
    Organization,
    Role,
    Rotation,
    RotationPlace,
    Schedule,
    TimeOff,
)
from django_org_members.scheduling import closures, rotations, schedules
from django_org_members.scheduling.drafts import LayerDraft, RotationDraft
from tests.browser import billed, planned
from tests.browser import calendars as exchanged
from tests.otp import StaticDevice, TOTPDevice, totp

OURS = "#content-main"
DIALOG = ".om-dialog"
CARD = "main"


@dataclass
class Scene:
    """What a view works with."""

    organization: Any
    browse: Any
    make_user: Any
    fixture: Any = None
    """Makes a fixture of pytest's by its name: for the few views that need a server beside."""

    def admin(self, **how):
        return self.browse(**how).sign_in("admin@acme.example")

    def staff(self, **how):
        self.make_user(email="staff@example.com", full_name="Robin Support", is_staff=True, is_superuser=True)
        return self.browse(**how).sign_in("staff@example.com", site="/admin/")

    def member(self, name):
        return Membership.objects.select_related("user").get(organization=self.organization, display_name=name)

    def owner(self, **how):
        return self.browse(**how).sign_in("owner@acme.example")

    def invite(self, email, role="member", sender="Adaeze Nwosu"):
        actor = self.member(sender).user
        return joining.invite(actor=actor, organization=self.organization, email=email, role=Role.objects.get(key=role))


def members_list(scene, **how):
    scene.invite("noemi.kovacs@acme.example")
    scene.invite("tariq.mansour@acme.example", "admin")
    return scene.admin(**how), OURS


def row_menu(scene, **how):
    person = scene.admin(**how)
    person.open_menu("Camila Souza")
    return person, ".om-menu:popover-open"


def refused_menu(scene, **how):
    person = scene.admin(**how)
    person.open_menu("Olivia Marchetti")
    return person, ".om-menu:popover-open"


def empty_search(scene, **how):
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}?q=nobody")
    return person, OURS


def invite_user(scene, **how):
    person = scene.admin(**how)
    person.page.get_by_role("link", name="Invite User").click()
    person.pane.get_by_label("Email Address").wait_for()
    return person, DIALOG


def create_user(scene, **how):
    person = scene.admin(**how)
    person.page.get_by_role("link", name="Create User").click()
    person.pane.get_by_label("Full Name").fill("Grace Hopper")
    person.pane.get_by_label("Email Address").fill("camila.souza@acme.example")
    person.confirm("Create User")
    person.pane.get_by_text("This person is a member already.").wait_for()
    return person, DIALOG


def temporary_password(scene, **how):
    person = scene.admin(**how)
    person.page.get_by_role("link", name="Create User").click()
    person.pane.get_by_label("Full Name").fill("Grace Hopper")
    person.pane.get_by_label("Email Address").fill("grace@acme.example")
    person.confirm("Create User")
    person.page.get_by_role("textbox", name="Temporary Password").wait_for()
    return person, DIALOG


def member_profile(scene, **how):
    actions.perform("disable", actor=scene.organization.owner, members=[scene.member("Camila Souza")])
    person = scene.admin(**how)
    person.open_member("Camila Souza")
    return person, DIALOG


_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 "
    "Mobile/15E148 Safari/604.1"
)


def _signed_in_elsewhere(user):
    """Two more sessions: one at work, one on the phone."""
    now = timezone.now()
    for agent, address, hours in ((_WINDOWS, "192.0.2.17", 2), (_IPHONE, "2001:db8:85a3::8a2e:370:7334", 30)):
        LiveSession.objects.create(
            user=user,
            user_agent=agent,
            ip_address=address,
            created_at=now - timedelta(days=hours),
            last_seen_at=now - timedelta(hours=hours),
            expires_at=now + timedelta(days=14),
        )


def own_sessions(scene, **how):
    _signed_in_elsewhere(scene.member("Camila Souza").user)
    person = scene.browse(**how).sign_in("camila.souza@acme.example")
    person.page.goto("/account/sessions/")
    return person, CARD


def end_session(scene, **how):
    """The page by itself, where the tab did not say which one."""
    member = scene.member("Priya Raghunathan")
    _signed_in_elsewhere(member.user)
    return _action_page(scene, "Priya Raghunathan", "end-session", how)


def member_security(scene, **how):
    TOTPDevice.objects.create(user=scene.member("Priya Raghunathan").user, name="Work phone", confirmed=True)
    _signed_in_elsewhere(scene.member("Priya Raghunathan").user)
    person = scene.admin(**how)
    person.open_member("Priya Raghunathan", "Security")
    return person, DIALOG


def member_sessions(scene, **how):
    """The sessions on the Security tab."""
    person, where = member_security(scene, **how)
    person.pane.get_by_role("heading", name="Sessions").scroll_into_view_if_needed()
    person.pane.get_by_role("button", name="Sign Out Everywhere").or_(
        person.pane.get_by_role("link", name="Sign Out Everywhere")
    ).scroll_into_view_if_needed()
    return person, where


def _events(user, *happened):
    """Store sign-in activity of a user, the oldest first: (action, reason, address)."""
    begin = timezone.now() - timedelta(hours=len(happened))
    LoginEvent.objects.bulk_create(
        LoginEvent(
            user=user,
            action=action,
            reason=reason,
            succeeded=not reason,
            ip_address=address,
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0" if address else "",
            created_at=begin + timedelta(hours=number),
        )
        for number, (action, reason, address) in enumerate(happened)
    )


_Action, _Reason = LoginEvent.Action, LoginEvent.Reason
_WEEK = (
    (_Action.SIGNED_IN, "", "192.0.2.17"),
    (_Action.MFA_ENROLLED, "", "192.0.2.17"),
    (_Action.SIGN_IN_FAILED, _Reason.WRONG_PASSWORD, "198.51.100.4"),
    (_Action.SIGN_IN_FAILED, _Reason.MFA_CODE_MISSING, "2001:db8:85a3:8d3:1319:8a2e:370:7348"),
    (_Action.SIGN_IN_FAILED, _Reason.LOCKED, "2001:db8:85a3:8d3:1319:8a2e:370:7348"),
    (_Action.PASSWORD_RESET, "", None),
    (_Action.SESSIONS_ENDED, "", None),
    (_Action.SIGN_IN_FAILED, _Reason.TEMPORARY_PASSWORD_EXPIRED, "192.0.2.17"),
    (_Action.PASSWORD_CHANGED, "", "192.0.2.17"),
)


def member_activity(scene, **how):
    member = scene.member("Camila Souza")
    Membership.objects.filter(pk=member.pk).update(joined_at=timezone.now() - timedelta(days=30))
    _events(member.user, *_WEEK * 4)
    scene.browse().sign_in("camila.souza@acme.example", password="wrong")
    person = scene.admin(**how)
    person.open_member("Camila Souza", "Activity")
    return person, DIALOG


def long_names(scene, **how):
    person = scene.admin(**how)
    person.open_member("Maximiliana Konstantinopoulos-Featherstonehaugh van der Grönewoudt")
    return person, DIALOG


def edit_profile(scene, **how):
    person = scene.admin(**how)
    person.open_member("Camila Souza").get_by_role("link", name="Edit Profile").click()
    person.pane.get_by_label("Full Name").wait_for()
    return person, DIALOG


def remove_member(scene, **how):
    """Somebody who sent invitations."""
    for name in ("noemi.kovacs", "tariq.mansour"):
        scene.invite(f"{name}@acme.example", sender="Priya Raghunathan")
    person = scene.admin(**how)
    person.choose("Priya Raghunathan", "Remove")
    person.pane.get_by_role("button", name="Remove").wait_for()
    return person, DIALOG


def bulk_confirmation(scene, **how):
    person = scene.admin(**how)
    for name in ("Camila Souza", "Elif Yılmaz", "Olivia Marchetti"):
        person.row(name).get_by_role("checkbox").check()
    person.page.get_by_label("Action:").select_option(label="Disable Access")
    person.page.locator("button[name=index]").click()
    person.page.get_by_text("2 members").wait_for()
    return person, OURS


def detail_page(scene, **how):
    member = scene.member("Hana Sato")
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{member.pk}/security/")
    return person, OURS


def pick_organization(scene, **how):
    owner = scene.organization.owner
    for name in ("Globex", "Initech"):
        Organization.objects.create(name=name, slug=name.lower(), owner=owner)
    return scene.browse(**how).sign_in("owner@acme.example"), OURS


def search_organizations(scene, **how):
    """Of somebody who manages a good many."""
    admin = scene.member("Adaeze Nwosu").user
    for number, role in enumerate(("owner", "admin") * 30):
        owner = admin if role == "owner" else scene.organization.owner
        slug = f"customer-{number:02}"
        customer = Organization.objects.create(name=f"Customer {number:02}", slug=slug, owner=owner)
        if role != "owner":
            Membership.objects.create(organization=customer, user=admin, role=Role.objects.get(key=role))
    person = scene.browse(**how).sign_in("admin@acme.example")
    person.page.locator("[name=q]").fill("customer 1")
    person.page.locator(".om-search button").click()
    person.page.get_by_text("Customer 10").wait_for()
    return person, OURS


def no_tab(scene, **how):
    """Somebody whose role opens none."""
    role = Role.objects.create(organization=scene.organization, name="Recruiter", color="green")
    role.permissions.set(Permission.objects.filter(codename__in=["invite_member", "reset_member_mfa"]))
    Membership.objects.filter(pk=scene.member("Hana Sato").pk).update(role=role)
    return scene.browse(**how).sign_in("helpdesk@acme.example"), OURS


def backup_codes(scene, **how):
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.goto("/account/mfa/add/")
    device = TOTPDevice.objects.get(confirmed=False)
    person.page.get_by_label("Token").fill(f"{totp(device.bin_key):06}")
    person.page.get_by_role("button", name="Turn on").click()
    person.page.get_by_text("Keep these backup codes").wait_for()
    return person, CARD


def invitation_link(scene, **how):
    scene.invite("noemi.kovacs@acme.example")
    person = scene.admin(**how)
    person.page.get_by_role("button", name="Copy the link of the invitation").click()
    person.page.get_by_role("textbox", name="Invitation link").wait_for()
    return person, DIALOG


def token(scene, **how):
    TOTPDevice.objects.create(user=scene.member("Priya Raghunathan").user, confirmed=True)
    return scene.browse(**how).sign_in("priya.raghunathan@acme.example"), OURS


def accept_invitation(scene, **how):
    person = scene.browse(**how)
    person.page.goto(f"/account/invitations/{scene.invite('noemi.kovacs@acme.example').derive_token()}/")
    return person, CARD


def invitation_of_somebody_else(scene, **how):
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.goto(f"/account/invitations/{scene.invite('noemi.kovacs@acme.example').derive_token()}/")
    return person, CARD


def invitation_gone(scene, **how):
    person = scene.browse(**how)
    person.page.goto("/account/invitations/nothing/")
    return person, CARD


def change_password(scene, **how):
    member = scene.member("Camila Souza")
    Account.objects.filter(user=member.user).update(must_change_password=True)
    return scene.browse(**how).sign_in(member.email), CARD


def set_password(scene, **how):
    user = scene.organization.owner
    person = scene.browse(**how)
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    person.page.goto(f"/account/set/{uid}/{default_token_generator.make_token(user)}/")
    return person, CARD


def enrol_mfa(scene, **how):
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.goto("/account/mfa/add/")
    return person, CARD


def organizations(scene, **how):
    person = scene.staff(**how)
    person.page.goto("/admin/org_members/organization/")
    return person, None


def add_organization(scene, **how):
    person = scene.staff(**how)
    person.page.goto("/admin/org_members/organization/add/")
    return person, None


def general(scene, **how):
    person = scene.staff(**how)
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/change/")
    return person, ".om-frame"


def _granted(scene):
    """Platform staff who look after Acme, by every way there is; returns the support engineer."""
    root = scene.make_user(email="root@example.com", full_name="Robin Root", is_staff=True, is_superuser=True)
    sam = scene.make_user(email="sam.support@example.com", full_name="Sam Okonkwo", is_staff=True)
    scene.make_user(email="contractor@example.com", full_name="Iris de Vries")
    group, everywhere = Group.objects.create(name="Support"), Group.objects.create(name="Auditors")
    sam.groups.add(group)
    scene.member("Hana Sato").user.groups.add(everywhere)
    for to, names, place in (
        (sam, ["view_members", "disable_member"], scene.organization),
        (get_user_model()._default_manager.get(email="contractor@example.com"), ["view_roles"], scene.organization),
        (group, ["view_members", "reset_member_mfa", "view_roles", "sign_out_member"], scene.organization),
        (everywhere, ["view_audit_log", "view_roles"], None),
        (sam, ["view_member_activity"], None),
    ):
        access.grant(actor=root, to=to, permissions=[f"org_members.{name}" for name in names], organization=place)
    return sam


def access_tab(scene, **how):
    _granted(scene)
    person = scene.staff(**how)
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/access/")
    person.page.locator("summary").first.click()
    return person, OURS


def access_of_viewer(scene, **how):
    """As staff see it who are no superusers."""
    _granted(scene)
    person = scene.browse(**how).sign_in("sam.support@example.com", site="/admin/")
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/access/?q=sam")
    return person, OURS


def grant_permissions(scene, **how):
    person = scene.staff(**how)
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/access/grant/")
    person.page.locator("[name=user]").fill("nobody@example.com")
    person.page.locator("input[type=checkbox]").first.check()
    person.page.locator(".om-pane button[type=submit]").click()
    person.page.locator(".errorlist").wait_for()
    return person, OURS


def take_back(scene, **how):
    sam = _granted(scene)
    person = scene.staff(**how)
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/access/users/{sam.pk}/")
    return person, OURS


def access_to_all_organizations(scene, **how):
    _granted(scene)
    person = scene.staff(**how)
    person.page.goto("/admin/org_members/organization/access/")
    return person, OURS


def welcome(scene, **how):
    person = scene.browse(**how).sign_in("admin@acme.example")
    person.page.goto(f"/account/joined/{scene.organization.pk}/")
    return person, CARD


def join(scene, **how):
    """Signed in as the invited address."""
    scene.make_user(email="noemi.kovacs@acme.example")
    token = scene.invite("noemi.kovacs@acme.example").derive_token()
    person = scene.browse(**how).sign_in("noemi.kovacs@acme.example")
    person.page.goto(f"/account/invitations/{token}/")
    return person, CARD


def sign_in_first(scene, **how):
    scene.make_user(email="noemi.kovacs@acme.example")
    return accept_invitation(scene, **how)


def join_by_password(scene, **how):
    """An account whose sign-in was ended by another organization."""
    owner = scene.make_user(email="owner@globex.example")
    globex = Organization.objects.create(name="Globex", slug="globex", owner=owner)
    user = scene.make_user(email="noemi.kovacs@acme.example")
    Account.objects.create(user=user, provisioned_by=globex)
    member = Membership.objects.create(organization=globex, user=user, role=Role.objects.member())
    actions.perform("disable", actor=owner, members=[member])
    return accept_invitation(scene, **how)


def own_activity(scene, **how):
    _events(scene.member("Camila Souza").user, *_WEEK)
    person = scene.browse(**how).sign_in("camila.souza@acme.example")
    person.page.goto("/account/activity/")
    return person, CARD


def everybody_s_activity(scene, **how):
    _events(scene.member("Camila Souza").user, *_WEEK)
    _events(None, *[(_Action.SIGN_IN_FAILED, _Reason.UNKNOWN_USER, "198.51.100.4")] * 3)
    person = scene.staff(**how)
    person.page.goto("/admin/org_members/loginevent/")
    return person, OURS


def password_set(scene, **how):
    person = scene.browse(**how)
    person.page.goto("/account/password/set/")
    return person, CARD


def _with_methods(scene, **how):
    """Somebody with two apps and backup codes, who has just signed in with a token."""
    user = scene.member("Mateo Fernández").user
    phone = TOTPDevice.objects.create(user=user, name="Phone")
    TOTPDevice.objects.create(user=user, name="Tablet in the office")
    backup = StaticDevice.objects.create(user=user, name="Backup codes")
    for number in range(8):
        backup.token_set.create(token=f"code{number}")
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.get_by_label("Token").fill(f"{totp(phone.bin_key):06}")
    person.page.get_by_role("button", name="Log in").click()
    person.page.wait_for_load_state()
    return person, phone


def own_mfa(scene, **how):
    person, _phone = _with_methods(scene, **how)
    person.page.goto("/account/mfa/")
    return person, CARD


def own_mfa_without(scene, **how):
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.goto("/account/mfa/")
    return person, CARD


def remove_method(scene, **how):
    person, phone = _with_methods(scene, **how)
    person.page.goto(f"/account/mfa/remove/{phone.persistent_id}/")
    return person, CARD


def new_backup_codes(scene, **how):
    person, _phone = _with_methods(scene, **how)
    person.page.goto("/account/mfa/codes/")
    return person, CARD


def sign_in(scene, **how):
    person = scene.browse(**how)
    person.page.goto("/org/")
    return person, None


def members_list_of_staff(scene, **how):
    person = scene.staff(**how)
    person.page.goto(f"/admin/org_members/organization/{scene.organization.pk}/members/")
    return person, OURS


def revoke_invitation(scene, **how):
    scene.invite("noemi.kovacs@acme.example")
    person = scene.admin(**how)
    person.page.get_by_role("link", name="Revoke the invitation").click()
    person.pane.get_by_role("button", name="Revoke").wait_for()
    return person, DIALOG


def _action_page(scene, name, action, how):
    member = scene.member(name)
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{member.pk}/{action}/")
    return person, OURS


def disable_access(scene, **how):
    scene.invite("noemi.kovacs@acme.example", sender="Priya Raghunathan")
    return _action_page(scene, "Priya Raghunathan", "disable", how)


def enable_access(scene, **how):
    return _action_page(scene, "François Tremblay", "enable", how)


def reset_mfa(scene, **how):
    return _action_page(scene, "Camila Souza", "reset-mfa", how)


def reset_password(scene, **how):
    return _action_page(scene, "Camila Souza", "reset-password", how)


def send_reset_link(scene, **how):
    return _action_page(scene, "Camila Souza", "send-reset-link", how)


def reset_password_refused(scene, **how):
    """Where the project leaves passwords to links."""
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TEMPORARY_PASSWORDS": False}
    person = scene.admin(**how)
    person.open_member("Camila Souza", "Security").get_by_role("heading", name="Password").scroll_into_view_if_needed()
    return person, DIALOG


def password_used(scene, **how):
    """The right temporary password, for the second time."""
    member = scene.member("Camila Souza")
    outcome = actions.perform("reset-password", actor=scene.organization.owner, members=[member])
    for _ in range(2):
        person = scene.browse(**how).sign_in(member.email, password=outcome.secrets[member.pk])
    return person, None


def password_link_over(scene, **how):
    person = scene.browse(**how)
    person.page.goto("/account/set/MQ/used-already/")
    return person, CARD


def sign_out_everywhere(scene, **how):
    return _action_page(scene, "Camila Souza", "sign-out", how)


def change_role(scene, **how):
    return _action_page(scene, "Camila Souza", "set-role", how)


def ownership(scene, **how):
    """The section of the Security tab that the Owner sees."""
    person = scene.owner(**how)
    person.open_member("Adaeze Nwosu", "Security").locator("section").last.scroll_into_view_if_needed()
    return person, DIALOG


def transfer_ownership(scene, **how):
    """By a superuser, who must say why."""
    member = scene.member("Adaeze Nwosu")
    person = scene.staff(**how)
    url = f"/admin/org_members/organization/{scene.organization.pk}/members/{member.pk}/transfer-ownership/"
    person.page.goto(url)
    return person, OURS


def confirm_identity(scene, **how):
    device = TOTPDevice.objects.create(user=scene.member("Mateo Fernández").user, confirmed=True)
    person = scene.browse(**how).sign_in("member@acme.example")
    person.page.locator("[name=token]").fill(f"{totp(device.bin_key):06}")
    person.page.locator("[name=token]").press("Enter")
    person.page.wait_for_url("**/org/**")
    person.page.goto("/account/confirm/?next=/org/")
    return person, CARD


def question(scene, **how):
    """A form that was sent too late, with a reason that was typed: the question holds it."""
    person, where = transfer_ownership(scene, **how)
    person.page.get_by_label("Reason").fill("The Owner has left the company.")
    person.grow_old()
    person.page.get_by_role("button", name="Transfer Ownership").click()
    person.page.get_by_role("heading", name="Confirm it is you").wait_for()
    return person, where


def refused_action(scene, **how):
    return _action_page(scene, "Olivia Marchetti", "disable", how)


def bulk_change_role(scene, **how):
    person = scene.admin(**how)
    for name in ("Camila Souza", "Elif Yılmaz"):
        person.row(name).get_by_role("checkbox").check()
    person.page.get_by_label("Action:").select_option(label="Change Role")
    person.page.locator("button[name=index]").click()
    person.page.get_by_text("2 members").wait_for()
    return person, OURS


def _roles(scene, path="", **how):
    person = scene.admin(**how)
    person.page.goto(f"/org/org_members/organization/{scene.organization.pk}/roles/{path}")
    return person


def _role(scene, name):
    return Role.objects.get(organization=scene.organization, name=name)


def roles_and_permissions(scene, **how):
    return _roles(scene, **how), OURS


def roles_read_only(scene, **how):
    """Somebody who may see the roles, and no more."""
    auditor = Role.objects.create(organization=scene.organization, name="Auditor", color="violet")
    auditor.permissions.set(Permission.objects.filter(codename__in=["view_members", "view_roles"]))
    Membership.objects.filter(pk=scene.member("Hana Sato").pk).update(role=auditor)
    person = scene.browse(**how).sign_in("helpdesk@acme.example")
    person.page.get_by_role("link", name="Roles & Permissions").click()
    return person, OURS


def review_roles(scene, **how):
    """Before saving: what changes for whom."""
    person = _roles(scene, **how)
    person.page.get_by_label("Help Desk: Reset members' passwords").uncheck()
    person.page.get_by_label("Help Desk: Sign members out everywhere").check()
    person.page.get_by_label("Engineer: See the organization's members").check()
    person.page.get_by_role("button", name="Review changes").click()
    person.page.get_by_role("button", name="Save changes").wait_for()
    return person, OURS


def create_role(scene, **how):
    person = _roles(scene, "create/", **how)
    person.page.get_by_role("textbox", name="Name").fill("owner")
    person.page.get_by_role("button", name="Create Role").click()
    person.page.get_by_text("There is a role of this name already.").wait_for()
    return person, OURS


def edit_role(scene, **how):
    return _roles(scene, f"{_role(scene, 'Help Desk').pk}/", **how), OURS


def duplicate_role(scene, **how):
    return _roles(scene, f"{_role(scene, 'Help Desk').pk}/duplicate/", **how), OURS


def delete_role(scene, **how):
    return _roles(scene, f"{_role(scene, 'Engineer').pk}/delete/", **how), OURS


def built_in_role(scene, **how):
    return _roles(scene, f"{Role.objects.admin().pk}/", **how), OURS


def _history(scene):
    """Some things happen in Acme, by several people."""
    owner, admin = scene.organization.owner, scene.member("Adaeze Nwosu").user
    with serving(Client(ip_address="192.0.2.17", user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0")):
        scene.invite("noemi.kovacs@acme.example")
        camila = scene.member("Camila Souza")
        actions.perform("set-role", actor=owner, members=[camila], role=Role.objects.admin())
        params = {"full_name": "Camila Souza Lima", "phone": "+55 11 5550 0100"}
        actions.perform("edit-profile", actor=owner, members=[camila], **params)
    with serving(Client(ip_address="2001:db8:85a3::8a2e:370:7334")):
        night = roles.create(
            actor=owner,
            organization=scene.organization,
            name="Night Shift",
            color="indigo",
            permissions=[f"org_members.{name}" for name in ("view_members", "view_roles", "reset_member_mfa")],
        )
        wanted = [f"org_members.{name}" for name in ("view_members", "view_roles", "reset_member_password")]
        roles.edit(actor=owner, role=night, permissions=wanted, name="Late Shift")
        actions.perform("disable", actor=admin, members=[scene.member("Elif Yılmaz"), scene.member("نور الهاشمي")])
        actions.perform("remove", actor=admin, members=[scene.member("Dmytro Shevchenko")])
    with serving(Client(user_agent="manage.py prune_audit_log")):
        details = {"before": "2025-11-24T03:00:00+00:00", "deleted": 1482}
        audit.write(audit.event(scene.organization.pk, "log_pruned", actor=None, name="Acme", details=details))


def audit_log(scene, **how):
    _history(scene)
    person = scene.admin(**how)
    person.page.goto(person.page.url.replace("/members/", "/audit/"))
    return person, OURS


def audit_log_of_a_person(scene, **how):
    person, where = audit_log(scene, **how)
    person.page.locator("a.om-party").get_by_text("Camila Souza", exact=True).first.click()
    person.page.locator(".om-chip").wait_for()
    return person, where


def audit_log_without_a_match(scene, **how):
    person, where = audit_log(scene, **how)
    person.page.goto(f"{person.page.url}?q=nobody")
    return person, where


def audit_log_with_a_wrong_filter(scene, **how):
    person, where = audit_log(scene, **how)
    person.page.goto(f"{person.page.url}?person=acme.example&since=2026-02-01&until=2026-01-01")
    return person, where


def member_changes(scene, **how):
    _history(scene)
    person = scene.admin(**how)
    person.open_member("Camila Souza Lima", "Activity").get_by_role(
        "heading", name="Changes"
    ).scroll_into_view_if_needed()
    return person, DIALOG


def _require_mfa(scene, days_ago=2):
    since = timezone.now() - timedelta(days=days_ago)
    Organization.objects.filter(pk=scene.organization.pk).update(mfa_required_since=since)
    Membership.objects.filter(organization=scene.organization).update(joined_at=since - timedelta(days=90))
    for name in ("Adaeze Nwosu", "Priya Raghunathan", "Hana Sato"):
        TOTPDevice.objects.create(user=scene.member(name).user, name="Phone", confirmed=True)


def _security(scene, **how):
    TOTPDevice.objects.get_or_create(user=scene.member("Adaeze Nwosu").user, confirmed=True)
    person = _by_token(scene, **how)
    person.page.goto(person.page.url.replace("/members/", "/security/"))
    return person


def _with_token(scene, **how):
    """The Admin, who has MFA, where it is required."""
    _require_mfa(scene)
    return _by_token(scene, **how)


def _by_token(scene, **how):
    person = scene.browse(**how).sign_in("admin@acme.example")
    device = TOTPDevice.objects.get(user=scene.member("Adaeze Nwosu").user)
    person.page.locator("[name=token]").fill(f"{totp(device.bin_key):06}")
    person.page.locator("[name=token]").press("Enter")
    person.page.wait_for_url("**/members/")
    return person


def mfa_not_required(scene, **how):
    return _security(scene, **how), OURS


def review_mfa_requirement(scene, **how):
    """Before it is required: what follows for whom."""
    person = _security(scene, **how)
    person.page.get_by_role("button", name="Require MFA").click()
    person.page.get_by_text("they have time").wait_for()
    return person, OURS


def mfa_required(scene, **how):
    person = _with_token(scene, **how)
    person.page.goto(person.page.url.replace("/members/", "/security/"))
    return person, OURS


def mfa_due(scene, **how):
    """Somebody who has a few days left."""
    _require_mfa(scene)
    return scene.owner(**how), OURS


def exempt_from_mfa(scene, **how):
    person = _with_token(scene, **how)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/exempt-from-mfa/")
    person.page.get_by_role("button", name="Exempt").click()
    person.page.get_by_text("This field is required.").first.wait_for()
    return person, OURS


def exempt_member(scene, **how):
    """The Security tab of a member who need not set MFA up for a while."""
    person = _with_token(scene, **how)
    until = timezone.now() + timedelta(days=30)
    Membership.objects.filter(pk=scene.member("Camila Souza").pk).update(mfa_exempt_until=until)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/security/")
    return person, OURS


def _availability(scene, how):
    planned.plan_for(scene.organization, scene.member)
    person = scene.admin(**how)
    person.page.locator(".om-tabs a[href$='/availability/']").click()
    person.page.locator("#om-week").wait_for()
    return person


def availability(scene, **how):
    return _availability(scene, how), OURS


def week_calendar(scene, **how):
    person = _availability(scene, how)
    person.page.locator("#om-week").evaluate("element => element.scrollIntoView()")
    return person, OURS


def add_override(scene, **how):
    person = _availability(scene, how)
    blocks = ".om-agenda dd a" if how.get("width", 1280) < 700 else "a.om-block"
    person.page.locator(blocks).first.click()
    person.pane.get_by_label("Who takes it").wait_for()
    return person, DIALOG


def remove_override(scene, **how):
    person = _availability(scene, how)
    person.page.get_by_role("link", name="Remove the override of Primary").first.click()
    person.pane.get_by_role("heading", name="Remove Override").wait_for()
    return person, DIALOG


def nothing_planned(scene, **how):
    person = scene.admin(**how)
    person.page.get_by_role("link", name="Availability", exact=True).click()
    person.page.get_by_text("there is no rotation yet").wait_for()
    return person, OURS


def _working(scene):
    """Working hours, time off, and a rotation in which Camila is on call this week, Elif the next."""
    hours = [[day, begins, ends] for day in range(5) for begins, ends in (("08:00", "12:00"), ("13:00", "17:30"))]
    office = Schedule.objects.create(
        organization=scene.organization, name="São Paulo office", time_zone="America/Sao_Paulo", hours=hours
    )
    nights = Schedule.objects.create(
        organization=scene.organization, name="Nights", time_zone="UTC", hours=[[d, "20:00", "06:00"] for d in range(7)]
    )
    Organization.objects.filter(pk=scene.organization.pk).update(default_schedule=office)
    camila, elif_, bjorn = (scene.member(name) for name in ("Camila Souza", "Elif Yılmaz", "Björn Håkansson"))
    Membership.objects.filter(pk=elif_.pk).update(schedule=nights)
    now = timezone.now()
    layer = {
        "name": "",
        "unit": "weeks",
        "length": 1,
        "starts_on": (now - timedelta(days=2)).date().isoformat(),
        "handoff": "09:00",
        "weekday": None,
        "hours": None,
        "anchor": [0, 0],
    }
    for name, people in (("Primary", (camila, elif_)), ("Database", (bjorn,))):
        rotation = Rotation.objects.create(
            organization=scene.organization, name=name, time_zone="Europe/Berlin", layers=[layer]
        )
        RotationPlace.objects.bulk_create(
            RotationPlace(rotation=rotation, position=position, membership=member)
            for position, member in enumerate(people)
        )
    for member, begins, days, note in (
        (scene.member("Hana Sato"), now - timedelta(days=1), 6, ""),
        (camila, now + timedelta(days=16), 12, "Férias"),
        (camila, now + timedelta(days=60), 1, ""),
    ):
        TimeOff.objects.create(membership=member, starts_at=begins, ends_at=begins + timedelta(days=days), note=note)


def available_until(scene, **how):
    """The members list where schedules, rotations and time off decide."""
    _working(scene)
    person = scene.admin(**how)
    if how.get("width"):  # the rows lie below
        person.row("Adaeze Nwosu").evaluate("row => row.scrollIntoView()")
    return person, OURS


def member_planned(scene, **how):
    """The Profile tab, down to what is planned."""
    _working(scene)
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/")
    person.page.get_by_role("heading", name="Working Hours").evaluate("heading => heading.scrollIntoView()")
    return person, OURS


def add_time_off(scene, **how):
    """With other time off in the way."""
    _working(scene)
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/add-time-off/")
    day = (timezone.now() + timedelta(days=20)).date().isoformat()
    for name in ("starts_at", "ends_at"):
        person.page.locator(f"[name={name}_0]").fill(day)
    person.page.get_by_label("Note").fill("Wedding")
    person.page.locator(".om-pane__foot button").click()
    person.page.get_by_text("This overlaps with time off").scroll_into_view_if_needed()
    return person, OURS


def set_schedule(scene, **how):
    _working(scene)
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/set-schedule/")
    return person, OURS


def hand_over(scene, **how):
    """Removing somebody who is on call."""
    _working(scene)
    person = scene.admin(**how)
    person.page.goto(f"{person.page.url}{scene.member('Camila Souza').pk}/remove/")
    person.page.locator(".om-pane__foot button").scroll_into_view_if_needed()
    return person, OURS


def own_availability(scene, **how):
    _working(scene)
    person = scene.browse(**how).sign_in("camila.souza@acme.example")
    person.page.goto("/account/availability/")
    return person, CARD


def _planned(scene):
    """Two schedules, closures and a rotation of two layers."""
    organization, actor = scene.organization, scene.organization.owner
    hours = [WorkingSpan(day, time(9), time(17)) for day in range(5)]
    fields = {"actor": actor, "organization": organization}
    office = schedules.create_schedule(**fields, name="Office Berlin", time_zone="Europe/Berlin", hours=hours)
    nights = [WorkingSpan(day, time(22), time(6)) for day in (4, 5)]
    schedules.create_schedule(**fields, name="Weekend nights", time_zone="America/New_York", hours=nights)
    schedules.set_working_time(**fields, time_zone="Europe/Berlin", default_schedule=office)
    Membership.objects.filter(display_name__in=["Hana Sato", "Camila Souza"]).update(schedule=office)
    day = timezone.localdate()
    closures.add_closures(
        **fields,
        closures=[
            closures.Days("Move to the new office", day, day + timedelta(days=1)),
            closures.Days("Summer break", day + timedelta(days=90), day + timedelta(days=104)),
            closures.Days("Team day", day - timedelta(days=30), day - timedelta(days=30)),
        ],
    )
    people = [member.pk for member in Membership.objects.filter(organization=organization).order_by("sort_name")]
    base = LayerDraft(members=tuple(people[:4]), starts_on=day - timedelta(days=28), name="Around the clock")
    top = LayerDraft(
        members=tuple(people[4:6]), starts_on=day, unit="days", weekday=None, hours=tuple(hours), name="In office hours"
    )
    draft = RotationDraft("Production support", "Europe/Berlin", (base, top))
    return rotations.create_rotation(**fields, draft=draft)


def _planning(scene, path, **how):
    rotation, person = _planned(scene), scene.admin(**how)
    ids = {"rotation": rotation.pk, "schedule": Schedule.objects.get(name="Office Berlin").pk}
    person.page.goto(person.page.url.replace("/members/", f"/availability/{path.format(**ids)}"))
    return person


def schedules_of_acme(scene, **how):
    return _planning(scene, "schedules/", **how), OURS


def edit_schedule(scene, **how):
    return _planning(scene, "schedules/{schedule}/", **how), OURS


def wrong_hours(scene, **how):
    """Spans that overlap, each error at its row."""
    person = _planning(scene, "schedules/{schedule}/", **how)
    person.page.locator("[name=hours-0-begins]").fill("17:30")
    person.page.locator("[name=hours-0-ends]").fill("10:00")
    person.page.locator(".om-pane__foot button:not([name])").click()
    person.page.locator("[aria-invalid=true]").first.wait_for()
    return person, OURS


def delete_schedule(scene, **how):
    return _planning(scene, "schedules/{schedule}/delete/", **how), OURS


def closures_of_acme(scene, **how):
    return _planning(scene, "closures/", **how), OURS


def public_holidays(scene, **how):
    return _planning(scene, "closures/holidays/?country=DE&part=BE&year=" + str(timezone.localdate().year), **how), OURS


def rotations_of_acme(scene, **how):
    return _planning(scene, "rotations/", **how), OURS


def edit_rotation(scene, **how):
    return _planning(scene, "rotations/{rotation}/", **how), OURS


def review_rotation(scene, **how):
    """Who is on call now, before and after, and in the coming two weeks."""
    person = _planning(scene, "rotations/{rotation}/", **how)
    person.page.locator("[data-om-order=layer-0] [value*=':remove:']").first.click()
    person.page.wait_for_load_state()
    person.page.locator(".om-rotation > .om-tools button:not([name])").click()
    person.page.locator("[name=confirmed]").wait_for()
    return person, OURS


def _calendars(scene, how, path=""):
    exchanged.exchange_for(scene.organization, scene.member)
    person = scene.admin(**how)
    person.page.goto(person.page.url.replace("/members/", f"/availability/calendars/{path}"))
    return person


def calendars(scene, **how):
    """One's addresses, imported calendars with what did not match and with an error, and others' addresses."""
    person = _calendars(scene, how)
    person.page.locator(".om-unmatched summary").click()
    person.page.evaluate("window.scrollTo(0, 0)")
    return person, OURS


def imported_calendars(scene, **how):
    """The same, further down."""
    person, where = calendars(scene, **how)
    person.page.get_by_role("heading", name="Imported calendars").evaluate("heading => heading.scrollIntoView()")
    return person, where


def calendar_address(scene, **how):
    """The secret address of a rotation, which is shown this once."""
    person = _calendars(scene, how)
    person.page.get_by_label("Rotation").select_option(label="Primary")
    person.page.get_by_role("button", name="Make Address").click()
    person.page.get_by_role("textbox", name="Secret address").wait_for()
    return person, OURS


def import_calendar(scene, **how):
    """An address that leads into a local network."""
    person = _calendars(scene, how, "add/")
    person.page.get_by_label("Name").fill("Data center")
    person.page.get_by_label("iCalendar address").fill("https://192.168.0.10/oncall.ics")
    person.page.get_by_role("button", name="Import Calendar").click()
    person.page.get_by_text("leads into a local network").wait_for()
    return person, OURS


def remove_calendar(scene, **how):
    calendar = "Network (PagerDuty)"
    person = _calendars(scene, how)
    person.page.get_by_role("link", name=f"Remove {calendar}").click()
    person.page.get_by_role("button", name="Remove Calendar").wait_for()
    return person, OURS


def revoke_address(scene, **how):
    """Of somebody else."""
    person = _calendars(scene, how)
    person.page.get_by_role("link", name="Revoke Primary, Camila Souza").click()
    person.page.get_by_role("button", name="Revoke Address").wait_for()
    return person, OURS


def own_addresses(scene, **how):
    """The own page, down to the addresses."""
    _working(scene)
    camila, now = scene.member("Camila Souza"), timezone.now()
    exchanged.address(camila, None, now - timedelta(days=40), now - timedelta(hours=1))
    exchanged.address(camila, Rotation.objects.get(name="Primary"), now - timedelta(days=2))
    person = scene.browse(**how).sign_in("camila.souza@acme.example")
    person.page.goto("/account/availability/")
    person.page.get_by_role("heading", name="In your calendar").evaluate("heading => heading.scrollIntoView()")
    return person, CARD


def own_address(scene, **how):
    """The secret address of one's own shifts, which is shown this once."""
    person = scene.browse(**how).sign_in("camila.souza@acme.example")
    person.page.goto("/account/availability/")
    person.page.get_by_role("button", name="Make an address").click()
    person.page.get_by_role("textbox", name="Secret address").wait_for()
    return person, CARD


def _billing(scene, how, path=""):
    person = scene.admin(**how)
    person.page.goto(person.page.url.replace("/members/", f"/billing/{path}"))
    return person


def billing(scene, **how):
    """A subscription that has what it should."""
    billed.link_for(scene.organization, scene.fixture("account"))
    return _billing(scene, how), OURS


def billing_history(scene, **how):
    """Down to what was changed."""
    person, where = billing(scene, **how)
    heading = person.page.get_by_role("heading", name="History of the seats")
    heading.evaluate("heading => heading.scrollIntoView()")
    return person, where


def billing_parked(scene, **how):
    """Canceled at Stripe, and somebody left since."""
    account = scene.fixture("account")
    found = billed.link_for(scene.organization, account)
    account.cancel(found.subscription_id)
    scene.member("Dmytro Shevchenko").delete()
    sync(found.pk)
    person = _billing(scene, how)
    person.page.get_by_text("Parked since").wait_for()
    return person, OURS


def billing_not_linked(scene, **how):
    """The form that links one."""
    account = scene.fixture("account")
    person = _billing(scene, how)
    person.page.get_by_text("Members can be added and removed freely").wait_for()
    person.page.get_by_label("Customer").fill(account.customer()[0])
    return person, OURS


def link_subscription(scene, **how):
    """A subscription that is linked already, to another customer."""
    account = scene.fixture("account")
    person = _billing(scene, how)
    person.page.get_by_label("Customer").fill(account.customer()[0])
    person.page.get_by_label("Subscription", exact=True).fill(account.subscribe(5)["id"])
    person.page.get_by_role("button", name="Link Subscription").click()
    person.page.get_by_text("belongs to another customer").wait_for()
    return person, OURS


def choose_item(scene, **how):
    """The subscription has several."""
    account = scene.fixture("account")
    names = (("Platform", 49900), ("Seat", 2000), ("Premium support", 15000))
    made = account.subscribe(5, prices=[account.price(name, amount) for name, amount in names])
    person = _billing(scene, how)
    person.page.get_by_label("Customer").fill(made["customer"])
    person.page.get_by_label("Subscription", exact=True).fill(made["id"])
    person.page.get_by_role("button", name="Link Subscription").click()
    person.page.get_by_role("button", name="Link Subscription").scroll_into_view_if_needed()
    person.page.get_by_role("radio").last.wait_for()
    return person, OURS


def unlink_subscription(scene, **how):
    billed.link_for(scene.organization, scene.fixture("account"))
    return _billing(scene, how, "unlink/"), OURS


def remove_billed_member(scene, **how):
    """What becomes of the seat, and what Stripe credits."""
    billed.link_for(scene.organization, scene.fixture("account"))
    scene.fixture("previews")(rest=1333)
    person = scene.admin(**how)
    person.choose("Priya Raghunathan", "Remove")
    person.pane.get_by_text("A credit of about").wait_for()
    return person, DIALOG


VIEWS = {
    name.replace("_", "-"): view
    for name, view in list(globals().items())
    if callable(view) and getattr(view, "__module__", "") == __name__ and name != "Scene" and not name.startswith("_")
}
