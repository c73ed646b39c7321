"""Every kind of second factor that django-otp has: run with `--ds=tests.settings.all_methods`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.accounts import mfa, reauthentication, second_factor
from django_org_members.models import Account, LoginEvent
from tests.otp import hotp

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not apps.is_installed("django_otp_webauthn"), reason="all methods: run with --ds=tests.settings.all_methods."
    ),
]
TOKEN = reverse("org:login_token")


@pytest.fixture
def models():
    from django_otp.plugins.otp_email.models import EmailDevice
    from django_otp.plugins.otp_hotp.models import HOTPDevice
    from django_otp_webauthn.models import WebAuthnCredential

    return {"email": EmailDevice, "hotp": HOTPDevice, "passkey": WebAuthnCredential}


@pytest.fixture
def give(models):
    """Give a user a method: `give(user, "passkey")`."""

    def make(user, kind, **fields):
        if kind == "passkey":
            number = models[kind].objects.count()
            fields |= {"credential_id": bytes([number]), "public_key": b"x", "sign_count": 0, "aaguid": "0" * 32}
            fields |= {"backup_eligible": False, "backup_state": False}
        return models[kind].objects.create(user=user, **fields)

    return make


def test_each_is_listed_in_words_in_a_constant_number_of_queries(make_user, give):
    people = [make_user() for _ in range(10)]

    def queries(users):
        with CaptureQueriesContext(connection) as captured:
            mfa.methods(users)
        return len(captured)

    for user in people:
        for kind in ("email", "hotp", "passkey"):
            give(user, kind, name="Blue")
    assert sorted(str(method.label) for method in mfa.methods(people)[people[0].pk]) == [
        "E-mail code (Blue)",
        "Passkey (Blue)",
        "Token generator (Blue)",
    ]
    assert all(method.created_at for method in mfa.methods(people)[people[0].pk])
    assert queries(people[:1]) == queries(people)


def test_a_token_generator_signs_in(provisioned, give, sign_in_by_form, client, is_signed_in):
    user = provisioned(role="admin").user
    device = give(user, "hotp")
    sign_in_by_form(user.get_username())
    client.post(TOKEN, {"token": f"{hotp(device.bin_key, 0):06}"})
    assert is_signed_in(client)
    (method,) = mfa.methods([user])[user.pk]
    assert method.last_used_at is not None


def test_a_code_by_email_is_sent_on_request_and_not_too_often(provisioned, give, sign_in_by_form, client, is_signed_in):
    user = provisioned(role="admin").user
    device = give(user, "email", name="default")
    sign_in_by_form(user.get_username())
    page = client.get(TOKEN).content.decode()
    assert mail.outbox == [], "nothing is sent by looking"
    assert "Send me a code by e-mail" in page
    assert "A code was sent to you" in client.post(TOKEN, {"send": "1"}).content.decode()
    assert [message.to for message in mail.outbox] == [[user.email]]
    assert "No code was sent" in client.post(TOKEN, {"send": "1"}).content.decode()
    assert len(mail.outbox) == 1
    device.refresh_from_db()
    assert client.post(TOKEN, {"token": "000000"}).status_code == 200
    type(device).objects.update(throttling_failure_count=0)
    client.post(TOKEN, {"token": device.token})
    assert is_signed_in(client)


def test_another_code_can_be_had_after_a_minute(provisioned, give, sign_in_by_form, client):
    user = provisioned(role="admin").user
    device = give(user, "email")
    sign_in_by_form(user.get_username())
    client.post(TOKEN, {"send": "1"})
    type(device).objects.update(last_generated_timestamp=timezone.now() - timedelta(seconds=61))
    client.post(TOKEN, {"send": "1"})
    assert len(mail.outbox) == 2


def test_nothing_is_sent_to_whoever_does_not_know_the_password(provisioned, give, sign_in_by_form, client):
    user = provisioned(role="admin").user
    give(user, "email")
    sign_in_by_form(user.get_username(), password="wrong")
    client.post(TOKEN, {"send": "1"})
    assert mail.outbox == []


def test_a_mail_server_that_fails_is_told(provisioned, give, sign_in_by_form, client, monkeypatch, models):
    user = provisioned(role="admin").user
    give(user, "email")
    monkeypatch.setattr(models["email"], "generate_challenge", lambda *args: 1 / 0)
    sign_in_by_form(user.get_username())
    assert "No code was sent" in client.post(TOKEN, {"send": "1"}).content.decode()


def test_another_library_that_fails_hides_no_code_that_was_sent(
    provisioned, give, sign_in_by_form, client, monkeypatch, settings
):
    own = "tests.accounts.test_mfa_adapters.PaperCodes"
    monkeypatch.setattr(f"{own}.send_token", lambda self, user: 1 / 0)
    adapters = ["django_org_members.accounts.mfa.django_otp.DjangoOTPAdapter", own]
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": adapters}
    user = provisioned(role="admin").user
    give(user, "email")
    sign_in_by_form(user.get_username())
    assert "A code was sent to you" in client.post(TOKEN, {"send": "1"}).content.decode()
    assert len(mail.outbox) == 1


def test_an_unconfirmed_device_gets_no_code(provisioned, give, sign_in_by_form, client):
    user = provisioned(role="admin").user
    give(user, "email", confirmed=False)
    give(user, "hotp")
    sign_in_by_form(user.get_username())
    assert "Send me a code" not in client.post(TOKEN, {"send": "1"}).content.decode()
    assert mail.outbox == []


def test_somebody_with_a_passkey_alone_is_asked_for_that_and_for_no_token(
    provisioned, give, sign_in_by_form, client, sign_in, is_signed_in
):
    user = provisioned(role="admin").user
    give(user, "passkey")
    sign_in_by_form(user.get_username())
    page = client.get(TOKEN).content.decode()
    assert "Use a passkey" in page
    assert 'name="token"' not in page
    assert client.post(TOKEN, {"token": "123456"}).status_code == 200
    assert not is_signed_in(client)
    assert reauthentication.means(user) == ["password"]
    assert "otp_webauthn_auth.js" in page


def test_a_passkey_is_asked_of_nobody_in_particular(client, settings):
    """The library would let a passkey sign in alone: here it is a second factor."""
    for step in ("begin", "complete"):
        response = client.post(reverse("org_members:passkey_step", args=[step]), content_type="application/json")
        assert response.status_code == 403
        assert response.json()["code"] == "passwordless_login_disabled"
    assert client.post(reverse("org_members:passkey_step", args=["other"])).status_code == 404


def test_a_passkey_is_asked_of_whose_password_was_right(provisioned, give, sign_in_by_form, client):
    user = provisioned(role="admin").user
    device = give(user, "passkey")
    sign_in_by_form(user.get_username())
    begun = client.post(reverse("org_members:passkey_step", args=["begin"])).json()
    assert [each["id"] for each in begun["allowCredentials"]] == ["AA"], device.credential_id
    complete = reverse("org_members:passkey_step", args=["complete"])
    assert client.post(complete, {"id": "x"}, content_type="application/json").status_code >= 400
    last = LoginEvent.objects.filter(user=user).latest("pk")
    assert (last.action, last.reason) == ("sign_in_failed", "mfa_code_wrong")


def test_a_passkey_finishes_no_sign_in_of_somebody_else_s(provisioned, give, sign_in_by_form, client, monkeypatch):
    """Whoever has one, and another's password, answers in the moment in which that sign-in grows too old."""
    from django_otp_webauthn.exceptions import CredentialNotFound
    from django_otp_webauthn.helpers import WebAuthnHelper

    mallory, victim = provisioned(role="admin").user, provisioned(role="admin").user
    own, _theirs = give(mallory, "passkey"), give(victim, "passkey")
    client.force_login(mallory, backend="django_org_members.policy.backend.MembersBackend")
    sign_in_by_form(victim.get_username())
    pending, asked = second_factor.pending, []

    def grows_old(request):
        asked.append(request)
        return pending(request) if len(asked) <= times else None

    def check(helper, user, state, data):
        if user != own.user:
            raise CredentialNotFound
        return own

    monkeypatch.setattr(second_factor, "pending", grows_old)
    monkeypatch.setattr(WebAuthnHelper, "authenticate_complete", check)
    for times in range(4):
        asked.clear()
        client.post(reverse("org_members:passkey_step", args=["begin"]))
        asked.clear()
        client.post(reverse("org_members:passkey_step", args=["complete"]), {"id": "x"}, "application/json")
        assert client.session["_auth_user_id"] == str(mallory.pk), times


def test_adding_a_passkey_needs_a_sign_in_and_a_fresh_one(provisioned, client, sign_in):
    begin = reverse("org_members:passkey_step", args=["register-begin"])
    assert client.post(begin).status_code in (401, 403)
    user = provisioned(role="admin").user
    sign_in(client, user)
    assert client.post(begin).status_code == 200
    session = client.session
    session[reauthentication.SESSION_KEY]["at"] -= 3600
    session.save()
    assert client.post(begin).status_code == 403


def test_a_reset_removes_all_of_them(acme, provisioned, give, models):
    member = provisioned(role="admin")
    for kind in models:
        give(member.user, kind)
        give(member.user, kind, confirmed=False)
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    assert mfa.methods([member.user]) == {}
    assert Account.objects.get(user=member.user).mfa_enrolment_required


def test_one_is_removed_by_its_owner(provisioned, give, client, sign_in):
    user = provisioned(role="admin").user
    passkey = give(user, "passkey")
    give(user, "hotp")
    sign_in(client, user)
    client.post(reverse("org_members:mfa_remove", args=[passkey.persistent_id]))
    assert [str(method.label) for method in mfa.methods([user])[user.pk]] == ["Token generator"]


def test_a_failing_library_undoes_the_whole_reset(acme, provisioned, give, models, monkeypatch):
    member = provisioned(role="admin")
    give(member.user, "email")
    give(member.user, "passkey")

    def fail(self, users):
        raise RuntimeError("down")

    monkeypatch.setattr("tests.accounts.test_mfa_adapters.PaperCodes.reset", fail)
    own = {
        "MFA_ADAPTERS": [
            "django_org_members.accounts.mfa.django_otp.DjangoOTPAdapter",
            "tests.accounts.test_mfa_adapters.PaperCodes",
        ]
    }
    from django.conf import settings as project
    from django.test import override_settings

    with override_settings(ORG_MEMBERS={**project.ORG_MEMBERS, **own}), pytest.raises(RuntimeError):
        actions.perform("reset-mfa", actor=acme.owner, members=[member])
    assert len(mfa.methods([member.user])[member.user.pk]) == 2
    account = Account.objects.filter(user=member.user).first()
    assert not account.mfa_enrolment_required
    assert account.session_epoch == 0


def test_no_code_is_said_to_be_sent_before_the_library_allows_one(provisioned, give, sign_in_by_form, client, settings):
    settings.OTP_EMAIL_COOLDOWN_DURATION = 600
    user = provisioned(role="admin").user
    device = give(user, "email")
    sign_in_by_form(user.get_username())
    client.post(TOKEN, {"send": "1"})
    type(device).objects.update(last_generated_timestamp=timezone.now() - timedelta(seconds=61))
    assert "No code was sent" in client.post(TOKEN, {"send": "1"}).content.decode()
    assert len(mail.outbox) == 1


def test_whoever_gave_the_password_alone_adds_no_passkey_and_gives_one(provisioned, give, client):
    user = provisioned(role="admin").user
    give(user, "passkey")
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    assert client.post(reverse("org_members:passkey_step", args=["register-begin"])).status_code == 403
    page = client.get(reverse("org_members:confirm_identity")).content.decode()
    assert "Use your passkey to go on" in page
    assert 'name="password"' not in page
