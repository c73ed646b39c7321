from __future__ import annotations

import pytest

from tests.otp import TOTPDevice


@pytest.fixture
def acme(make_organization):
    organization = make_organization(name="Acme")
    TOTPDevice.objects.create(user=organization.owner, confirmed=True)
    return organization


@pytest.fixture
def admin_user(acme, make_member):
    """An Admin with MFA of their own."""
    user = make_member(acme, role="admin").user
    TOTPDevice.objects.create(user=user, confirmed=True)
    return user
