"""Every page, as somebody gets to it: what the screenshots show and what axe looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from django_org_members import actions, joining
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

    def invite(self, email, role="member"):
        actor = self.member("Adaeze Nwosu").user
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
    person.page.get_by_label("Temporary Password").wait_for()
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
    person = scene.admin(**how)
    person.choose("Camila Souza", "Remove")
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


VIEWS = {
    name.replace("_", "-"): view
    for name, view in list(globals().items())
    if callable(view) and getattr(view, "__module__", "") == __name__ and name != "Scene"
}
