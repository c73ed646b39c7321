"""What is very long or very many: nothing widens a page, hides the focus or is cut off."""

from __future__ import annotations

import pytest

from django_org_members.models import Membership, Organization, Role

from .views import VIEWS, Scene

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


CUT_OFF = """() => [...document.querySelectorAll("#content-main .om-badge")].filter((badge) => {
    const words = badge.querySelector(".om-badge__text") || badge;
    const room = badge.closest(".om-card, .om-roles, #content-main").getBoundingClientRect();
    const box = badge.getBoundingClientRect();
    return !badge.closest(".om-matrix") && (words.scrollWidth > words.clientWidth + 1 || box.right > room.right);
}).length"""


@pytest.mark.parametrize("width", [320, 1280])
def test_the_longest_name_of_a_role_fits_everywhere(scene, roles_url, make_role, width):
    role = make_role(scene.organization, "view_members", name=LONG, description="D" * 200)
    member = scene.member("Hana Sato")
    Membership.objects.filter(pk=member.pk).update(role=role)
    Organization.objects.filter(pk=scene.organization.pk).update(name="A" * 100)  # its name stands above every page
    globex = Organization.objects.create(name="G" * 100, slug="globex", owner=scene.organization.owner)
    Membership.objects.create(organization=globex, user=member.user, role=Role.objects.admin())
    pages = {
        "admin@acme.example": [
            roles_url,
            *(f"{roles_url}{role.pk}/{path}" for path in ("", "delete/", "duplicate/")),
            *(f"{roles_url}../members/{member.pk}/{path}" for path in ("security/", "set-role/")),
        ],
        "helpdesk@acme.example": ["/org/"],
        "staff@example.com": [f"/admin/org_members/organization/{scene.organization.pk}/access/"],
    }
    scene.make_user(email="staff@example.com", is_staff=True, is_superuser=True)
    for email, urls in pages.items():
        page = scene.browse(width=width).sign_in(email, site=urls[-1]).page
        for url in urls:
            page.goto(url)
            assert page.evaluate("document.scrollingElement.scrollWidth - innerWidth") <= 0, url
            assert page.evaluate(CUT_OFF) == 0, url


def test_the_frame_of_the_focus_is_whole_on_the_first_page(scene):
    """The card around the organizations cuts off what stands out of it."""
    page = VIEWS["pick-organization"](scene)[0].page
    page.get_by_role("link", name="Globex").focus()
    offset = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineOffset)")
    assert offset <= -2


@pytest.mark.parametrize(("width", "text"), [(768, 100), (1280, 200)])
def test_what_changed_is_not_broken_letter_by_letter(scene, width, text):
    page = VIEWS["audit-log"](scene, width=width)[0].page
    page.evaluate("size => { document.documentElement.style.fontSize = size; }", f"{text}%")
    cells = page.locator(".om-log__changes:has(li)").all()
    assert min(cell.bounding_box()["width"] for cell in cells) >= width / 5
