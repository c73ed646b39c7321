from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission


@pytest.fixture
def acme(make_organization, make_user):
    return make_organization(
        name="Acme", slug="acme", owner=make_user(full_name="Olivia Owens", email="owner@acme.example")
    )


@pytest.fixture
def globex(make_organization):
    return make_organization(name="Globex", slug="globex")


@pytest.fixture
def superuser(make_user):
    return make_user(email="root@example.com", full_name="Robin Root", is_staff=True, is_superuser=True)


@pytest.fixture
def make_group(db):
    """Make a group: `make_group("Support", user, …)`."""

    def make(name, *users):
        group = Group.objects.create(name=name)
        group.user_set.set(users) if hasattr(group, "user_set") else group.people.set(users)
        return group

    return make


@pytest.fixture
def row_of(db):
    """Django's row of a permission: `row_of("org_members.view_members")`."""

    def find(name):
        app_label, _, codename = name.partition(".")
        return Permission.objects.get(content_type__app_label=app_label, codename=codename)

    return find
