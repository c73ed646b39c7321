"""How the dialog and the row menus behave under the hands of people in a hurry, at a keyboard or on a bad connection."""

from __future__ import annotations

import re

import pytest

from django_org_members.models import Membership

BACKDROP = {"x": 4, "y": 400}


@pytest.fixture
def admin(acme, browse):
    return browse(height=600).sign_in("admin@acme.example")


def focused(page, script="element => element.innerText.trim()"):
    return page.evaluate(f"({script})(document.activeElement)")


def create(person, email="grace@acme.example"):
    person.page.get_by_role("link", name="Create User").click()
    person.pane.get_by_label("Full Name").fill("Grace Hopper")
    person.pane.get_by_label("Email Address").fill(email)
    person.confirm("Create User")


def test_a_temporary_password_is_lost_by_its_own_button_only(admin):
    create(admin)
    password = admin.page.get_by_role("textbox", name="Temporary Password")
    password.wait_for()
    for _ in range(3):
        admin.page.keyboard.press("Escape")
    admin.page.mouse.click(**BACKDROP)
    assert password.is_visible()
    assert not admin.pane.get_by_role("button", name="Close").is_visible()
    admin.pane.get_by_role("link", name="Done").click()
    admin.page.get_by_role("dialog").wait_for(state="hidden")
    admin.page.get_by_role("link", name="Grace Hopper").wait_for()  # the list comes anew


def test_a_lost_answer_is_not_called_a_failure(admin):
    page = admin.page
    admin.open_member("Elif Yılmaz").get_by_role("link", name="Edit Profile").click()
    admin.pane.get_by_label("Full Name").fill("Elif Demir")
    page.route("**/edit-profile/", lambda route: (route.fetch(), route.abort()))
    admin.confirm("Save")
    note = admin.pane.get_by_role("alert")
    note.get_by_text("No answer from the server. Check the list before you try again.").wait_for()
    admin.confirm("Save")
    admin.pane.get_by_text("Sending…").wait_for(state="hidden")
    assert note.count() == 1
    assert admin.pane.get_by_role("heading").bounding_box()["y"] < note.bounding_box()["y"]
    admin.pane.get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Elif Demir").wait_for()
    admin.page.om_problems.clear()  # the console tells of the connections that were cut


def test_a_slow_page_says_that_it_is_coming(admin):
    waiting = []
    admin.page.route("**/invite/", lambda route: waiting.append(route))
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_role("status").get_by_text("Loading…").wait_for()
    admin.page.wait_for_timeout(50)
    waiting.pop().continue_()
    admin.pane.get_by_label("Email Address").fill("noemi@acme.example")
    admin.confirm("Send Invitation")
    admin.pane.get_by_role("status").get_by_text("Sending…").wait_for()
    waiting.pop().continue_()
    admin.told("Invitation sent to noemi@acme.example.")


def test_closing_a_page_that_is_still_coming_keeps_it_closed(admin):
    waiting = []
    admin.page.route("**/invite/", lambda route: waiting.append(route))
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_text("Loading…").wait_for()
    admin.page.keyboard.press("Escape")
    waiting.pop().continue_()
    admin.page.wait_for_timeout(200)
    assert not admin.page.get_by_role("dialog").is_visible()


def test_the_focus_ring_is_for_the_keyboard(admin):
    page = admin.page
    button = page.get_by_role("button", name="Actions for Camila Souza")
    shows_ring = "document.activeElement.matches('.om-menu__entry:focus-visible')"
    button.click()
    page.locator(".om-menu__entry:focus").wait_for()
    assert not page.evaluate(shows_ring)
    page.keyboard.press("Escape")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(".om-menu__entry:focus").wait_for()
    assert page.evaluate(shows_ring)


def test_a_menu_closes_when_the_focus_goes_on(admin):
    page = admin.page
    admin.open_menu("Camila Souza").get_by_text("Remove").focus()
    page.keyboard.press("Tab")
    page.locator(".om-menu:popover-open").wait_for(state="detached")
    page.get_by_role("button", name="Actions for Camila Souza").click()
    page.locator(".om-menu:popover-open").wait_for()
    page.get_by_role("button", name="Actions for Camila Souza").click()
    page.locator(".om-menu:popover-open").wait_for(state="detached")


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])
def test_a_refused_role_is_read_and_not_given(acme, browse, js, make_role, make_member):
    """Who may invite gives no more than what they have themselves."""
    role = make_role(acme, "view_members", "invite_member", name="Recruiter", description="Finds people.")
    make_member(acme, role=role, full_name="Rosa Diaz", email="rosa@acme.example")
    person = browse(js=js).sign_in("rosa@acme.example")
    person.page.get_by_role("link", name="Invite User").click()
    person.pane.get_by_label("Email Address").fill("noemi@acme.example")
    refused = person.pane.get_by_role("radio", name=re.compile("^Admin"))
    reason = person.page.locator(f"#{refused.get_attribute('aria-describedby')}")
    assert refused.get_attribute("aria-disabled") == "true"
    assert "permission" in reason.inner_text()
    if js:
        person.pane.get_by_role("radio", name=re.compile("^Member")).focus()
        person.page.keyboard.press("ArrowUp")
        assert refused.evaluate("element => element === document.activeElement")
        refused.click(force=True)
        assert not refused.is_checked()
        assert person.pane.get_by_role("radio", name=re.compile("^Member")).is_checked()
    else:
        refused.check(force=True)
        person.confirm("Send Invitation")
        assert reason.inner_text() in person.page.locator(".errorlist").inner_text()


def test_a_change_leaves_one_where_one_was(admin):
    page = admin.page
    row = page.get_by_role("button", name="Actions for Priya Raghunathan")
    row.scroll_into_view_if_needed()
    page.mouse.wheel(0, 2000)
    page.wait_for_function("scrollY > 100")
    before = page.evaluate("scrollY")
    admin.choose("Priya Raghunathan", "Set as Member")
    status = page.get_by_role("status").filter(has_text="Changed the role")
    status.wait_for()
    assert focused(page, "element => element.ariaLabel") == "Actions for Priya Raghunathan"
    assert page.evaluate("scrollY") == pytest.approx(before, abs=60)
    assert status.bounding_box()["y"] >= 0, "the message is in view"

    admin.choose("Priya Raghunathan", "Disable Access")
    admin.confirm("Disable Access")
    admin.told("Access disabled")
    assert focused(page, "element => element.ariaLabel") == "Actions for Priya Raghunathan"
    page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_label("Email Address").fill("noemi@acme.example")
    admin.confirm("Send Invitation")
    admin.told("Invitation sent to")
    assert focused(page) == "Invite User"


def test_a_step_aside_leads_back_to_the_tab(admin):
    pane = admin.open_member("Camila Souza", "Security")
    pane.get_by_role("link", name="Reset Password").click()
    pane.get_by_role("button", name="Reset Password").wait_for()
    pane.get_by_role("link", name="Cancel").click()
    pane.get_by_role("heading", name="Multi-Factor Authentication").wait_for()
    assert focused(admin.page) == "Reset Password"
    pane.get_by_role("link", name="Profile").click()
    pane.get_by_role("link", name="Edit Profile").click()
    pane.get_by_label("Phone Number").fill("+55 11 5550 0100")
    admin.confirm("Save")
    admin.told("Saved the profile of Camila Souza.")
    pane.get_by_text("+55 11 5550 0100").wait_for()
    admin.page.keyboard.press("Escape")
    assert focused(admin.page) == "Camila Souza"


def test_removing_from_the_tab_leads_back_to_the_list(admin):
    admin.open_member("Camila Souza", "Security").get_by_role("link", name="Remove").click()
    admin.pane.get_by_text("permanently deleted").wait_for()
    admin.confirm("Remove")
    admin.told("Removed Camila Souza from the organization.")
    admin.page.wait_for_load_state("networkidle")
    assert not admin.page.get_by_role("dialog").is_visible()
    assert not Membership.objects.filter(display_name="Camila Souza").exists()


def test_a_click_beside_does_not_throw_away_what_was_typed(admin):
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_label("Email Address").wait_for()
    admin.page.mouse.click(**BACKDROP)
    admin.pane.wait_for(state="hidden")
    admin.page.get_by_role("link", name="Invite User").click()
    admin.pane.get_by_label("Email Address").press_sequentially("noemi")
    admin.page.mouse.click(**BACKDROP)
    assert admin.pane.get_by_label("Email Address").input_value() == "noemi"


def test_tabs_stay_in_place_and_keep_the_focus(admin):
    pane = admin.open_member("Camila Souza")
    places = set()
    for tab in ("Security", "Activity", "Profile"):
        pane.get_by_role("link", name=tab, exact=True).click()
        pane.locator(f'[aria-current="page"]:text-is("{tab}")').wait_for()
        admin.page.wait_for_function(f"document.activeElement.innerText == '{tab}'")
        places.add(pane.get_by_role("link", name=tab, exact=True).bounding_box()["y"])
    assert len(places) == 1


def test_forms_begin_in_their_first_field(admin):
    admin.open_member("Camila Souza").get_by_role("link", name="Edit Profile").click()
    admin.pane.get_by_label("Full Name").wait_for()
    assert focused(admin.page, "element => element.name") == "full_name"


def test_a_page_of_a_tab_is_titled_by_it(admin, member_of):
    admin.page.goto(f"{admin.page.url}{member_of('Camila Souza').pk}/security/")
    assert admin.page.title().startswith("Security | Camila Souza")
