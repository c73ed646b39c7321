"""Sign-in to both sites asks for a token when, and only when, the user has a second factor."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import activity
from django_org_members.models import Account, LoginEvent
from tests.otp import StaticDevice, TOTPDevice, needs_otp, totp

pytestmark = pytest.mark.django_db
SITES = ["org", "admin"]


@pytest.fixture
def manager(provisioned):
    """An Admin who is staff too, so that both sites let them in."""
    user = provisioned(role="admin").user
    user.is_staff = True
    user.save()
    return user


@pytest.fixture
def device(manager):
    return TOTPDevice.objects.create(user=manager, name="Phone", confirmed=True)


@pytest.fixture
def backup(manager):
    backup = StaticDevice.objects.create(user=manager, name="Backup codes")
    for number in range(3):
        backup.token_set.create(token=f"code{number}")
    return backup


def code(device, drift=0):
    return f"{totp(device.bin_key, t0=0, drift=drift):06}"


def token_url(site):
    return reverse(f"{site}:login_token")


def is_let_in(client, site):
    response = client.get(reverse(f"{site}:index"))
    return response.status_code == 200 or "/login/" not in response["Location"]


@pytest.mark.parametrize("site", SITES)
def test_without_a_device_there_is_no_second_step(manager, sign_in_by_form, client, site):
    TOTPDevice.objects.create(user=manager, confirmed=False)
    response = sign_in_by_form(manager.get_username(), site=site)
    assert response["Location"] == reverse(f"{site}:index")
    assert is_let_in(client, site)


@pytest.mark.parametrize("site", SITES)
def test_with_a_device_the_password_is_half_the_way(manager, device, sign_in_by_form, client, site, is_signed_in):
    response = sign_in_by_form(manager.get_username(), site=site)
    assert response["Location"] == token_url(site)
    assert not is_signed_in(client)
    assert not is_let_in(client, site)
    assert [event.reason for event in LoginEvent.objects.all()] == ["mfa_code_missing"], "nobody signed in yet"

    response = client.post(token_url(site), {"token": code(device)})
    assert response["Location"] == reverse(f"{site}:index")
    assert is_let_in(client, site)
    assert client.get(reverse("org_members:change_password")).wsgi_request.user.is_verified()


def test_a_token_may_have_spaces(manager, device, sign_in_by_form, client):
    sign_in_by_form(manager.get_username())
    digits = code(device)
    assert client.post(token_url("org"), {"token": f" {digits[:3]} {digits[3:]} "}).status_code == 302


def test_a_wrong_token_is_told_and_recorded(manager, device, sign_in_by_form, client, is_signed_in):
    sign_in_by_form(manager.get_username())
    response = client.post(token_url("org"), {"token": "000000"})
    assert "This code is not right" in response.content.decode()
    assert not is_signed_in(client)
    event = LoginEvent.objects.get()
    assert (event.user, event.reason, event.succeeded) == (manager, LoginEvent.Reason.MFA_CODE_WRONG, False)


def test_a_token_works_once(manager, device, sign_in_by_form):
    digits = code(device)
    for client, works in ((Client(), True), (Client(), False)):
        sign_in_by_form(manager.get_username(), client=client)
        client.post(token_url("org"), {"token": digits})
        assert is_let_in(client, "org") == works


def test_a_backup_code_works_once(manager, device, backup, sign_in_by_form):
    for client, works in ((Client(), True), (Client(), False)):
        sign_in_by_form(manager.get_username(), client=client)
        client.post(token_url("org"), {"token": "code1"})
        assert is_let_in(client, "org") == works


def test_tokens_of_the_app_never_lock_the_backup_codes(manager, device, backup, sign_in_by_form):
    for drift in range(-1, 1):
        client = Client()
        sign_in_by_form(manager.get_username(), client=client)
        client.post(token_url("org"), {"token": code(device, drift)})
    backup.refresh_from_db()
    assert backup.throttling_failure_count == 0


def test_who_guesses_has_to_wait(manager, device, sign_in_by_form, client):
    sign_in_by_form(manager.get_username())
    for _ in range(activity.FAILURES):
        client.post(token_url("org"), {"token": "000000"})
    TOTPDevice.objects.update(throttling_failure_count=0)
    response = client.post(token_url("org"), {"token": code(device)})
    assert "Too many wrong codes" in response.content.decode()
    old = LoginEvent.objects.first().created_at - timedelta(minutes=11)
    LoginEvent.objects.update(created_at=old)
    assert client.post(token_url("org"), {"token": code(device)}).status_code == 302


def test_the_second_step_does_not_wait_for_ever(manager, device, sign_in_by_form, client):
    sign_in_by_form(manager.get_username())
    with patch("time.time", return_value=time.time() + 601):
        assert client.post(token_url("org"), {"token": code(device)})["Location"] == reverse("org:login")


@pytest.mark.parametrize("change", ["password", "disable"])
def test_a_change_meanwhile_ends_the_second_step(manager, device, acme, sign_in_by_form, client, change):
    sign_in_by_form(manager.get_username())
    if change == "password":
        manager.set_password("something-else-26")
        manager.save()
    else:
        manager.is_active = False
        manager.save()
    assert client.post(token_url("org"), {"token": code(device)})["Location"] == reverse("org:login")


def test_the_second_step_needs_the_first(client):
    for site in SITES:
        assert client.get(token_url(site))["Location"] == reverse(f"{site}:login")


@pytest.mark.parametrize("site", SITES)
def test_a_sign_in_elsewhere_without_a_token_is_asked_for_one(manager, device, client, site):
    client.force_login(manager, backend="django_org_members.policy.backend.MembersBackend")
    assert not is_let_in(client, site)
    response = client.get(reverse(f"{site}:login"), {"next": f"/{site}/"})
    assert response["Location"] == token_url(site)
    client.post(token_url(site), {"token": code(device)})
    assert is_let_in(client, site)


def test_a_sign_in_elsewhere_with_a_token_is_enough(manager, device, client):
    client.force_login(manager, backend="django_org_members.policy.backend.MembersBackend")
    session = client.session
    session["otp_device_id"] = device.persistent_id
    session.save()
    assert is_let_in(client, "org")


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_next_stays_on_the_site(manager, device, sign_in_by_form, client, evil):
    sign_in_by_form(manager.get_username(), next=evil)
    response = client.post(token_url("org"), {"token": code(device)})
    assert (
        response["Location"] == "/"
        or response["Location"].startswith("/org/")
        or response["Location"] == "/accounts/profile/"
    )
    assert "evil" not in response["Location"]


def test_who_is_no_staff_signs_in_at_the_site_for_managers_only(provisioned, sign_in_by_form, client):
    user = provisioned(role="admin").user
    assert "staff" in sign_in_by_form(user.get_username(), site="admin").content.decode()
    assert sign_in_by_form(user.get_username(), site="org").status_code == 302


# Enrolment


@pytest.fixture
def after_reset(acme, manager, device, backup):
    member = acme.memberships.get(user=manager)
    manager.is_staff = False
    manager.save()
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    return manager


ENROL = "/account/mfa/add/"


def test_after_a_reset_enrolment_comes_before_anything_else(after_reset, sign_in_by_form, client, index):
    assert sign_in_by_form(after_reset.get_username())["Location"] == index, "no token: there is no device"
    for path in (index, reverse("org:password_change"), "/account/password/"):
        assert client.get(path)["Location"].startswith(ENROL)
    page = client.get(ENROL).content.decode()
    begun = TOTPDevice.objects.get(user=after_reset, confirmed=False)
    assert client.get(ENROL).context["enrolment"].device == begun, "loading it again shows the same key"
    assert "om-code" in page
    assert "This code is not right" in client.post(ENROL, {"token": "000000"}).content.decode()
    TOTPDevice.objects.update(throttling_failure_count=0)

    response = client.post(ENROL, {"token": code(begun), "next": index})

    codes = re.findall(r'<code class="om-code">(\w+)</code>', response.content.decode())
    assert len(codes) == 10
    assert "no-store" in response["Cache-Control"]
    assert not Account.objects.get(user=after_reset).mfa_enrolment_required
    assert is_let_in(client, "org")
    again = Client()
    sign_in_by_form(after_reset.get_username(), client=again)
    assert again.post(token_url("org"), {"token": codes[0]}).status_code == 302


def test_a_qr_code_is_shown_where_segno_is_installed(after_reset, sign_in_by_form, client):
    pytest.importorskip("segno", reason="segno is not installed.")
    sign_in_by_form(after_reset.get_username())
    page = client.get(ENROL).content.decode()
    assert 'class="om-qr"' in page
    assert "style=" not in page


def test_enrolling_on_another_page_lifts_the_demand(after_reset, sign_in_by_form, client):
    sign_in_by_form(after_reset.get_username())
    TOTPDevice.objects.create(user=after_reset, confirmed=True)
    client.get("/account/password/")
    assert not Account.objects.get(user=after_reset).mfa_enrolment_required


def test_a_project_s_own_page_is_used(after_reset, sign_in_by_form, client, index, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ENROLMENT_URL": "/two-factor/"}
    sign_in_by_form(after_reset.get_username())
    assert client.get(index)["Location"].startswith("/two-factor/?next=")


def test_nobody_is_locked_out_where_there_is_no_page(after_reset, sign_in_by_form, client, monkeypatch):
    from django_org_members.accounts.mfa import enrolment

    monkeypatch.setattr(enrolment, "is_offered", lambda: False)
    monkeypatch.setattr(enrolment.apps, "is_installed", lambda app: False)
    sign_in_by_form(after_reset.get_username())
    assert is_let_in(client, "org")


def test_who_has_mfa_sees_it_and_can_add_another(manager, device, sign_in, client):
    sign_in(client, manager)
    page = client.get(reverse("org_members:mfa")).content.decode()
    assert "Authenticator app (Phone)" in page
    assert client.get(ENROL).context["had_none"] is False


@needs_otp
def test_each_session_sets_up_a_key_of_its_own(manager, sign_in):
    """Who saw the key in a session that has ended must not know the device that is set up later."""
    thief, owner = sign_in(Client(), manager), sign_in(Client(), manager)
    seen = thief.get("/account/mfa/add/").context["enrolment"].key
    assert thief.get("/account/mfa/add/").context["enrolment"].key == seen, "the page can be loaded again"
    assert owner.get("/account/mfa/add/").context["enrolment"].key != seen


@needs_otp
def test_setting_it_up_ends_the_sessions_without_it(manager, sign_in):
    elsewhere, here = sign_in(Client(), manager), sign_in(Client(), manager)
    begun = here.get("/account/mfa/add/").context["enrolment"].device
    assert here.post("/account/mfa/add/", {"token": code(begun)}).status_code == 200
    assert is_let_in(here, "org")
    assert not is_let_in(elsewhere, "org")
