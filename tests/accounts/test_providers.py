"""Which provider signs an account in, where a library or the project knows."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_org_members.accounts.adapter import UserAdapter, get_adapter
from django_org_members.accounts.providers import _readable

pytestmark = pytest.mark.django_db
needs_allauth = pytest.mark.skipif(
    "not apps.is_installed('allauth.socialaccount')", reason="allauth: run with --ds=tests.settings.with_allauth."
)
needs_social_auth = pytest.mark.skipif(
    "not apps.is_installed('social_django')", reason="social-auth: run with --ds=tests.settings.with_social_auth."
)
assert apps is not None


class Knowing(UserAdapter):
    """A project's own."""

    def sign_in_providers(self, user):
        return ["Okta"]


@pytest.fixture
def page(acme, sign_in, client):
    """Return the text of a tab of a member's detail, as the Owner sees it."""

    def make(member, tab):
        url = reverse(f"org:org_members_member_{tab}", kwargs={"organization_id": acme.pk, "member_id": member.pk})
        return sign_in(client, acme.owner).get(url).content.decode()

    return make


@pytest.fixture
def knowing(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "USER_ADAPTER": f"{__name__}.Knowing"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("google-oauth2", "Google"),
        ("github", "Github"),
        ("azuread-tenant-oauth2", "Azuread Tenant"),
        ("oidc", "oidc"),
        ("my_company", "My Company"),
        ("", ""),
    ],
)
def test_an_id_is_made_readable(key, name):
    assert _readable(key) == name


def test_nothing_is_asked_where_nothing_is_installed(make_user, django_assert_num_queries):
    user = make_user()
    libraries = [name for name in ("allauth.socialaccount", "social_django") if apps.is_installed(name)]
    with django_assert_num_queries(len(libraries)):
        assert get_adapter().sign_in_providers(user) == []


def test_an_account_without_a_password_names_its_provider(acme, provisioned, page, knowing):
    member = provisioned(password=None)
    assert "it signs in with <bdi>Okta</bdi>." in page(member, "security")
    assert "<dd><bdi>Okta</bdi></dd>" in page(member, "profile")


def test_an_account_that_has_both_says_both(acme, provisioned, page, knowing):
    member = provisioned()
    assert "This account signs in with <bdi>Okta</bdi>, too." in page(member, "security")
    assert "<dd><bdi>Password and Okta</bdi></dd>" in page(member, "profile")


def test_where_nothing_is_known_it_is_single_sign_on(acme, provisioned, page):
    member = provisioned(password=None)
    assert "it signs in with <bdi>Single sign-on (SSO)</bdi>." in page(member, "security")


def test_the_list_asks_for_none(acme, provisioned, sign_in, client, monkeypatch):
    def fail(self, user):
        raise AssertionError("not per row of a list")

    monkeypatch.setattr(UserAdapter, "sign_in_providers", fail)
    provisioned()
    assert sign_in(client, acme.owner).get(f"/org/org_members/organization/{acme.pk}/members/").status_code == 200


@needs_allauth
def test_allauth_s_accounts_are_known(make_user):
    from allauth.socialaccount.models import SocialAccount

    user = make_user()
    for provider in ("google", "keycloak", "google"):
        SocialAccount.objects.create(user=user, provider=provider, uid=f"{provider}-{SocialAccount.objects.count()}")
    SocialAccount.objects.create(user=make_user(), provider="github", uid="1")
    with CaptureQueriesContext(connection) as queries:
        assert get_adapter().sign_in_providers(user) == ["Google", "Keycloak"]
    assert len(queries) == 1


@needs_social_auth
def test_social_auth_s_are_known(make_user):
    from social_django.models import UserSocialAuth

    user = make_user()
    for provider in ("google-oauth2", "github"):
        UserSocialAuth.objects.create(user=user, provider=provider, uid=provider)
    with CaptureQueriesContext(connection) as queries:
        assert get_adapter().sign_in_providers(user) == ["Google", "Github"]
    assert len(queries) == 1
