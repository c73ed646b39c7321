"""A temporary password on the screen: once, and not when somebody goes back to it."""

from __future__ import annotations

import pytest

Error = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed.").Error

pytestmark = pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])


@pytest.fixture
def admin(acme, browse, js):
    return browse(js=js).sign_in("admin@acme.example")


def create(admin):
    admin.page.get_by_role("link", name="Create User").click()
    admin.pane.get_by_label("Full Name").fill("Grace Hopper")
    admin.pane.get_by_label("Email Address").fill("grace@acme.example")
    admin.pane.get_by_label("Engineer").check()
    admin.confirm("Create User")


def reset(admin):
    admin.open_member("Camila Souza", "Security")
    admin.pane.get_by_role("link", name="Reset Password").click()
    admin.confirm("Reset Password")


def go(step):
    """Do it, whether or not the browser then shows a page: one that was not to be kept it may refuse to show."""
    try:
        step()
    except Error as error:
        if "ERR_CACHE_MISS" not in str(error):
            raise


def text_of(page):
    """What the page holds, once it is there: Chromium goes on to a page of its own for what it does not show again."""
    page.wait_for_load_state()
    try:
        return page.content()
    except Error as error:
        if "navigating" not in str(error):
            raise
        page.wait_for_load_state("networkidle")
        return page.content()


@pytest.mark.parametrize("way", [create, reset])
def test_back_forward_and_reload_do_not_show_it_again(admin, way):
    way(admin)
    field = admin.page.get_by_role("textbox", name="Temporary Password")
    field.wait_for()
    temporary = field.input_value()
    assert len(temporary) > 20
    shown = admin.page.url
    admin.page.get_by_role("link", name="Done").click()
    admin.page.wait_for_url(lambda url: url != shown or admin.has_js)
    admin.page.get_by_role("link", name="Create User").or_(
        admin.page.get_by_role("link", name="Reset Password")
    ).first.wait_for()
    for step in (admin.page.go_back, admin.page.go_forward, admin.page.go_back, admin.page.go_back):
        go(step)
        assert temporary not in text_of(admin.page)
        assert admin.page.get_by_role("textbox", name="Temporary Password").count() == 0
    go(lambda: admin.page.goto(shown))
    go(admin.page.reload)
    assert temporary not in text_of(admin.page)
