from __future__ import annotations

import pytest
from django.urls import reverse


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
