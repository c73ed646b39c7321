"""Adapters of second factors: django-otp's always, allauth's with `--ds=tests.settings.with_allauth`."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import OuterRef
from django.test.utils import CaptureQueriesContext

from django_org_members import actions
from django_org_members.accounts import mfa
from django_org_members.accounts.mfa import Method, MFAAdapter
from django_org_members.models import Account
from tests.otp import StaticDevice, TOTPDevice

pytestmark = pytest.mark.django_db


class PaperCodes(MFAAdapter):
    """A project's own library."""

    kept: dict = {}

    def methods(self, users):
        return {user.pk: [Method("Paper")] for user in users if user.pk in self.kept}

    def reset(self, users):
        for user in users:
            self.kept.pop(user.pk, None)

    def verify(self, user, token):
        return token if self.kept.get(user.pk) == token else None


def test_django_otp_lists_confirmed_and_begun_devices(make_user):
    user, other = make_user(), make_user()
    TOTPDevice.objects.create(user=user, name="Phone", confirmed=True)
    TOTPDevice.objects.create(user=user, name="default", confirmed=False)
    backup = StaticDevice.objects.create(user=user, name="Backup codes")
    for number in range(3):
        backup.token_set.create(token=f"code{number}")
    StaticDevice.objects.create(user=other, name="used up")

    found = mfa.methods([user, other])

    assert set(found) == {user.pk}
    words = [(str(method.label), method.is_confirmed, str(method.detail)) for method in found[user.pk]]
    assert words == [
        ("Authenticator app (Phone)", True, ""),
        ("Authenticator app", False, ""),
        ("Backup codes", True, "3 codes left"),
    ]
    assert found[user.pk][0].created_at is not None


def test_the_number_of_queries_does_not_grow(make_user):
    users = [make_user() for _ in range(30)]
    for user in users:
        TOTPDevice.objects.create(user=user)

    def queries(people):
        with CaptureQueriesContext(connection) as captured:
            mfa.methods(people)
        return len(captured)

    assert queries(users[:1]) == queries(users)


def test_only_confirmed_methods_are_asked_for(make_user):
    user = make_user()
    assert not mfa.is_enabled(user)
    device = TOTPDevice.objects.create(user=user, confirmed=False)
    assert not mfa.is_enabled(user)
    device.confirmed = True
    device.save()
    assert mfa.is_enabled(user)


def test_lists_can_be_narrowed_to_those_who_have_a_method(make_user, settings):
    """The database gives the same answer as `is_enabled`."""
    _, phone, begun, codes, used_up = people = [make_user() for _ in range(5)]
    TOTPDevice.objects.create(user=phone)
    TOTPDevice.objects.create(user=begun, confirmed=False)
    StaticDevice.objects.create(user=codes).token_set.create(token="x")
    StaticDevice.objects.create(user=codes, name="used up")
    StaticDevice.objects.create(user=used_up)
    model = get_user_model()
    found = set(model._default_manager.filter(mfa.enabled_among(OuterRef("pk"))))
    assert found == {person for person in people if mfa.is_enabled(person)} == {phone, codes}
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": []}
    assert not model._default_manager.filter(mfa.enabled_among(OuterRef("pk"))).exists()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": [f"{__name__}.PaperCodes"]}
    assert mfa.enabled_among(OuterRef("pk")) is None, "it cannot tell"


def test_a_reset_leaves_nothing_and_nobody_else_s(make_user):
    user, other = make_user(), make_user()
    for person in (user, other):
        TOTPDevice.objects.create(user=person, confirmed=False)
        StaticDevice.objects.create(user=person).token_set.create(token="x")
    mfa.reset([user])
    assert mfa.methods([user]) == {}
    assert len(mfa.methods([other])[other.pk]) == 2
    assert not StaticDevice.objects.filter(user=user).exists()


def test_a_project_s_own_adapter_runs_beside_the_others(make_user, settings):
    settings.ORG_MEMBERS = {
        **settings.ORG_MEMBERS,
        "MFA_ADAPTERS": ["django_org_members.accounts.mfa.django_otp.DjangoOTPAdapter", f"{__name__}.PaperCodes"],
    }
    user = make_user()
    PaperCodes.kept[user.pk] = "paper-1"
    TOTPDevice.objects.create(user=user)
    assert [str(method.label) for method in mfa.methods([user])[user.pk]] == ["Authenticator app", "Paper"]
    assert mfa.verify(user, "paper-1").device == "paper-1"
    assert mfa.verify(user, "paper-2") is None
    mfa.reset([user])
    assert mfa.methods([user]) == {}


def test_an_adapter_that_is_missing_is_named(make_user, settings):
    settings.ORG_MEMBERS = {"MFA_ADAPTERS": ["people.mfa.Missing"]}
    with pytest.raises(ImproperlyConfigured, match="MFA_ADAPTERS"):
        mfa.methods([make_user()])


needs_allauth = pytest.mark.skipif(
    "not apps.is_installed('allauth.mfa')", reason="allauth.mfa: run with --ds=tests.settings.with_allauth."
)
assert apps is not None


@pytest.fixture
def authenticators():
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    def make(user):
        TOTP.activate(user, generate_totp_secret())
        codes = RecoveryCodes.activate(user)
        return Authenticator.objects.filter(user=user), codes.get_unused_codes()

    return make


@needs_allauth
def test_allauth_s_authenticators_are_listed_and_asked_for(make_user, authenticators):
    user = make_user()
    _, codes = authenticators(user)
    assert {str(method.label) for method in mfa.methods([user])[user.pk]} == {"Authenticator app", "Backup codes"}
    assert mfa.is_enabled(user)
    assert mfa.verify(user, "000000") is None
    assert mfa.verify(user, codes[0]) is not None
    assert mfa.verify(user, codes[0]) is None, "a code works once"


@needs_allauth
def test_allauth_s_authenticators_are_reset(make_organization, make_member, authenticators):
    organization = make_organization()
    member = make_member(organization)
    Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": organization})
    kept, _ = authenticators(member.user)
    TOTPDevice.objects.create(user=member.user)
    actions.perform("reset-mfa", actor=organization.owner, members=[member])
    assert not kept.exists()
    assert mfa.methods([member.user]) == {}
    assert Account.objects.get(user=member.user).mfa_enrolment_required


@needs_allauth
def test_allauth_s_own_sign_in_is_not_asked_twice(client, make_organization, authenticators):
    owner = make_organization().owner
    authenticators(owner)
    client.force_login(owner, backend="django_org_members.policy.backend.MembersBackend")
    assert "/login/" in client.get("/org/")["Location"]
    session = client.session
    session["account_authentication_methods"] = [{"method": "password"}, {"method": "mfa", "type": "totp"}]
    session.save()
    assert "/login/" not in client.get("/org/")["Location"]
