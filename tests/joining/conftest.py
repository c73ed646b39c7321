from __future__ import annotations

import pytest

from django_org_members import joining
from django_org_members.models import Role


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(name="Acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example"))


@pytest.fixture
def admin_user(acme, make_member):
    return make_member(acme, role="admin", full_name="Ada Min", email="ada@acme.example").user


@pytest.fixture
def invite(acme, admin_user):
    """Invite somebody: `invite("guest@example.com", role=…)` returns the invitation."""

    def make(email="guest@example.com", *, role=None, actor=admin_user, organization=acme):
        return joining.invite(actor=actor, organization=organization, email=email, role=role or Role.objects.member())

    return make


@pytest.fixture
def wrong_addressees(acme, make_user, make_member):
    """Addresses by which nobody can join."""
    make_member(acme, email="member@example.com")
    make_member(acme, email="disabled@example.com", disabled=True)
    make_user(email="inactive@example.com", is_active=False)


WRONG_ADDRESSES = [
    ("", "invalid"),
    ("no address", "invalid"),
    ("a@example.com\nBcc: b@example.com", "characters"),
    ("a" * 1_000_000, "max_length"),
    ("member@example.com", "member"),
    (" Member@Example.com", "member"),
    ("disabled@example.com", "member"),
    ("owner@acme.example", "member"),
    ("inactive@example.com", "inactive"),
]
"""Address and the code of the refusal."""
