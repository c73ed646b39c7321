"""The whole journey of the product description, with JavaScript and without."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from django_org_members.models import LoginEvent, Membership
from tests.conftest import PASSWORD
from tests.otp import TOTPDevice, totp

OWN_PASSWORD = "a-password-of-my-own-26"

pytestmark = pytest.mark.parametrize(
    ("js", "scheme"),
    [(True, "light"), (False, "dark")],
    ids=["with JavaScript, light", "without, dark"],
)


@pytest.fixture
def admin(acme, browse, js):
    return browse(js=js).sign_in("admin@acme.example")


def code_of(device):
    return f"{totp(device.bin_key):06}"


def test_search_and_the_show_toggle(admin):
    page = admin.page
    assert len(admin.names()) == 12
    page.get_by_placeholder("Search members…").fill("camila")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**q=camila**")
    assert admin.names() == ["Camila Souza"]
    page.get_by_placeholder("Search members…").fill("nobody of this name")
    page.get_by_role("button", name="Search", exact=True).click()
    page.get_by_text("No members match").wait_for()
    page.get_by_role("link", name="Clear search").click()
    page.get_by_role("group", name="Show").get_by_role("link", name="Unavailable", exact=True).click()
    page.wait_for_url("**show=unavailable**")
    assert admin.names() == ["François Tremblay"]
    page.get_by_role("group", name="Show").get_by_role("link", name="Available", exact=True).click()
    page.wait_for_url("**show=available**")
    assert len(admin.names()) == 11


def test_invite_and_accept_as_the_new_person(admin, acme, browse, js):
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_label("Email Address").fill("not an address")
    admin.confirm("Send Invitation")
    admin.pane.get_by_text("Enter a valid email address.").wait_for()
    admin.pane.get_by_label("Email Address").fill("noemi@acme.example")
    admin.pane.get_by_label("Engineer").check()
    admin.confirm("Send Invitation")
    admin.told("Invitation sent to noemi@acme.example.")
    card = admin.page.get_by_role("region", name="Pending Invitations")
    assert "noemi@acme.example" in card.inner_text()

    (sent,) = mail.outbox
    link = re.search(r"http\S+/invitations/\S+", sent.body).group()
    noemi = browse(js=js)
    noemi.page.goto(link)
    noemi.page.get_by_label("Full Name").fill("Noémi Kovács")
    noemi.page.get_by_label("New password", exact=True).fill(OWN_PASSWORD)
    noemi.page.get_by_label("New password confirmation").fill(OWN_PASSWORD)
    noemi.page.get_by_role("button", name="Create account and join").click()
    noemi.page.get_by_text("You are now a member of Acme.").wait_for()

    assert Membership.objects.get(email="noemi@acme.example").role.name == "Engineer"
    admin.page.reload()
    assert "Noémi Kovács" in admin.names()
    noemi.page.goto(link)
    noemi.page.get_by_text("has been accepted already").wait_for()


def test_pending_invitations_are_resent_copied_and_revoked(admin):
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_label("Email Address").fill("guest@acme.example")
    admin.confirm("Send Invitation")
    admin.told("Invitation sent to guest@acme.example.")
    admin.page.get_by_role("button", name="Resend the invitation to guest@acme.example").click()
    admin.told("Invitation sent again to guest@acme.example.")
    admin.page.get_by_role("button", name="Copy the link of the invitation to guest@acme.example").click()
    assert "/invitations/" in admin.page.get_by_role("textbox", name="Invitation link").input_value()
    admin.page.get_by_role("link", name="Done").click()
    admin.page.get_by_role("link", name="Revoke the invitation to guest@acme.example").click()
    admin.confirm("Revoke")
    admin.told("Invitation to guest@acme.example revoked.")
    assert "guest@acme.example" not in admin.page.get_by_role("region", name="Pending Invitations").inner_text()


def test_create_a_user_who_must_change_the_temporary_password(admin, browse, js):
    admin.page.get_by_role("link", name="Create User").click()
    admin.pane.get_by_label("Full Name").fill("Grace Hopper")
    admin.pane.get_by_label("Email Address").fill("grace@acme.example")
    admin.pane.get_by_label("Admin").check()
    admin.confirm("Create User")
    admin.page.get_by_role("textbox", name="Temporary Password").wait_for()
    temporary = admin.page.get_by_role("textbox", name="Temporary Password").input_value()
    if js:
        admin.pane.get_by_role("button", name="Copy").click()
        admin.pane.get_by_role("button", name="Copied").wait_for()
        assert admin.page.evaluate("navigator.clipboard.readText()") == temporary
    admin.pane.get_by_role("link", name="Done").click()
    admin.page.get_by_role("link", name="Grace Hopper").wait_for()  # the list comes anew
    assert temporary not in admin.page.content()

    grace = browse(js=js).sign_in("grace@acme.example", password=temporary)
    grace.page.get_by_role("heading", name="Change your password").wait_for()
    grace.page.goto("/org/")
    grace.page.get_by_role("heading", name="Change your password").wait_for()
    for field in ("New password", "New password confirmation"):
        grace.page.get_by_label(field, exact=True).fill(temporary)
    grace.page.get_by_role("button", name="Change password").click()
    grace.page.get_by_text("Choose a different one").wait_for()
    for field in ("New password", "New password confirmation"):
        grace.page.get_by_label(field, exact=True).fill(OWN_PASSWORD)
    grace.page.get_by_role("button", name="Change password").click()
    grace.page.wait_for_url("**/members/**")
    assert "Grace Hopper" in grace.names()

    again = browse(js=js).sign_in("grace@acme.example", password=temporary)
    again.page.get_by_text("Please enter a correct").wait_for()


def test_set_a_role_from_the_row_and_from_the_detail(admin):
    admin.choose("Camila Souza", "Set as Help Desk")
    admin.told("Changed the role of Camila Souza to")
    assert "Help Desk" in admin.row("Camila Souza").inner_text()
    admin.page.goto("/org/")
    pane = admin.open_member("Camila Souza", "Security")
    pane.get_by_role("radio", name=re.compile("Engineer")).check()
    pane.get_by_role("button", name="Update").click()
    admin.told("Changed the role of Camila Souza to")
    assert Membership.objects.get(display_name="Camila Souza").role.name == "Engineer"


def test_edit_a_profile(admin):
    admin.open_member("Elif Yılmaz").get_by_role("link", name="Edit Profile").click()
    admin.pane.get_by_label("Full Name").wait_for()
    admin.pane.get_by_label("Email Address").fill("member@acme.example")
    admin.pane.get_by_label("Full Name").fill("Elif Yılmaz Demir")
    admin.confirm("Save")
    admin.pane.get_by_text("Another account has this address.").wait_for()
    assert admin.pane.get_by_label("Full Name").input_value() == "Elif Yılmaz Demir"
    admin.pane.get_by_label("Email Address").fill("elif.demir@acme.example")
    admin.pane.get_by_label("Phone Number").fill("+90 212 555 0100")
    admin.confirm("Save")
    admin.told("Saved the profile of")
    row = Membership.objects.get(email="elif.demir@acme.example")
    assert row.display_name == "Elif Yılmaz Demir"


def test_reset_mfa_of_someone_who_is_signed_in_elsewhere(admin, browse, js, member_of):
    priya = member_of("Priya Raghunathan").user
    device = TOTPDevice.objects.create(user=priya, name="Phone", confirmed=True)
    elsewhere = browse(js=js).sign_in("priya.raghunathan@acme.example")
    elsewhere.page.get_by_label("Token").fill("000000")
    elsewhere.page.get_by_role("button", name="Log in").click()
    elsewhere.page.get_by_text("This code is not right").wait_for()
    TOTPDevice.objects.update(throttling_failure_count=0)
    elsewhere.page.get_by_label("Token").fill(code_of(device))
    elsewhere.page.get_by_role("button", name="Log in").click()
    elsewhere.page.wait_for_url("**/members/**")

    pane = admin.open_member("Priya Raghunathan", "Security")
    pane.get_by_text("Enabled", exact=True).wait_for()
    pane.get_by_role("link", name="Reset MFA").click()
    admin.pane.get_by_role("button", name="Reset MFA").wait_for()
    admin.confirm("Reset MFA")
    admin.told("MFA reset for Priya Raghunathan.")

    elsewhere.page.reload()
    elsewhere.page.wait_for_url("**/login/**")
    elsewhere.sign_in("priya.raghunathan@acme.example")
    elsewhere.page.get_by_role("heading", name="Set up multi-factor authentication").wait_for()
    elsewhere.page.goto("/org/")
    elsewhere.page.get_by_role("heading", name="Set up multi-factor authentication").wait_for()
    new_device = TOTPDevice.objects.get(user=priya, confirmed=False)
    elsewhere.page.get_by_label("Token").fill(code_of(new_device))
    elsewhere.page.get_by_role("button", name="Turn on").click()
    elsewhere.page.get_by_text("Keep these backup codes").wait_for()
    assert elsewhere.page.locator(".om-codes li").count() == 10
    elsewhere.page.get_by_role("link", name="I have kept them").click()
    elsewhere.page.wait_for_url("**/members/**")


def test_reset_a_password(admin, browse, js):
    elsewhere = browse(js=js).sign_in("priya.raghunathan@acme.example")
    elsewhere.page.wait_for_url("**/members/**")
    admin.open_member("Priya Raghunathan", "Security").get_by_role("link", name="Reset Password").click()
    admin.pane.get_by_role("button", name="Reset Password").wait_for()
    admin.confirm("Reset Password")
    admin.page.get_by_role("textbox", name="Temporary Password").wait_for()
    temporary = admin.page.get_by_role("textbox", name="Temporary Password").input_value()
    elsewhere.page.reload()
    elsewhere.page.wait_for_url("**/login/**")
    elsewhere.sign_in("priya.raghunathan@acme.example", password=PASSWORD)
    elsewhere.page.get_by_text("Please enter a correct").wait_for()
    elsewhere.sign_in("priya.raghunathan@acme.example", password=temporary)
    elsewhere.page.get_by_role("heading", name="Change your password").wait_for()


def test_disable_and_enable(admin, browse, js):
    priya = browse(js=js).sign_in("priya.raghunathan@acme.example")
    priya.page.wait_for_url("**/members/**")

    admin.choose("Priya Raghunathan", "Disable Access")
    admin.confirm("Disable Access")
    admin.told("Access disabled for Priya Raghunathan.")
    assert "Disabled" in admin.row("Priya Raghunathan").inner_text()

    priya.page.reload()
    priya.page.wait_for_url("**/login/**")
    priya.sign_in("priya.raghunathan@acme.example")
    priya.page.get_by_text("Please enter a correct").wait_for()

    pane = admin.open_member("Priya Raghunathan", "Activity")
    row = pane.get_by_role("row", name="Sign-in failed")
    assert "Access disabled" in row.inner_text()
    assert "by Adaeze Nwosu" in pane.inner_text()
    assert LoginEvent.objects.filter(reason=LoginEvent.Reason.DISABLED).count() == 1

    admin.page.goto("/org/")
    admin.choose("Priya Raghunathan", "Enable Access")
    admin.confirm("Enable Access")
    admin.told("Access enabled for Priya Raghunathan.")
    priya.page.goto("/org/")
    priya.page.wait_for_url("**/login/**")
    priya.sign_in("priya.raghunathan@acme.example")
    priya.page.wait_for_url("**/members/**")


def test_remove(admin):
    admin.choose("Camila Souza", "Remove")
    admin.pane.get_by_text("permanently deleted").wait_for()
    admin.confirm("Remove")
    admin.told("Removed Camila Souza from the organization.")
    assert "Camila Souza" not in admin.names()


def test_a_bulk_action_does_what_is_allowed_and_lists_the_rest(admin):
    for name in ("Camila Souza", "Elif Yılmaz", "Olivia Marchetti"):
        admin.row(name).get_by_role("checkbox").check()
    admin.page.get_by_label("Action:").select_option(label="Disable Access")
    admin.page.locator("button[name=index]").click()
    admin.page.get_by_text("2 members").wait_for()
    assert "This is the Owner of the organization." in admin.page.locator(".om-left-out").inner_text()
    admin.page.get_by_role("button", name="Disable Access").click()
    admin.told("Access disabled for 2 members.")
    assert set(Membership.objects.disabled().values_list("display_name", flat=True)) == {
        "Camila Souza",
        "Elif Yılmaz",
        "François Tremblay",
    }


def test_the_owner_and_oneself_are_out_of_reach_with_the_reason(admin):
    menu = admin.open_menu("Olivia Marchetti")
    assert "This is the Owner of the organization." in menu.inner_text()
    assert menu.get_by_role("button", name="Disable Access").get_attribute("aria-disabled") == "true"
    admin.page.keyboard.press("Escape")
    assert "You cannot do this to your own account." in admin.open_menu("Adaeze Nwosu").inner_text()


@pytest.mark.parametrize("who", ["member@acme.example", "stranger@example.com"])
def test_members_and_strangers_reach_nothing(acme, browse, make_user, js, who, member_of):
    if who.startswith("stranger"):
        make_user(email=who)
    person = browse(js=js).sign_in(who)
    member = member_of("Camila Souza")
    base = f"/org/org_members/organization/{acme.pk}"
    for path in ("/org/", f"{base}/members/", f"{base}/members/{member.pk}/", f"{base}/members/{member.pk}/disable/"):
        person.page.goto(path)
        assert person.is_refused()
        assert "Camila" not in person.page.content()
