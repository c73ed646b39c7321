from __future__ import annotations

import pytest

from tests.availability.conftest import away, make_override, make_rotation, make_schedule  # noqa: F401


@pytest.fixture
def acme(make_organization):
    return make_organization()


@pytest.fixture
def admin_user(acme, make_member):
    return make_member(acme, role="admin").user
