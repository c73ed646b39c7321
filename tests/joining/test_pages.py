"""The public page of an invitation, for whoever opens it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_org_members import actions, joining
from django_org_members.models import Account, Invitation, LoginEvent, Membership
from django_org_members.policy.backend import MembersBackend

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"
FORM = {"full_name": "Gus Guest", "new_password1": OWN, "new_password2": OWN}


@pytest.fixture
def invitation(invite):
    return invite()


@pytest.fixture
def url(invitation):
    return reverse("org_members:invitation", args=[invitation.derive_token()])


def text(response):
    return response.content.decode()


def test_a_new_person_sets_the_account_up_and_is_signed_in(client, url, acme):
    page = client.get(url)
    assert "guest@example.com" in text(page)
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    response = client.post(url, FORM)
    assert response["Location"] == f"/account/joined/{acme.pk}/"
    assert "You are now a member of" in text(client.get(response["Location"]))
    assert Membership.objects.get(email="guest@example.com").display_name == "Gus Guest"


def test_looking_changes_nothing(client, url):
    client.get(url)
    client.head(url)
    assert not Membership.objects.filter(email="guest@example.com").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"full_name": "x" * 1_000_000}, "full_name"),
        ({"full_name": "a\u202eb"}, "full_name"),
        ({"new_password2": "different"}, "new_password2"),
        ({"new_password1": "guest@example.com", "new_password2": "guest@example.com"}, "new_password2"),
        ({"new_password1": "12345678901", "new_password2": "12345678901"}, "new_password2"),
    ],
)
def test_what_is_wrong_is_told_at_the_field(client, url, wrong, field):
    response = client.post(url, FORM | wrong)
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert not get_user_model()._default_manager.filter(email="guest@example.com").exists()


def test_sending_the_form_twice_makes_one_member(client, url):
    client.post(url, FORM)
    response = Client().post(url, FORM)
    assert response.status_code == 410
    assert "accepted already" in text(response)
    assert Membership.objects.filter(email="guest@example.com").count() == 1


def test_the_invited_person_joins_with_one_click(client, url, make_user, sign_in, acme):
    guest = make_user(email="guest@example.com")
    sign_in(client, guest)
    assert "You are invited to be a member of Acme" in text(client.get(url))
    assert not Membership.objects.filter(user=guest).exists()
    assert client.post(url).status_code == 302
    assert Membership.objects.filter(user=guest, organization=acme).exists()


def test_somebody_else_is_told_so_and_learns_no_address(client, url, make_user, sign_in):
    sign_in(client, make_user(email="mallory@example.com"))
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 403
        assert "mallory@example.com" in text(response)
        assert "guest" not in text(response)
    assert not Membership.objects.filter(email="mallory@example.com").exists()
    response = client.post(url, {"sign_out": "1"})
    assert response["Location"] == url
    assert "Set up your account" in text(client.get(url))


def test_an_existing_account_signs_in_first(client, url, make_user):
    make_user(email="guest@example.com")
    page = client.get(url)
    assert f"/org/login/?next={url}" in text(page)
    assert client.post(url, FORM).status_code == 200
    assert not Membership.objects.filter(email="guest@example.com").exists()


@pytest.fixture
def ended(make_organization, make_member):
    globex = make_organization()
    member = make_member(globex, email="guest@example.com")
    Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": globex})
    actions.perform("disable", actor=globex.owner, members=[member])
    return member.user


def test_an_ended_account_joins_by_its_password(client, url, ended, password, acme):
    assert "Enter its password" in text(client.get(url))
    wrong = client.post(url, {"password": "wrong"})
    assert "This password is not right." in text(wrong)
    assert LoginEvent.objects.get(succeeded=False).reason == LoginEvent.Reason.WRONG_PASSWORD
    assert client.post(url, {"password": password})["Location"].startswith("/org/login/")
    assert Membership.objects.filter(user=ended, organization=acme).exists()
    assert "_auth_user_id" not in client.session


def test_who_guesses_has_to_wait(client, url, ended, password, acme):
    for _ in range(10):
        client.post(url, {"password": "wrong"})
    assert "Too many wrong passwords" in text(client.post(url, {"password": password}))
    assert not Membership.objects.filter(user=ended, organization=acme).exists()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"expires_at": timezone.now()}, 410, "has expired"),
        ({"is_pending": None, "revoked_at": timezone.now()}, 410, "was withdrawn"),
        ({"is_pending": None, "accepted_at": timezone.now()}, 410, "accepted already"),
        ({"token_hash": "0" * 64}, 404, "does not exist"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_over_is_said(client, url, invitation, change, status, words, method):
    Invitation.objects.filter(pk=invitation.pk).update(**change)
    response = getattr(client, method)(url, FORM)
    assert response.status_code == status
    assert words in text(response)
    assert "guest@example.com" not in text(response)
    assert not Membership.objects.filter(email="guest@example.com").exists()


def test_csrf_is_enforced(url):
    assert Client(enforce_csrf_checks=True).post(url, FORM).status_code == 403


def test_the_welcome_is_for_members(client, acme, make_user, sign_in):
    sign_in(client, make_user())
    assert client.get(f"/account/joined/{acme.pk}/").status_code == 404


def test_a_manager_is_led_to_the_members(client, acme, admin_user, sign_in):
    sign_in(client, admin_user)
    assert f'href="/org/org_members/organization/{acme.pk}/settings/"' in text(
        client.get(f"/account/joined/{acme.pk}/")
    )


def test_a_new_link_replaces_the_old_one(client, url, invitation, admin_user):
    joining.resend(actor=admin_user, invitation=invitation)
    assert client.get(url).status_code == 404


@pytest.fixture
def behind_a_login(settings):
    """A project whose every page asks for a sign-in, except those that say that they do not."""
    place = settings.MIDDLEWARE.index("django_org_members.accounts.middleware.AccountMiddleware")
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:place], required, *settings.MIDDLEWARE[place:]]


def test_nobody_has_to_sign_in_to_come_in(behind_a_login, client, url, acme):
    assert client.get(url).status_code == 200
    assert client.post(url, FORM)["Location"] == f"/account/joined/{acme.pk}/"
    anonymous = Client()
    assert anonymous.get(reverse("org_members:password_set")).status_code == 200
    assert anonymous.get(reverse("org_members:set_password", args=["x", "y"])).status_code == 200
    assert anonymous.get(reverse("org_members:change_password")).status_code == 302


class OwnBackend(MembersBackend):
    """A project's own."""


def test_a_project_s_own_backend_signs_the_new_person_in(client, url, settings):
    settings.AUTHENTICATION_BACKENDS = [f"{__name__}.OwnBackend"]
    assert client.get(client.post(url, FORM)["Location"]).status_code == 200


def test_an_account_that_somebody_makes_meanwhile_is_told_in_words(client, url, monkeypatch):
    def taken(self, **fields):
        raise IntegrityError("unique")

    monkeypatch.setattr(get_user_model(), "save", taken)
    response = client.post(url, FORM)
    assert response.status_code == 200
    assert "Another account has this address." in text(response)


def test_an_ended_account_without_a_password_is_led_to_the_manager(client, url, ended):
    ended.set_unusable_password()
    ended.save(update_fields=["password"])
    page = text(client.get(url))
    assert "add you with Create User" in page
    assert "password" not in {field for form in [client.get(url).context.get("form")] if form for field in form.fields}


@pytest.mark.parametrize(("name", "leads_to"), [("org", "/org/org_members/organization/{}/settings/"), ("people", "/")])
def test_a_new_manager_is_led_to_the_site_that_the_setting_names(
    client, acme, make_member, sign_in, settings, name, leads_to
):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MEMBERS_SITE": name}
    sign_in(client, make_member(acme, role="admin").user)
    assert client.get(reverse("org_members:joined", args=[acme.pk])).context["next"] == leads_to.format(acme.pk)
