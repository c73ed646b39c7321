"""Every page in light and dark: a screenshot to look at, and nothing for axe to find in our own content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.otp import TOTPDevice

from .views import DIALOG, OURS, VIEWS, Scene

WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # every rule runs; of those that pass, not every element is listed
    "preload": False,  # the style sheets and sounds need no second reading: of these rules only that of sounds wants them
}


@pytest.fixture
def scene(acme, browse, make_user, request):
    return Scene(acme, browse, make_user, request.getfixturevalue)


def findings(page, where):
    """Return what axe finds in our own part of the page."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed.").Axe()
    if page.evaluate("'axe' in window"):
        axe.axe_script = "0"  # it is there already: half a megabyte
    results = axe.run(page, context={"include": [[where]]}, options=WCAG)
    return [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in results.response["violations"]
    ]


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_looks_right_and_is_accessible(scene, shoot, name):
    person, where = VIEWS[name](scene)
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        shoot(person.page, f"{name}-{scheme}")
        assert where is None or findings(person.page, where) == [], scheme


NARROW = [
    "members-list",
    "long-names",
    "member-security",
    "member-sessions",
    "invite-user",
    "bulk-confirmation",
    "accept-invitation",
    "enrol-mfa",
    "row-menu",
    "roles-and-permissions",
    "review-roles",
    "edit-role",
    "audit-log",
    "audit-log-with-a-wrong-filter",
    "member-changes",
    "member-activity",
    "own-activity",
    "everybody-s-activity",
    "remove-member",
    "transfer-ownership",
    "confirm-identity",
    "send-reset-link",
    "own-sessions",
    "access-tab",
    "grant-permissions",
    "search-organizations",
    "mfa-required",
    "exempt-from-mfa",
    "exempt-member",
    "mfa-due",
    "availability",
    "week-calendar",
    "add-override",
    "remove-override",
    "available-until",
    "member-planned",
    "add-time-off",
    "set-schedule",
    "hand-over",
    "own-availability",
    "schedules-of-acme",
    "edit-schedule",
    "wrong-hours",
    "delete-schedule",
    "closures-of-acme",
    "public-holidays",
    "rotations-of-acme",
    "edit-rotation",
    "review-rotation",
    "calendars",
    "imported-calendars",
    "calendar-address",
    "import-calendar",
    "remove-calendar",
    "revoke-address",
    "own-addresses",
    "own-address",
    "billing",
    "billing-history",
    "billing-parked",
    "choose-item",
    "remove-billed-member",
]


@pytest.mark.parametrize("name", NARROW)
def test_nothing_is_cut_off_on_a_narrow_screen(scene, shoot, name):
    person, where = VIEWS[name](scene, width=320, height=640)
    shoot(person.page, f"{name}-narrow")
    width, room = person.page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    assert width <= room
    dialog = person.page.locator("dialog[open]")
    if dialog.count():
        assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert findings(person.page, where) == []  # what a wide screen does not show, as the agenda of a week


@pytest.mark.parametrize(
    "name",
    [
        "members-list",
        "detail-page",
        "accept-invitation",
        "roles-and-permissions",
        "audit-log",
        "access-tab",
        "own-sessions",
        "own-activity",
        "mfa-required",
        "week-calendar",
        "add-override",
        "remove-override",
        "available-until",
        "member-planned",
        "add-time-off",
        "set-schedule",
        "hand-over",
        "own-availability",
        "edit-schedule",
        "edit-rotation",
        "review-rotation",
        "calendars",
        "import-calendar",
        "own-addresses",
        "billing",
    ],
)
def test_a_right_to_left_language_mirrors_the_page(scene, shoot, name):
    person, where = VIEWS[name](scene, locale="he-IL")
    shoot(person.page, f"{name}-rtl")
    assert person.page.locator("html").get_attribute("dir") == "rtl"
    assert findings(person.page, where) == []


def test_a_long_name_is_not_cut_off_beside_the_token(scene):
    user = scene.member("Maximiliana Konstantinopoulos-Featherstonehaugh van der Grönewoudt").user
    TOTPDevice.objects.create(user=user)
    page = scene.browse(width=320, height=640).sign_in(user.email).page
    assert page.get_by_role("heading", level=1).inner_text() == page.title().partition(" |")[0]
    card = page.locator("#container").bounding_box()
    name = page.locator("#content-main strong").bounding_box()
    assert name["x"] + name["width"] <= card["x"] + card["width"]


def test_what_became_of_a_session_is_told_as_a_status(scene):
    page = VIEWS["own-sessions"](scene)[0].page
    page.get_by_role("button", name="End the session in Chrome").click()
    page.get_by_role("status").get_by_text("The session has ended.").wait_for()
    assert findings(page, "main") == []


def test_events_without_an_address_begin_where_the_others_do_on_a_narrow_screen(scene):
    page = VIEWS["own-activity"](scene, width=320, height=640)[0].page
    assert len({time.bounding_box()["x"] for time in page.locator(".om-events time").all()}) == 1


def test_sessions_to_choose_from_are_a_group_with_a_name_and_its_errors(scene):
    page = VIEWS["end-session"](scene)[0].page
    page.get_by_role("button", name="End Session").click()
    group = page.get_by_role("group", name="Session", exact=True)
    assert group.get_by_role("radio").count() == 2
    wrong = page.locator(f"#{group.get_attribute('aria-describedby')}")
    assert wrong.inner_text() == "This field is required."
    assert all(label.bounding_box()["height"] >= 24 for label in group.locator("label").all())


@pytest.mark.parametrize("name", ["roles-and-permissions", "access-tab", "audit-log", "member-changes"])
def test_every_table_has_a_name_and_no_two_parts_the_same(scene, name):
    page = VIEWS[name](scene)[0].page
    for role in ("table", "region"):
        every = page.locator(DIALOG if page.locator(DIALOG).count() else OURS).get_by_role(role)
        names = [each.aria_snapshot().split("\n")[0].partition('"')[2].partition('"')[0] for each in every.all()]
        assert all(names), names
        assert len(set(names)) == len(names), names


@pytest.mark.parametrize("width", [768, 1280])
def test_the_list_fills_the_page_on_every_django(scene, width):
    """The stock style sheets differ between the releases, and must not win."""
    page = scene.admin(width=width).page
    room = page.locator("#content-main").bounding_box()["width"]
    assert page.locator("#result_list").bounding_box()["width"] >= room - 4
    for name in page.locator(".om-member__name").all()[:3]:
        assert name.bounding_box()["width"] > name.bounding_box()["height"], "names are not broken letter by letter"
    bar = page.locator("#changelist-form .actions")
    assert bar.locator("select").bounding_box()["height"] == bar.locator("button").bounding_box()["height"]
    assert bar.evaluate("bar => getComputedStyle(bar).display") == "flex"


def test_the_menu_stays_in_the_window(scene):
    """Also at its lower edge, and on a small screen."""
    person = scene.admin(width=1024, height=480)
    names = person.names()
    for name in (names[0], names[len(names) // 2], names[-1]):
        person.page.get_by_role("button", name=f"Actions for {name}").scroll_into_view_if_needed()
        box = person.open_menu(name).bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= 1024
        assert box["y"] + box["height"] <= 480
        person.page.keyboard.press("Escape")


def test_the_keyboard_is_enough(scene):
    person = scene.admin()
    keyboard = person.page.keyboard
    person.page.get_by_role("button", name="Actions for Camila Souza").focus()
    keyboard.press("Enter")
    person.page.locator(".om-menu__entry:focus").get_by_text("View / Edit").wait_for()
    keyboard.press("ArrowDown")
    assert person.page.evaluate("document.activeElement.innerText.trim()") == "Set as Admin"
    keyboard.press("End")
    assert person.page.evaluate("document.activeElement.innerText.trim()") == "Remove"
    keyboard.press("Enter")
    person.pane.get_by_role("heading", name="Remove").wait_for()
    assert person.page.evaluate("document.querySelector('dialog').contains(document.activeElement)")
    keyboard.press("Escape")
    assert not person.page.get_by_role("dialog").is_visible()
    link = person.page.get_by_role("link", name="Invite User")
    link.focus()
    keyboard.press("Enter")
    person.pane.get_by_label("Email Address").wait_for()
    assert person.page.evaluate("document.activeElement.name") == "email"
    keyboard.press("Escape")
    assert link.evaluate("element => element === document.activeElement"), "the focus returns to where it came from"


def test_a_double_click_creates_one_user(scene):
    person = scene.admin()
    person.page.get_by_role("link", name="Create User").click()
    person.pane.get_by_label("Full Name").fill("Grace Hopper")
    person.pane.get_by_label("Email Address").fill("grace@acme.example")
    person.pane.get_by_role("button", name="Create User").dblclick()
    person.page.get_by_role("textbox", name="Temporary Password").wait_for()


def test_the_temporary_password_is_gone_after_reload_and_back(scene):
    person = scene.admin(js=False)
    person.page.get_by_role("link", name="Create User").click()
    person.page.get_by_label("Full Name").fill("Grace Hopper")
    person.page.get_by_label("Email Address").fill("grace@acme.example")
    person.page.get_by_role("button", name="Create User").click()
    password = person.page.get_by_role("textbox", name="Temporary Password").input_value()
    person.page.reload()
    assert password not in person.page.content()
    person.page.goto("/org/")
    with pytest.raises(Exception, match="ERR_CACHE_MISS"):  # Chromium kept nothing, and would have to ask again
        person.page.go_back()


def test_the_tour_shows_every_page_and_no_picture_lies_about():
    docs = Path(__file__).resolve().parents[2] / "docs"
    tour = (docs / "tour.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^```\{shots\} ([\w-]+)$", tour, re.MULTILINE))
    assert shown == set(VIEWS)
    pictures = {path.name for path in (docs / "images").glob("*.png")}
    assert pictures == {f"{name}-{scheme}.png" for name in VIEWS for scheme in ("light", "dark")} | set(
        re.findall(r"images/([\w-]+-(?:narrow|rtl)\.png)", tour)
    )
