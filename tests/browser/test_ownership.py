"""The Owner hands the organization over: from the dialog over the list, with a password that is asked again."""

from __future__ import annotations

import pytest

from django_org_members.models import Organization
from tests.conftest import PASSWORD


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def owner(request, acme, browse):
    return browse(js=request.param).sign_in("owner@acme.example")


def owner_of(acme):
    return Organization.objects.select_related("owner").get(pk=acme.pk).owner.email


def test_the_ownership_is_transferred_from_the_security_tab(owner, acme):
    owner.open_member("Adaeze Nwosu", "Security").get_by_role("link", name="Transfer Ownership").click()
    owner.pane.get_by_text("Adaeze Nwosu becomes Owner.").wait_for()
    owner.confirm("Transfer Ownership")
    owner.told("Adaeze Nwosu is the Owner now.")
    assert owner_of(acme) == "admin@acme.example"


def test_an_old_session_gives_the_password_again_and_goes_on(owner, acme):
    page = owner.page
    pane = owner.open_member("Adaeze Nwosu", "Security")
    owner.grow_old()
    pane.get_by_role("link", name="Transfer Ownership").click()
    page.wait_for_url("**/account/confirm/**")
    assert page.evaluate("document.activeElement.name") == "password"
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("This password is not right.").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="Transfer Ownership").wait_for()
    page.get_by_role("button", name="Transfer Ownership").click()
    owner.told("Adaeze Nwosu is the Owner now.")
    assert owner_of(acme) == "admin@acme.example"


def test_a_form_that_waited_too_long_is_asked_where_it_is_and_one_answer_does_it(owner, acme):
    page = owner.page
    owner.open_member("Adaeze Nwosu", "Security").get_by_role("link", name="Transfer Ownership").click()
    owner.pane.get_by_text("Adaeze Nwosu becomes Owner.").wait_for()
    owner.grow_old()
    owner.confirm("Transfer Ownership")
    owner.pane.get_by_role("heading", name="Confirm it is you").wait_for()
    for given in ("wrong", PASSWORD):
        owner.pane.get_by_label("Password").wait_for()
        assert page.evaluate("document.activeElement.name") == "identity-password"
        assert owner_of(acme) == "owner@acme.example"
        owner.pane.get_by_label("Password").fill(given)
        owner.confirm("Confirm")
        if given == "wrong":
            owner.pane.get_by_text("This password is not right.").wait_for()
    owner.told("Adaeze Nwosu is the Owner now.")
    assert owner_of(acme) == "admin@acme.example"
