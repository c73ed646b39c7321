"""A session that another sign-in page of the project began without a token: what it must not do, and how it gets one."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from django_org_members.accounts import mfa, own_methods
from django_org_members.models import Account
from tests.otp import TOTPDevice, totp

pytestmark = pytest.mark.django_db

CONFIRM = reverse("org_members:confirm_identity")
PAGES = [reverse(f"org_members:{name}") for name in ("mfa", "enrol_mfa", "mfa_backup_codes")]
ENROL = reverse("org_members:enrol_mfa")


@pytest.fixture
def user(provisioned):
    return provisioned(role="admin").user


@pytest.fixture
def phone(user):
    return TOTPDevice.objects.create(user=user, name="Phone")


@pytest.fixture
def half(client, user, phone):
    """A client whose user gave the password alone, on a page that asks for no token."""
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    return client


def code(device):
    return f"{totp(device.bin_key):06}"


def remove_url(device):
    return reverse("org_members:mfa_remove", args=[device.persistent_id])


@pytest.mark.parametrize("url", [*PAGES, "remove"])
def test_the_password_alone_changes_no_method(half, user, phone, url):
    url = remove_url(phone) if url == "remove" else url
    for response in (half.get(url), half.post(url, {"token": "000000"})):
        assert response["Location"].startswith(CONFIRM)
    assert TOTPDevice.objects.filter(user=user).count() == 1


def test_the_password_does_not_stand_in_for_the_token(half, user, phone, password, index):
    page = half.get(CONFIRM, {"next": PAGES[0]})
    assert page.context["means"] == ["token"]
    assert half.post(CONFIRM, {"password": password, "next": PAGES[0]}).status_code == 200
    assert half.get(PAGES[0])["Location"].startswith(CONFIRM)


def test_a_token_is_enough_and_asked_once(half, phone, index):
    assert half.post(CONFIRM, {"token": code(phone), "next": PAGES[0]})["Location"] == PAGES[0]
    assert half.get(PAGES[0]).status_code == 200
    assert half.get(index).status_code in (200, 302)
    assert "/login/" not in half.get(index).headers.get("Location", "")


def test_one_can_leave_the_second_step(half, index, is_signed_in):
    half.get(reverse("org:login"))
    token = reverse("org:login_token")
    assert half.get(reverse("org:login"))["Location"] == token, "somebody who is signed in is led back"
    assert 'name="sign_out"' in half.get(token).content.decode()
    assert half.post(token, {"sign_out": "1"})["Location"] == reverse("org:login")
    assert not is_signed_in(half)
    assert half.get(reverse("org:login")).status_code == 200


@pytest.mark.parametrize("demanded", [True, False])
def test_who_came_in_before_there_was_a_method_gives_its_token_too(
    user, sign_in_by_form, client, index, demanded, django_user_model
):
    """Somebody else may have come in by the password while nothing was set up, after a reset above all."""
    Account.objects.update_or_create(user=user, defaults={"mfa_enrolment_required": demanded})
    sign_in_by_form(user.get_username())
    client.get(index)
    TOTPDevice.objects.create(user=user, name="Set up elsewhere")
    assert "/login/" in client.get(index)["Location"]
    assert client.get(PAGES[0])["Location"].startswith(CONFIRM)


def test_two_removals_at_once_leave_what_is_required(rf, user, phone):
    """Each found the other method left when its page was shown."""
    request = rf.post("/")
    request.user = user
    assert own_methods.remove(request, phone.persistent_id, keep_one=True) is None
    assert mfa.is_enabled(user)


def test_a_temporary_password_is_changed_before_a_method_is_added(user, sign_in):
    Account.objects.update_or_create(user=user, defaults={"must_change_password": True})
    client = sign_in(Client(), user)
    for name, args in (("add_passkey", []), ("passkey_step", ["register-begin"]), ("enrol_mfa", [])):
        response = client.post(reverse(f"org_members:{name}", args=args))
        assert response["Location"].startswith(reverse("org_members:change_password")), name
