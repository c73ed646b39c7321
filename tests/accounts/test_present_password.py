"""The present password, asked for a new one: whoever has a session only does not guess it there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from django_org_members.accounts import activity
from django_org_members.models import LoginEvent

pytestmark = pytest.mark.django_db
NEW = {"new_password1": "another-battery-9", "new_password2": "another-battery-9"}
PAGES = ["org_members:change_password", "org:password_change"]


@pytest.fixture
def user(provisioned):
    return provisioned(role="admin").user


@pytest.mark.parametrize("page", PAGES)
def test_wrong_ones_are_recorded_and_too_many_wait(user, sign_in, client, password, page):
    sign_in(client, user)
    for _ in range(activity.FAILURES):
        assert client.post(reverse(page), {"old_password": "wrong", **NEW}).status_code == 200
    failed = LoginEvent.objects.filter(user=user, succeeded=False)
    assert list(failed.values_list("reason", flat=True)) == ["wrong_password"] * activity.FAILURES
    response = client.post(reverse(page), {"old_password": password, **NEW})
    assert "Too many wrong attempts" in response.content.decode()
    assert failed.count() == activity.FAILURES, "waiting is no failure"
    user.refresh_from_db()
    assert user.check_password(password)


@pytest.mark.parametrize("page", PAGES)
def test_another_mistake_is_no_failure(user, sign_in, client, password, page):
    sign_in(client, user)
    for form in ({**NEW, "new_password2": "x"}, {"new_password1": "123", "new_password2": "123"}):
        assert client.post(reverse(page), {"old_password": password, **form}).status_code == 200
    client.post(reverse(page), {"old_password": "", **NEW})
    assert not LoginEvent.objects.filter(succeeded=False).exists()


@pytest.mark.parametrize("page", PAGES)
def test_the_new_one_tells_nothing_of_a_present_one_that_was_not_given(user, sign_in, client, password, page):
    sign_in(client, user)
    for given, tells in (("", False), ("wrong", False), (password, True)):
        form = {"old_password": given, "new_password1": password, "new_password2": password}
        page_text = client.post(reverse(page), form).content.decode()
        assert ("This is your present password" in page_text) is tells


@pytest.mark.parametrize("page", [*PAGES, "org_members:confirm_identity"])
def test_nobody_else_makes_a_person_wait(user, sign_in, sign_in_by_form, client, password, page):
    """Anybody can give wrong passwords at the sign-in, from an address of their own."""
    sign_in(client, user)
    for _ in range(activity.FAILURES):
        sign_in_by_form(user.get_username(), password="wrong", client=Client(REMOTE_ADDR="203.0.113.9"))
    name = "password" if page.endswith("identity") else "old_password"
    assert client.post(reverse(page), {name: password, **NEW}).status_code == 302
