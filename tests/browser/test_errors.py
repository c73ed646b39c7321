"""After an error the focus is at the field that is wrong, and what is wrong is said there."""

from __future__ import annotations

import pytest

from .views import VIEWS, Scene

TOLD = """() => {
    const field = document.activeElement;
    const told = field.closest("fieldset[aria-describedby]") || field;
    return (told.getAttribute("aria-describedby") || "").split(" ")
        .map((id) => document.getElementById(id)?.innerText || "").join(" ");
}"""


@pytest.fixture
def scene(acme, browse, make_user):
    return Scene(acme, browse, make_user)


def focused(page):
    """Return the name of the field that has the focus, and what describes it."""
    page.wait_for_load_state("networkidle")
    return page.evaluate("document.activeElement.name"), page.evaluate(TOLD)


def test_a_role_without_a_replacement(scene):
    page = VIEWS["delete-role"](scene)[0].page
    page.get_by_role("button", name="Delete Role").click()
    page.get_by_text("Choose the role").wait_for()
    assert focused(page) == ("replacement", "Choose the role that its people get instead.")


def test_a_grant_to_nobody(scene):
    page = VIEWS["grant-permissions"](scene)[0].page
    name, told = focused(page)
    assert name == "user"
    assert "There is no user with this address or username." in told


def test_a_grant_of_nothing(scene):
    page = VIEWS["grant-permissions"](scene)[0].page
    page.locator("[name=user]").fill("admin@acme.example")
    page.locator("[name=permissions]").first.uncheck()
    page.get_by_role("button", name="Grant permissions").click()
    page.get_by_text("Choose at least one permission.").wait_for()
    assert focused(page) == ("permissions", "Choose at least one permission.")


def test_a_filter_that_means_several_people(scene):
    page = VIEWS["audit-log-with-a-wrong-filter"](scene)[0].page
    assert focused(page) == ("person", "This may be several people. Choose one:")
