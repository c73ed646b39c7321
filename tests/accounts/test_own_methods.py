"""A person's own page: methods listed, added, removed, new backup codes; each change is recorded and told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members.accounts import mfa, reauthentication
from django_org_members.models import Account, LoginEvent, Organization
from django_org_members.signals import mfa_changed
from tests.otp import StaticDevice, TOTPDevice, needs_otp, totp

pytestmark = pytest.mark.django_db

METHODS, ENROL, CODES = (reverse(f"org_members:{name}") for name in ("mfa", "enrol_mfa", "mfa_backup_codes"))


@pytest.fixture
def user(provisioned):
    return provisioned(role="admin").user


@pytest.fixture
def phone(user):
    return TOTPDevice.objects.create(user=user, name="Phone")


@pytest.fixture
def backup(user):
    device = StaticDevice.objects.create(user=user, name="Backup codes")
    device.token_set.create(token="onlyonce")
    return device


@pytest.fixture
def me(client, user, sign_in):
    """The person, who has just shown who they are."""
    return fresh(sign_in(client, user), user)


def fresh(client, user):
    session = client.session
    reauthentication.stamp(session, user)
    session.save()
    return client


def code(device):
    return f"{totp(device.bin_key):06}"


def remove_url(device):
    return reverse("org_members:mfa_remove", args=[device.persistent_id])


def actions_of(user):
    return list(LoginEvent.objects.filter(user=user).order_by("pk").values_list("action", flat=True))


def test_one_s_own_methods_are_listed_and_nobody_else_s(me, user, phone, backup, make_user):
    TOTPDevice.objects.create(user=user, name="begun", confirmed=False)
    TOTPDevice.objects.create(user=make_user(), name="Foreign")
    page = me.get(METHODS).content.decode()
    assert "Authenticator app (Phone)" in page
    assert "1 code left" in page
    assert "begun" not in page
    assert "Foreign" not in page


@needs_otp
@pytest.mark.parametrize("is_demanded", [False, True])
def test_whoever_adds_an_app_unasked_can_go_back_and_others_sign_out(me, user, is_demanded):
    Account.objects.update_or_create(user=user, defaults={"mfa_enrolment_required": is_demanded})
    page = me.get(ENROL).content.decode()
    assert ("Back to your methods" in page) is not is_demanded
    assert ("Sign out" in page) is is_demanded


def test_several_apps_can_be_told_apart(me, user, phone, backup, django_capture_on_commit_callbacks):
    begun = me.get(ENROL).context["enrolment"].device
    with django_capture_on_commit_callbacks(execute=True):
        response = me.post(ENROL, {"token": code(begun), "name": "  Old   tablet "})
    assert response["Location"] == METHODS, "there are backup codes already: none are made"
    assert {str(method.label) for method in mfa.methods([user])[user.pk]} == {
        "Authenticator app (Phone)",
        "Authenticator app (Old tablet)",
        "Backup codes",
    }
    assert actions_of(user)[-1] == "mfa_method_added"
    assert "was added" in mail.outbox[-1].body


@needs_otp
@pytest.mark.parametrize("name", ["a\x07b", "x" * 65, "\u202eevil"])
def test_a_name_that_will_not_do_is_told_and_nothing_is_lost(me, user, name):
    begun = me.get(ENROL).context["enrolment"].device
    response = me.post(ENROL, {"token": code(begun), "name": name})
    assert response.context["form"].errors["name"]
    begun.refresh_from_db()
    assert not begun.confirmed
    assert me.get(ENROL).context["enrolment"].device == begun


def test_a_method_is_removed(me, user, phone, backup, caught, django_capture_on_commit_callbacks):
    other = TOTPDevice.objects.create(user=user, name="Tablet")
    told = caught(mfa_changed)
    assert "Your other methods stay" in me.get(remove_url(other)).content.decode()
    assert TOTPDevice.objects.filter(pk=other.pk).exists(), "nothing is done by looking"
    with django_capture_on_commit_callbacks(execute=True):
        assert me.post(remove_url(other))["Location"] == METHODS
    assert not TOTPDevice.objects.filter(pk=other.pk).exists()
    assert TOTPDevice.objects.filter(pk=phone.pk).exists()
    assert backup.token_set.exists()
    assert actions_of(user)[-1] == "mfa_method_removed"
    assert [(each["user"], each["change"]) for each in told] == [(user, "removed")]
    assert mail.outbox[-1].to == [user.email]
    assert me.post(remove_url(other)).status_code == 404, "it is gone"


def test_backup_codes_go_with_the_last_method(me, user, phone, backup):
    assert "your backup codes stop working" in me.get(remove_url(phone)).content.decode()
    me.post(remove_url(phone))
    assert mfa.methods([user]) == {}


def test_the_last_method_stays_where_an_organization_requires_one(me, user, phone, backup, acme):
    since = timezone.now() - timedelta(days=30)
    acme.memberships.filter(user=user).update(joined_at=since)
    Organization.objects.filter(pk=acme.pk).update(mfa_required_since=since)
    assert "requires" in me.get(remove_url(phone)).content.decode()
    assert me.post(remove_url(phone)).status_code == 403
    assert TOTPDevice.objects.filter(pk=phone.pk).exists()
    TOTPDevice.objects.create(user=user, name="Tablet")
    assert me.post(remove_url(phone)).status_code == 302, "another one is left"


@pytest.mark.parametrize("key", ["otp_totp.totpdevice/{}", "otp_totp.totpdevice/0", "auth.user/1", "nothing", "../x"])
def test_another_person_s_method_is_as_missing_as_none(me, user, make_user, phone, key):
    foreign = TOTPDevice.objects.create(user=make_user(), name="Foreign")
    url = reverse("org_members:mfa_remove", args=[key.format(foreign.pk)])
    assert me.get(url).status_code == me.post(url).status_code == 404
    assert TOTPDevice.objects.filter(pk=foreign.pk).exists()


def test_new_backup_codes_end_the_old_ones(me, user, phone, backup, django_capture_on_commit_callbacks):
    assert "stop working" in me.get(CODES).content.decode()
    assert mfa.find(user, backup.persistent_id) is not None, "nothing is done by looking"
    with django_capture_on_commit_callbacks(execute=True):
        response = me.post(CODES)
    codes = re.findall(r'<code class="om-code">(\w+)</code>', response.content.decode())
    assert len(set(codes)) == 10
    assert "no-store" in response["Cache-Control"]
    assert mfa.verify(user, "onlyonce") is None
    assert mfa.verify(user, codes[0]) is not None
    assert actions_of(user)[-1] == "backup_codes_made"
    assert not any(each in mail.outbox[-1].body for each in codes)
    assert not any(each in me.get(METHODS).content.decode() for each in codes), "they are shown once"


def test_backup_codes_stand_in_for_something(me, user):
    assert me.post(CODES).status_code == 404
    assert mfa.methods([user]) == {}


@pytest.mark.parametrize("url", [ENROL, CODES, METHODS])
def test_each_page_needs_a_sign_in(client, url):
    assert "/login/" in client.get(url)["Location"]


def test_whoever_finds_a_session_open_changes_nothing(client, user, phone, backup, sign_in):
    """All but looking asks again for the password or a token."""
    sign_in(client, user)
    session = client.session
    session[reauthentication.SESSION_KEY]["at"] -= 3600
    session.save()
    assert client.get(METHODS).status_code == 200
    for url in (ENROL, CODES, remove_url(phone)):
        for response in (client.get(url), client.post(url)):
            assert response["Location"].startswith(reverse("org_members:confirm_identity"))
    assert len(mfa.methods([user])[user.pk]) == 2
    assert backup.token_set.filter(token="onlyonce").exists()


@pytest.mark.parametrize("url", [ENROL, CODES, "remove"])
def test_a_form_from_elsewhere_is_refused(user, phone, backup, sign_in, url):
    strict = fresh(sign_in(Client(enforce_csrf_checks=True), user), user)
    assert strict.post(remove_url(phone) if url == "remove" else url, {"token": code(phone)}).status_code == 403
    assert len(mfa.methods([user])[user.pk]) == 2
