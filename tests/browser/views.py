"""Every page, as somebody gets to it: what the screenshots show and what axe looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from django_org_members import access, actions, audit, joining, roles
from django_org_members.accounts.clients import Client, serving
from django_org_members.models import Account, Membership, Organization, Role

OURS = "#content-main"
DIALOG = ".om-dialog"
CARD = "main"


@dataclass
class Scene:
    """What a view works with."""

    organization: Any
    browse: Any
    make_user: Any

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


def member_security(scene, **how):
    TOTPDevice.objects.create(user=scene.member("Priya Raghunathan").user, name="Work phone", confirmed=True)
    person = scene.admin(**how)
    person.open_member("Priya Raghunathan", "Security")
    return person, DIALOG


def member_activity(scene, **how):
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
    person.page.goto("/account/mfa/")
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
    person.page.goto("/account/mfa/")
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


def password_set(scene, **how):
    person = scene.browse(**how)
    person.page.goto("/account/password/set/")
    return person, CARD


def mfa_done(scene, **how):
    TOTPDevice.objects.create(user=scene.member("Mateo Fernández").user, confirmed=True)
    person = scene.browse(**how).sign_in("member@acme.example")
    device = TOTPDevice.objects.get(user=scene.member("Mateo Fernández").user)
    person.page.get_by_label("Token").fill(f"{totp(device.bin_key):06}")
    person.page.get_by_role("button", name="Log in").click()
    person.page.goto("/account/mfa/")
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


VIEWS = {
    name.replace("_", "-"): view
    for name, view in list(globals().items())
    if callable(view) and getattr(view, "__module__", "") == __name__ and name != "Scene" and not name.startswith("_")
}
