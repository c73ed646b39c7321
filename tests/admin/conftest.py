from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.availability.conftest import add_layer, away, make_override, make_rotation, make_schedule  # noqa: F401
from tests.billing.conftest import account, linked, previews, world_url  # noqa: F401


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(name="Acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example"))


@pytest.fixture
def admin_member(acme, make_member):
    return make_member(acme, role="admin", full_name="Ada Min", email="admin@acme.example")


@pytest.fixture
def staff(make_user):
    return make_user(email="staff@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def as_user(sign_in):
    """A client that is signed in: `as_user(user)`."""
    return lambda user: sign_in(Client(), user)


@pytest.fixture
def list_url():
    """The address of the members list: `list_url(organization, site="org")`."""

    def make(organization, site="org"):
        return reverse(f"{site}:org_members_organization_members", kwargs={"organization_id": organization.pk})

    return make


@pytest.fixture
def page_url(acme):
    """The address of any page of Org Settings: `page_url("member_profile", member_id=…, site="org")`."""

    def make(name, *, site="org", organization=acme, **ids):
        return reverse(f"{site}:org_members_{name}", kwargs={"organization_id": organization.pk, **ids})

    return make
