from __future__ import annotations

import pytest


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(name="Acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example"))
