"""A temporary password signs in once, and whoever has the right one learns why it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.backends import ModelBackend
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions, joining
from django_org_members.accounts import passwords
from django_org_members.exceptions import PasswordChangedMeanwhile
from django_org_members.models import Account, LiveSession, LoginEvent, Role
from tests.otp import StaticDevice

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"
CHANGE = "/account/password/"
USED, EXPIRED = "used already. Ask for a new one", "has expired. Ask for a new one"
Reason = LoginEvent.Reason


def form(password):
    return {"new_password1": password, "new_password2": password}


def state(member):
    return Account.objects.get(user=member.user)


@pytest.mark.parametrize("site", ["org", "admin"])
def test_it_signs_in_once(reset, enter, is_signed_in, site, refusals_of):
    member, temporary = reset(is_staff=True)
    first, _ = enter(member, temporary, site)
    assert state(member).temporary_password_used_at is not None
    second, response = enter(member, temporary, site)
    assert USED in response.content.decode()
    assert not is_signed_in(second)
    assert refusals_of(member) == [Reason.TEMPORARY_PASSWORD_USED]
    assert LoginEvent.objects.filter(user=member.user, action="signed_in").count() == 1
    response = first.post(CHANGE, form(OWN))
    assert response.status_code == 302, "the session that used it goes on"
    assert "/login/" not in first.get(reverse("org:index"))["Location"]
    assert state(member).temporary_password_used_at is None


def test_signing_out_does_not_bring_it_back(reset, enter, is_signed_in):
    member, temporary = reset()
    client, _ = enter(member, temporary)
    client.post(reverse("org:logout"))
    enter(member, temporary, client=client)
    assert not is_signed_in(client)


def test_a_new_one_signs_in_again_and_the_used_one_does_not(reset, enter, is_signed_in, refusals_of):
    member, before = reset()
    enter(member, before)
    _, after = reset(member)
    assert state(member).temporary_password_used_at is None
    assert not is_signed_in(enter(member, before)[0])
    assert is_signed_in(enter(member, after)[0])
    assert refusals_of(member) == [Reason.WRONG_PASSWORD]


def test_a_wrong_token_does_not_use_it_up(reset, enter, is_signed_in):
    member, temporary = reset()
    StaticDevice.objects.create(user=member.user, name="Backup codes").token_set.create(token="code1")
    client, response = enter(member, temporary)
    client.post(response["Location"], {"token": "wrong"})
    assert state(member).temporary_password_used_at is None
    client, response = enter(member, temporary)
    client.post(response["Location"], {"token": "code1"})
    assert is_signed_in(client)
    assert state(member).temporary_password_used_at is not None


def test_of_two_that_wait_for_a_token_one_comes_in(reset, enter, is_signed_in, refusals_of):
    member, temporary = reset()
    device = StaticDevice.objects.create(user=member.user, name="Backup codes")
    for number in range(2):
        device.token_set.create(token=f"code{number}")
    waiting = [enter(member, temporary) for _ in range(2)]
    responses = [
        client.post(response["Location"], {"token": f"code{number}"})
        for number, (client, response) in enumerate(waiting)
    ]
    assert responses[0].status_code == 302
    assert USED in responses[1].content.decode()
    assert [is_signed_in(client) for client, _ in waiting] == [True, False]
    assert refusals_of(member) == [Reason.TEMPORARY_PASSWORD_USED]


def test_who_signs_in_by_other_means_uses_no_password_up(reset, enter, is_signed_in):
    member, temporary = reset()
    for _ in range(2):
        client = Client()
        client.force_login(member.user, backend="django_org_members.policy.backend.MembersBackend")
        assert is_signed_in(client)
    assert is_signed_in(enter(member, temporary)[0])


def test_it_confirms_nothing_a_second_time(reset, enter):
    member, temporary = reset()
    client, _ = enter(member, temporary)
    assert client.get("/account/confirm/")["Location"].startswith(CHANGE)
    assert client.post("/account/confirm/", {"password": temporary})["Location"] == CHANGE


@pytest.mark.parametrize("site", ["org", "admin"])
def test_an_expired_one_is_told(reset, enter, site):
    member, temporary = reset(is_staff=True)
    Account.objects.update(temporary_password_expires_at=timezone.now())
    assert EXPIRED in enter(member, temporary, site)[1].content.decode()


@pytest.mark.parametrize(
    "change", [{"temporary_password_expires_at": timezone.now()}, {"temporary_password_used_at": timezone.now()}]
)
@pytest.mark.parametrize("site", ["org", "admin"])
def test_who_guesses_learns_nothing(reset, enter, sign_in_by_form, site, change, refusals_of):
    member, _ = reset(is_staff=True)
    unknown = sign_in_by_form("nobody@example.com", password="wrong", site=site, client=Client())
    before = unknown.context["form"].errors.as_json().replace("nobody@example.com", "")
    Account.objects.update(**change)
    response = enter(member, "wrong", site)[1]
    assert response.context["form"].errors.as_json().replace(member.user.get_username(), "") == before
    assert refusals_of(member) == [Reason.WRONG_PASSWORD]


class Lenient(ModelBackend):
    """Another backend of the project that takes passwords, and knows nothing of temporary ones."""


@pytest.fixture
def lenient(settings):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.Lenient", *settings.AUTHENTICATION_BACKENDS]


def test_it_signs_in_once_there_too(reset, enter, is_signed_in, lenient, refusals_of):
    member, temporary = reset()
    assert is_signed_in(enter(member, temporary)[0])
    second, response = enter(member, temporary)
    assert USED in response.content.decode()
    assert not is_signed_in(second)
    assert LiveSession.objects.filter(user=member.user).count() == 1
    assert refusals_of(member) == [Reason.TEMPORARY_PASSWORD_USED]


def test_an_expired_one_begins_no_session(reset, enter, is_signed_in, lenient):
    member, temporary = reset()
    Account.objects.update(temporary_password_expires_at=timezone.now() - timedelta(days=1))
    client, response = enter(member, temporary)
    assert EXPIRED in response.content.decode()
    assert not is_signed_in(client)
    assert not LiveSession.objects.filter(user=member.user).exists()


@pytest.mark.parametrize(("methods", "uses"), [(["socialaccount"], False), (["password"], True), (["code"], False)])
def test_allauth_tells_how_somebody_signed_in(reset, lenient, methods, uses):
    member, _ = reset()
    client = Client()
    session = client.session
    session["account_authentication_methods"] = [{"method": method} for method in methods]
    session.save()
    client.force_login(member.user, backend=f"{__name__}.Lenient")
    assert (state(member).temporary_password_used_at is not None) is uses


@pytest.fixture
def ended(reset, acme):
    """A person with a temporary password whose sign-in has ended, and the link of an invitation back."""
    member, temporary = reset()
    for name in ("disable", "remove"):
        actions.perform(name, actor=acme.owner, members=[member])
    sent = joining.invite(actor=acme.owner, organization=acme, email=member.user.email, role=Role.objects.member())
    return member, temporary, f"/account/invitations/{sent.derive_token()}/"


@pytest.mark.parametrize(
    ("field", "words", "reason"),
    [
        ("temporary_password_expires_at", EXPIRED, Reason.TEMPORARY_PASSWORD_EXPIRED),
        ("temporary_password_used_at", USED, Reason.TEMPORARY_PASSWORD_USED),
    ],
)
def test_one_that_signs_nobody_in_joins_nobody(ended, client, field, words, reason, refusals_of):
    member, temporary, url = ended
    Account.objects.filter(user=member.user).update(**{field: timezone.now()})
    assert "not right" in client.post(url, {"password": "wrong"}).content.decode()
    assert words in client.post(url, {"password": temporary}).content.decode()
    assert refusals_of(member) == [Reason.WRONG_PASSWORD, reason]
    member.user.refresh_from_db()
    assert not member.user.is_active


def test_joining_does_not_use_it_up(ended, client, enter, is_signed_in):
    member, temporary, url = ended
    assert client.post(url, {"password": temporary}).status_code == 302
    assert is_signed_in(enter(member, temporary)[0])


def test_a_reset_is_not_undone_by_who_was_about_to_change(reset, provisioned, password):
    member = provisioned()
    seen = type(member.user)._default_manager.get(pk=member.user.pk)
    _, temporary = reset(member)
    with pytest.raises(PasswordChangedMeanwhile):
        passwords.change(seen, OWN)
    member.user.refresh_from_db()
    assert member.user.check_password(temporary)
    assert state(member).must_change_password


@pytest.mark.parametrize("path", [CHANGE, "/org/password_change/"])
def test_the_pages_tell_it(provisioned, sign_in, password, monkeypatch, path):
    def meanwhile(*args, **kwargs):
        raise PasswordChangedMeanwhile

    client = sign_in(Client(), provisioned(role="admin").user)
    monkeypatch.setattr(passwords, "change", meanwhile)
    response = client.post(path, {"old_password": password, **form(OWN)})
    assert "changed meanwhile" in response.content.decode()


def test_an_admin_site_s_own_page_does_the_same(provisioned, sign_in, password):
    member = provisioned(role="admin")
    here, elsewhere = (sign_in(Client(), member.user) for _ in range(2))
    page = "/org/password_change/"
    wrong = here.post(page, {"old_password": password, **form(password)})
    assert "Choose a different one" in wrong.content.decode()
    response = here.post(page, {"old_password": password, **form(OWN)})
    assert response["Location"] == "/org/password_change/done/"
    assert here.get(response["Location"]).status_code == 200
    assert "/login/" in elsewhere.get("/org/")["Location"]
    assert LoginEvent.objects.filter(user=member.user, action="password_changed").exists()


@pytest.mark.parametrize("order", [1, -1])
def test_it_is_used_up_with_a_token_by_whichever_backend(reset, enter, is_signed_in, settings, order):
    """The backend that took the password is known no more when the token comes."""
    ours = "django_org_members.policy.backend.MembersBackend"
    settings.AUTHENTICATION_BACKENDS = [ours, "django.contrib.auth.backends.ModelBackend"][::order]
    member, temporary = reset()
    backup = StaticDevice.objects.create(user=member.user, name="Backup codes")
    for number, works in enumerate((True, False)):
        backup.token_set.create(token=f"code{number}")
        client, _ = enter(member, temporary)
        client.post(reverse("org:login_token"), {"token": f"code{number}"})
        assert is_signed_in(client) is works
