from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from django_org_members import actions
from django_org_members.models import LoginEvent
from tests.availability.conftest import away, make_override, make_rotation, make_schedule  # noqa: F401


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def admin_user(acme, make_member):
    return make_member(acme, role="admin", email="ada@acme.example").user


@pytest.fixture
def sign_in_by_form(client, password):
    """Send the sign-in form: `sign_in_by_form("name", site="org", password=…, client=…)` returns the response."""

    def make(name, *, site="org", password=password, client=client, headers=None, **more):
        form = {"username": name, "password": password, **more}
        return client.post(reverse(f"{site}:login"), form, headers=headers)

    return make


@pytest.fixture
def index():
    """The address of the site for managers."""
    return reverse("org:index")


@pytest.fixture
def is_signed_in():
    """Whether a client has a signed-in user."""
    return lambda client: "_auth_user_id" in client.session


@pytest.fixture
def reset(acme, provisioned):
    """Give a member a temporary password: `reset(member=None, is_staff=False)` returns the member and the password."""

    def make(member=None, *, is_staff=False):
        member = member or provisioned(role="admin")
        outcome = actions.perform("reset-password", actor=acme.owner, members=[member])
        type(member.user)._default_manager.filter(pk=member.user.pk).update(is_staff=is_staff)
        member.user.refresh_from_db()
        return member, outcome.secrets[member.pk]

    return make


@pytest.fixture
def enter(sign_in_by_form):
    """Sign in by the form with a client of one's own: `enter(member, password)` returns the client and the response."""

    def make(member, password, site="org", client=None):
        client = client or Client()
        return client, sign_in_by_form(member.user.get_username(), password=password, client=client, site=site)

    return make


@pytest.fixture
def refusals_of(db):
    """The reasons for which sign-ins of a member's failed, in order."""

    def make(member):
        failed = LoginEvent.objects.filter(user=member.user, action="sign_in_failed").order_by("pk")
        return list(failed.values_list("reason", flat=True))

    return make
