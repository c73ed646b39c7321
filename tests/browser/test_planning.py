"""Editing what is planned, in a browser: order by dragging and by keyboard, rows in place, and all of it without JavaScript."""

from __future__ import annotations

import pytest

from django_org_members.models import Rotation, Schedule

from .views import VIEWS, Scene


@pytest.fixture
def scene(acme, browse, make_user):
    return Scene(acme, browse, make_user)


def names(page):
    return page.locator("[data-om-order=layer-0] .om-order__who bdi").all_inner_texts()


def save(page):
    """Review and confirm."""
    page.get_by_role("button", name="Review", exact=True).last.click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".messagelist").get_by_text("Saved the rotation").wait_for()


def saved_order():
    rotation = Rotation.objects.get()
    return [str(place.membership) for place in rotation.places.filter(layer=0).select_related("membership")]


def test_members_are_ordered_by_dragging(scene):
    page = VIEWS["edit-rotation"](scene)[0].page
    before = names(page)
    grips = page.locator("[data-om-order=layer-0] [data-om-grip]")
    start, end = grips.nth(0).bounding_box(), grips.nth(2).bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 8, steps=12)
    page.mouse.up()
    wanted = [before[1], before[2], before[0], before[3]]
    assert names(page) == wanted
    assert page.locator("[data-om-order-status]").inner_text() == f"{before[0]} is number 3 now."
    save(page)
    assert saved_order() == wanted


def test_escape_gives_a_drag_up(scene):
    page = VIEWS["edit-rotation"](scene)[0].page
    before = names(page)
    grips = page.locator("[data-om-order=layer-0] [data-om-grip]")
    start, end = grips.nth(3).bounding_box(), grips.nth(0).bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 8, steps=12)
    assert names(page) != before
    page.keyboard.press("Escape")
    page.mouse.up()
    assert names(page) == before


@pytest.mark.parametrize("js", [True, False])
def test_members_are_ordered_by_keyboard(scene, js):
    page = VIEWS["edit-rotation"](scene, js=js)[0].page
    before = names(page)
    page.get_by_role("button", name=f"Move {before[2]} up").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.locator(f":focus[aria-label='Move {before[2]} up']").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.locator(f":focus[aria-label='Move {before[2]} down']").wait_for()
    wanted = [before[2], before[0], before[1], before[3]]
    assert names(page) == wanted
    save(page)
    assert saved_order() == wanted


@pytest.mark.parametrize("js", [True, False])
def test_members_are_found_with_the_enter_key_and_added(scene, js):
    page = VIEWS["edit-rotation"](scene, js=js)[0].page
    page.locator("[name=layer-0-q]").fill("hana")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Add Hana Sato").click()
    page.locator("[data-om-order=layer-0]").get_by_text("Hana Sato").wait_for()
    assert names(page)[-1] == "Hana Sato"


@pytest.mark.parametrize("js", [True, False])
def test_a_span_is_added_and_monday_copied(scene, js):
    page = VIEWS["edit-schedule"](scene, js=js)[0].page
    page.locator("[name=hours-0-ends]").fill("12:00")
    page.get_by_role("button", name="Add a span to Monday").click()
    page.locator("[name=hours-0-begins]").nth(1).wait_for()
    assert page.locator("[name=hours-0-begins]").nth(1).evaluate("input => input === document.activeElement")
    page.locator("[name=hours-0-begins]").nth(1).fill("13:00")
    page.locator("[name=hours-0-ends]").nth(1).fill("18:00")
    page.get_by_role("button", name="Copy Monday").click()
    page.locator("[name=hours-4-begins]").nth(1).wait_for()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.locator(".messagelist").get_by_text("Saved the schedule").wait_for()
    hours = Schedule.objects.get(name="Office Berlin").hours
    assert hours == [[day, *span] for day in range(5) for span in (["09:00", "12:00"], ["13:00", "18:00"])]


def test_what_does_not_apply_is_not_shown(scene):
    page = VIEWS["edit-rotation"](scene)[0].page
    assert page.locator("[name=layer-0-weekday]").is_visible()
    page.locator("[name=layer-0-unit]").select_option("days")
    assert not page.locator("[name=layer-0-weekday]").is_visible()
    assert not page.locator("[name=layer-0-hours-0-begins]").is_visible()
    page.locator("[name=layer-0-restricted]").check()
    assert page.locator("[name=layer-0-hours-0-begins]").is_visible()
