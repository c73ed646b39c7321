"""What is very long or very many: nothing widens a page, hides the focus or is cut off."""

from __future__ import annotations

import pytest

from .views import Scene

LONG = "W" * 80
SEEN = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top === document.activeElement;
}"""


@pytest.fixture
def scene(acme, browse, make_user):
    return Scene(acme, browse, make_user)


@pytest.fixture
def roles_url(acme):
    return f"/org/org_members/organization/{acme.pk}/roles/"


@pytest.mark.parametrize("width", [320, 1280])
def test_a_box_of_the_matrix_is_seen_when_it_has_the_focus(scene, roles_url, make_role, width):
    """It comes out from under the words and the roles, which stay in view."""
    for number in range(20):
        make_role(scene.organization, name=f"Role number {number}")
    page = scene.admin(width=width, height=700).page
    page.goto(roles_url)
    page.locator("[name=grant]").nth(70).focus()
    for key in ["Tab"] * 20 + ["Shift+Tab"] * 60:
        page.keyboard.press(key)
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.ariaLabel")
