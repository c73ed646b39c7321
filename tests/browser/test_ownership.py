"""The Owner hands the organization over: from the dialog over the list, with a password that is asked again."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings

from django_org_members.accounts import reauthentication
from django_org_members.models import Organization
from tests.conftest import PASSWORD


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def owner(request, acme, browse):
    return browse(js=request.param).sign_in("owner@acme.example")


def grow_old(person):
    """Move the last sign-in of the person's session to the past."""
    (key,) = [each["value"] for each in person.page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
    session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    session[reauthentication.SESSION_KEY] = {**session[reauthentication.SESSION_KEY], "at": 0}
    session.save()


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
    grow_old(owner)
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


def test_a_form_that_waited_too_long_does_nothing(owner, acme):
    page = owner.page
    owner.open_member("Adaeze Nwosu", "Security").get_by_role("link", name="Transfer Ownership").click()
    owner.pane.get_by_text("Adaeze Nwosu becomes Owner.").wait_for()
    grow_old(owner)
    owner.confirm("Transfer Ownership")
    page.get_by_label("Password").fill(PASSWORD)
    assert owner_of(acme) == "owner@acme.example"
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="Transfer Ownership").wait_for()
    assert owner_of(acme) == "owner@acme.example"
