from __future__ import annotations

import pytest


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def globex(make_organization):
    return make_organization(name="Globex")


@pytest.fixture
def admin(acme, make_member):
    return make_member(acme, role="admin").user


@pytest.fixture
def editor(acme, make_role, make_member):
    """Somebody who may edit roles, and has little else to give."""
    role = make_role(acme, "manage_roles", "view_members", "invite_member", "set_member_role", name="Editor")
    return make_member(acme, role=role).user
