"""A project whose people sign in on django-allauth's own pages: run with `--ds=tests.settings.with_allauth`."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from django_org_members import actions
from django_org_members.accounts import mfa
from django_org_members.models import Account
from tests.otp import TOTPDevice

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.urls_allauth"),
    pytest.mark.skipif(
        not apps.is_installed("allauth.mfa"), reason="allauth.mfa: run with --ds=tests.settings.with_allauth."
    ),
]


@pytest.fixture(autouse=True)
def enrolment_at_allauth(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ENROLMENT_URL": "mfa_activate_totp"}
    settings.LOGIN_REDIRECT_URL = "/org/"
    settings.MFA_TRUST_ENABLED = True


@pytest.fixture
def member(provisioned):
    return provisioned(role="admin", email="ada@acme.example")


@pytest.fixture
def secret(member):
    """The secret of the member's authenticator app at allauth."""
    return activate(member.user)


def activate(user):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code(secret):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def follow(client, response, *, limit=10):
    """Follow redirects one by one; a loop is a failure. Returns the page and the paths on the way."""
    way = []
    while response.status_code == 302:
        way.append(response["Location"])
        assert len(way) <= limit, way
        response = client.get(response["Location"])
    return response, way


def is_in(response):
    """Whether the page is one of the members' site, and not of its sign-in."""
    path = response.request["PATH_INFO"]
    return response.status_code == 200 and path.startswith("/org/") and not path.startswith("/org/login/")


def open_enrolment(client, index, password):
    """Follow the demand to allauth's page for apps, by way of the password where allauth wants it again."""
    activate_url = reverse("mfa_activate_totp")
    response, way = follow(client, client.get(index))
    assert any(each.startswith(activate_url) for each in way), way
    if response.request["PATH_INFO"] != activate_url:
        assert response.request["PATH_INFO"] == reverse("account_reauthenticate"), way
        again = response.request["PATH_INFO"] + "?next=" + activate_url
        response, way = follow(client, client.post(again, {"password": password}))
    assert response.request["PATH_INFO"] == activate_url, way
    return response


def sign_in_at_allauth(client, user, password):
    return client.post(reverse("account_login"), {"login": user.get_username(), "password": password})


@pytest.mark.parametrize("page", ["ours", "allauth"])
@pytest.mark.django_db(transaction=True)
def test_after_a_reset_one_enrols_at_allauth_and_comes_in(acme, member, secret, client, password, index, page):
    """On whichever page they sign in: to the enrolment, the password again where allauth wants it, and back."""
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    if page == "ours":
        client.post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
    else:
        sign_in_at_allauth(client, member.user, password)
    assert "_auth_user_id" in client.session

    activate_url = reverse("mfa_activate_totp")
    response = open_enrolment(client, index, password)
    assert Account.objects.get(user=member.user).mfa_enrolment_required

    new = response.context["form"].secret
    response, way = follow(client, client.post(activate_url, {"code": code(new)}))
    assert response.status_code == 200, way
    assert mfa.is_enabled(member.user)
    final, way = follow(client, client.get(index))
    assert final.status_code == 200, way
    assert is_in(final), "the code was given just now"
    assert not Account.objects.get(user=member.user).mfa_enrolment_required


@pytest.mark.django_db(transaction=True)
def test_whoever_else_came_in_after_the_reset_is_out_when_one_enrols(acme, member, secret, client, password, index):
    """A thief who knows the password, and signed in on whichever page before the person enrolled."""
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    thieves = [Client() for _ in range(2)]
    thieves[0].post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
    for each in (client, thieves[1]):
        sign_in_at_allauth(each, member.user, password)
    for each in thieves:
        each.get(index)
    new = open_enrolment(client, index, password).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code(new)})
    assert mfa.is_enabled(member.user)
    for each in thieves:
        response, way = follow(each, each.get(index))
        assert response.request["PATH_INFO"] in (reverse("org:login"), reverse("org:login_token")), way
    assert is_in(follow(client, client.get(index))[0])


def test_somebody_whose_address_is_not_verified_is_led_to_that_first(acme, member, secret, client, password, index):
    """allauth sends them from its page for apps to its list, which the demand would send back, for ever."""
    from allauth.account.models import EmailAddress

    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    address = EmailAddress.objects.create(user=member.user, email=member.email, primary=True, verified=False)
    client.post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
    response, way = follow(client, client.get(index))
    assert response.request["PATH_INFO"] == reverse("account_email"), way
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    response, way = follow(client, client.get(index))
    assert response.request["PATH_INFO"] in (reverse("mfa_activate_totp"), reverse("account_reauthenticate")), way


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_index", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_the_password_alone_adds_no_method_at_allauth_beside_one_that_it_does_not_know(member, client, password, name):
    """With both libraries: allauth asks nobody for a token of django-otp's, and its new method would open our pages."""
    TOTPDevice.objects.create(user=member.user, name="Phone")
    sign_in_at_allauth(client, member.user, password)
    assert "_auth_user_id" in client.session
    for response in (client.get(reverse(name)), client.post(reverse(name))):
        assert response["Location"].startswith(reverse("org_members:confirm_identity"))


def test_a_passkey_of_allauth_is_asked_for_again_of_somebody_whom_its_sign_in_would_only_lead_on(member, client, index):
    from allauth.mfa.models import Authenticator

    data = {"name": "Key", "credential": {}, "passwordless": True}
    Authenticator.objects.create(user=member.user, type="webauthn", data=data)
    client.force_login(member.user, backend="django_org_members.policy.backend.MembersBackend")
    page, way = follow(client, client.get(index))
    assert page.request["PATH_INFO"] == reverse("org:login_token"), way
    again = f"{reverse('mfa_reauthenticate_webauthn')}?next={index}"
    assert again in page.content.decode()
    confirm = client.get(reverse("org_members:confirm_identity"), {"next": index}).content.decode()
    assert again in confirm
    assert 'name="password"' not in confirm
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "webauthn", "at": 1, "reauthenticated": True}
    ]
    session.save()
    assert is_in(follow(client, client.get(index))[0])


def test_a_session_that_has_not_enrolled_gets_nowhere_else(acme, member, secret, client, password, index):
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    sign_in_at_allauth(client, member.user, password)
    for path in (
        index,
        reverse("mfa_index"),
        "/account/password/",
        reverse("account_change_password"),
    ):
        response = client.get(path)
        assert response.status_code == 302, path
        assert response["Location"].startswith(reverse("mfa_activate_totp")), path
    assert client.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in client.session, "one can always leave"


def test_a_browser_that_was_remembered_is_forgotten_by_a_reset(acme, member, secret, password):
    """allauth binds its cookie to the authenticators: neither without any nor with new ones does it count."""
    from allauth.mfa.internal.flows.trust import is_trusted_browser, trust_browser
    from django.http import HttpResponse
    from django.test import RequestFactory

    response = HttpResponse()
    trust_browser(RequestFactory().get("/"), member.user, response)

    def is_trusted():
        request = RequestFactory().get("/")
        request.COOKIES = {name: morsel.value for name, morsel in response.cookies.items()}
        return is_trusted_browser(request, member.user)

    assert is_trusted()
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    assert not is_trusted()
    activate(member.user)
    assert not is_trusted()


def test_both_libraries_stand_side_by_side(acme, member, secret, sign_in):

    TOTPDevice.objects.create(user=member.user, name="Phone")
    assert len(mfa.methods([member.user])[member.user.pk]) == 2
    assert mfa.verify(member.user, code(secret)) is not None
    page = sign_in(Client(), member.user).get(reverse("org_members:mfa")).content.decode()
    assert reverse("mfa_index") in page
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    assert mfa.methods([member.user]) == {}


def test_a_passkey_of_allauth_is_asked_for_at_allauth(member, client, password):
    from allauth.mfa.models import Authenticator

    data = {"name": "Key", "credential": {}, "passwordless": True}
    Authenticator.objects.create(user=member.user, type="webauthn", data=data)
    client.post(reverse("org:login"), {"username": member.user.get_username(), "password": password})
    page = client.get(reverse("org:login_token")).content.decode()
    assert reverse("account_login") in page
    assert 'name="token"' not in page
