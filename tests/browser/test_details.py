"""Small things that a person notices: on the public pages, in high contrast, with large text, on a narrow screen."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse

from .views import VIEWS, Scene

FOCUSED_NAME = "document.activeElement.name"


@pytest.fixture
def scene(acme, browse, make_user):
    return Scene(acme, browse, make_user)


def style(locator, name):
    return locator.evaluate(f"element => getComputedStyle(element).getPropertyValue('{name}')")


# Public pages


def test_an_error_takes_the_focus_and_the_title(scene):
    person, _ = VIEWS["accept-invitation"](scene)
    page = person.page
    assert page.title() == "Join Acme"
    assert page.evaluate(FOCUSED_NAME) == "full_name"
    page.get_by_label("Full Name").fill("Noémi Kovács")
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_label("New password confirmation").fill("short")
    page.get_by_role("button", name="Create account and join").click()
    page.locator(".errorlist").first.wait_for()
    assert page.title() == "Error: Join Acme"
    assert page.evaluate(FOCUSED_NAME) == "new_password2"


def test_a_forced_password_change_begins_in_its_field_and_has_a_way_out(scene):
    person, _ = VIEWS["change-password"](scene)
    person.page.get_by_role("heading", name="Change your password").wait_for()
    assert person.page.evaluate(FOCUSED_NAME) == "new_password1"
    try:
        reverse("org_members:logout")
    except NoReverseMatch:
        pytest.skip("The URL org_members:logout is not there yet.")
    person.page.get_by_role("button", name="Sign out").click()
    person.page.goto("/org/")
    person.page.wait_for_url("**/login/**")


def test_links_that_are_buttons_look_like_buttons(scene):
    person, _ = VIEWS["invitation-gone"](scene)
    assert style(person.page.get_by_role("link", name="Continue"), "text-decoration-line") == "none"


def test_backup_codes_are_copied_together(scene):
    person, _ = VIEWS["backup-codes"](scene)
    codes = person.page.locator(".om-codes li").all_inner_texts()
    person.page.get_by_role("button", name="Copy").click()
    person.page.get_by_role("button", name="Copied").wait_for()
    assert person.page.evaluate("navigator.clipboard.readText()").split() == codes
    assert len(codes) == 10


def test_the_token_page_has_a_heading(scene):
    person, _ = VIEWS["token"](scene)
    assert person.page.get_by_role("heading", level=1).count() == 1


# The list


def test_clearing_a_search_keeps_the_toggle(scene):
    person = scene.admin()
    page = person.page
    page.goto(f"{page.url}?show=unavailable&q=nobody")
    page.get_by_text("No members match “nobody” under “Unavailable”.").wait_for()
    page.get_by_role("link", name="Clear search").click()
    page.wait_for_url("**?show=unavailable")
    assert person.names() == ["François Tremblay"]


def test_a_reason_stands_above_what_it_refuses(scene):
    menu = scene.admin().open_menu("Olivia Marchetti")
    reason = menu.get_by_text("This is the Owner of the organization.")
    assert reason.bounding_box()["y"] < menu.get_by_role("button").first.bounding_box()["y"]


def test_breadcrumbs_are_spaced(scene):
    words = scene.admin().page.locator(".breadcrumbs").inner_text().replace("\n", " ")
    assert "Acme›" not in words


def test_the_activity_names_each_region_once(scene):
    person, _ = VIEWS["member-activity"](scene)
    assert person.pane.get_by_role("region", name="Recent Login Activity").count() == 1


def test_pending_invitations_explain_themselves_on_a_narrow_screen(scene):
    person, _ = VIEWS["members-list"](scene, width=320, height=640)
    row = person.page.locator(".om-table--invitations tbody tr").first
    assert "Expires" in row.inner_text()
    email, badge = row.locator("th bdi").bounding_box(), row.locator(".om-badge").bounding_box()
    assert email["x"] == pytest.approx(badge["x"], abs=1)


def test_a_temporary_password_is_in_view_as_a_whole(scene):
    person, _ = VIEWS["temporary-password"](scene, width=320, height=640)
    box = person.page.get_by_role("textbox", name="Temporary Password")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


# Contrast, size


def test_high_contrast_tells_what_is_current(scene):
    person, _ = VIEWS["member-profile"](scene)
    person.page.emulate_media(forced_colors="active")
    tabs = person.pane.locator(".om-tabs a")
    assert style(tabs.nth(0), "border-bottom-width") != style(tabs.nth(1), "border-bottom-width")
    shows = person.page.locator(".om-show__choices a")
    assert style(shows.nth(0), "background-color") != style(shows.nth(1), "background-color")
    assert style(person.pane.locator(".om-banner"), "border-top-style") == "solid"


CONTROLS = ":is(.om-button, .om-page input:not([type=checkbox], [type=hidden]), .om-page select, .om-avatar, .om-badge)"


@pytest.mark.parametrize("name", ["members-list", "detail-page", "enrol-mfa"])
def test_text_of_double_size_is_not_cut(scene, name):
    person, _ = VIEWS[name](scene)
    person.page.evaluate("document.documentElement.style.fontSize = '200%'")
    cut = person.page.locator(CONTROLS).evaluate_all(
        "all => all.filter(one => one.scrollHeight > one.clientHeight + 2).map(one => one.outerHTML)"
    )
    assert cut == []
