"""Picking a span of the week calendar: by mouse, by keyboard, and without JavaScript; and the calendar on paper."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import pytest

from django_org_members.models import Override

from .planned import plan_for

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def monday():
    """Monday of the week after this one, UTC."""
    now = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return now - DAY * now.weekday() + 7 * DAY


@pytest.fixture
def next_week(acme, browse, member_of):
    """Open the calendar's next week as an Admin: `next_week(js=True, …)`."""
    plan_for(acme, member_of)
    Override.objects.all().delete()

    def make(**how):
        person = browse(**how).sign_in("admin@acme.example")
        person.page.get_by_role("link", name="Availability", exact=True).click()
        person.page.get_by_role("link", name="Next week").click()
        person.page.locator("#om-week").wait_for()
        return person

    return make


def lane(person, name="Primary"):
    return person.page.locator(f'[data-om-lane="{name}"]')


def span(person):
    """The span that the open form begins with."""
    return [person.pane.get_by_label(label, exact=True).input_value() for label in ("From", "Until")]


def local(at):
    return f"{at:%Y-%m-%dT%H:%M}"


def x_of(box, days):
    return box["x"] + box["width"] * days / 7


def test_a_span_is_picked_by_dragging_and_overridden(next_week, member_of, monday):
    person = next_week()
    box = lane(person).bounding_box()
    y, mouse = box["y"] + box["height"] / 2, person.page.mouse
    mouse.move(x_of(box, 1.51), y)
    mouse.down()
    mouse.move(x_of(box, 2), y)
    mouse.move(x_of(box, 2.74), y)
    person.page.locator(".om-picker__words").get_by_text(re.compile("Tue.*12:00.*Wed.*6:00")).wait_for()
    mouse.up()
    person.pane.get_by_label("Who takes it").select_option(label="Hana Sato (helpdesk@acme.example)")
    assert span(person) == [local(monday + 1.5 * DAY), local(monday + 2.75 * DAY)]
    person.confirm("Add Override")
    person.told("Hana Sato takes Primary")
    override = Override.objects.get()
    assert (override.membership, override.starts_at) == (member_of("Hana Sato"), monday + 1.5 * DAY)
    assert override.ends_at == monday + 2.75 * DAY
    assert lane(person).get_by_title("Hana Sato, override").count() == 1, "the week that it lies in is shown"


def test_a_drag_from_right_to_left_is_the_same_span(next_week, monday):
    person = next_week()
    box = lane(person).bounding_box()
    y, mouse = box["y"] + box["height"] / 2, person.page.mouse
    mouse.move(x_of(box, 2.74), y)
    mouse.down()
    mouse.move(x_of(box, 2), y)
    mouse.move(x_of(box, 1.51), y)
    mouse.up()
    person.pane.get_by_label("Who takes it").wait_for()
    assert span(person) == [local(monday + 1.5 * DAY), local(monday + 2.75 * DAY)]


def test_a_mirrored_lane_is_dragged_over_in_its_own_direction(next_week, monday, acme, browse):
    person = browse(locale="he-IL").sign_in("admin@acme.example")
    year, week, _ = monday.isocalendar()
    person.page.goto(f"/org/org_members/organization/{acme.pk}/availability/?week={year}-W{week:02}")
    lane(person).scroll_into_view_if_needed()
    box = lane(person).bounding_box()
    y, mouse = box["y"] + box["height"] / 2, person.page.mouse
    mouse.move(x_of(box, 7 - 1.51), y)
    mouse.down()
    mouse.move(x_of(box, 7 - 2), y)
    mouse.move(x_of(box, 7 - 2.74), y)
    mouse.up()
    person.page.locator("dialog [name=begins]").wait_for()
    values = [person.page.locator(f"dialog [name={name}]").input_value() for name in ("begins", "ends")]
    assert values == [local(monday + 1.5 * DAY), local(monday + 2.75 * DAY)]


def test_a_span_is_picked_by_two_clicks_with_shift(next_week, monday):
    person = next_week()
    box = lane(person).bounding_box()
    place = {"y": box["height"] / 2}
    for days in (3.01, 4.51):
        lane(person).click(position={**place, "x": box["width"] * days / 7}, modifiers=["Shift"])
    person.pane.get_by_label("Who takes it").wait_for()
    assert span(person) == [local(monday + 3 * DAY), local(monday + 4.5 * DAY + HOUR)]


def test_a_plain_click_opens_the_block(next_week, monday):
    person = next_week()
    lane(person).get_by_role("link").nth(1).click()
    person.pane.get_by_label("Who takes it").wait_for()
    assert span(person) == [local(monday + 9 * HOUR), local(monday + 33 * HOUR)]


def test_a_span_is_picked_with_the_keyboard(next_week, monday):
    person = next_week()
    picker = person.page.get_by_role("application", name="Span to override in Primary")
    picker.focus()
    keyboard = person.page.keyboard
    for key in (
        "ArrowRight",
        "PageDown",
        "ArrowRight",
        "ArrowRight",
        "ArrowLeft",
        "Shift+ArrowRight",
        "Shift+PageDown",
    ):
        keyboard.press(key)
    chosen = person.page.locator(".om-picker__span")
    assert chosen.bounding_box()["width"] > 10
    keyboard.press("Enter")
    person.pane.get_by_label("Who takes it").wait_for()
    assert span(person) == [local(monday + DAY + HOUR), local(monday + 2 * DAY + 3 * HOUR)]
    keyboard.press("Escape")
    assert picker.evaluate("element => element === document.activeElement"), "the focus returns"
    keyboard.press("ArrowRight")
    keyboard.press("Escape")
    assert chosen.count() == 0


def test_every_block_is_reached_with_the_keyboard(next_week):
    person = next_week()
    first = lane(person).get_by_role("link").first
    first.focus()
    person.page.keyboard.press("Enter")
    person.pane.get_by_label("Who takes it").wait_for()


def test_without_javascript_a_block_leads_to_the_form_and_back_to_its_week(next_week, member_of, monday):
    person = next_week(js=False)
    assert not person.page.get_by_text("Or drag over a lane").is_visible()
    lane(person).get_by_role("link").nth(1).click()
    assert span(person) == [local(monday + 9 * HOUR), local(monday + 33 * HOUR)]
    person.pane.get_by_label("Or somebody else").fill("elif")
    person.confirm("Add Override")
    person.told("Elif Yılmaz takes Primary")
    assert Override.objects.get().membership == member_of("Elif Yılmaz")
    person.page.get_by_role("link", name="Remove the override of Primary by Elif").click()
    person.confirm("Remove Override")
    person.told("Removed the override of Primary.")
    assert not Override.objects.exists()


def test_an_error_is_shown_in_the_dialog_and_nothing_is_lost(next_week):
    person = next_week()
    lane(person).get_by_role("link").nth(1).click()
    person.pane.get_by_label("Or somebody else").fill("ma")
    person.confirm("Add Override")
    person.pane.get_by_text("Several people match").wait_for()
    assert person.pane.get_by_label("Who takes it").locator("optgroup[label=Found] option").count() > 1
    assert not Override.objects.exists()


def test_whoever_may_not_plan_sees_the_same_and_the_reason(acme, browse, member_of):
    plan_for(acme, member_of)
    person = browse().sign_in("helpdesk@acme.example")
    person.page.get_by_role("link", name="Availability", exact=True).click()
    button = person.page.get_by_role("button", name="Add Override")
    assert button.get_attribute("aria-disabled") == "true"
    assert person.page.locator("#om-manage-reason").inner_text()
    assert person.page.locator("a.om-block").count() == 0
    assert person.page.locator(".om-block").count() > 10
    assert person.page.get_by_role("application").count() == 0


def test_on_paper_there_is_the_calendar_without_buttons(next_week, shoot):
    person = next_week()
    person.page.emulate_media(media="print")
    shoot(person.page, "week-calendar-print", full=True)
    assert lane(person).is_visible()
    assert not person.page.get_by_role("link", name="Add Override").is_visible()
    assert not person.page.locator("#header").is_visible()
    color = person.page.locator(".om-block").first.evaluate("block => getComputedStyle(block).printColorAdjust")
    assert color == "exact"
    person.page.evaluate("window.scrollTo(0, 0)")
    sheets = re.findall(rb"/Type\s*/Page\b", person.page.pdf(prefer_css_page_size=True))
    assert 1 <= len(sheets) <= 3, "the week, and what else the page has"
