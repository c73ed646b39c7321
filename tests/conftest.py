"""Fixtures as factories: a test makes the people that it speaks of."""

from __future__ import annotations

import logging
from itertools import count

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from django_org_members import audit
from django_org_members.accounts import second_factor
from django_org_members.accounts.adapter import get_adapter
from django_org_members.models import Account, Membership, Organization, Role

from .quick import pytest_collection_finish, pytest_collection_modifyitems, pytest_runtest_protocol  # noqa: F401

PASSWORD = "correct-horse-battery"
_numbers = count(1)


def _named(full_name):
    """Return the fields in which the project's user model keeps a name."""
    fields = {field.name for field in get_user_model()._meta.get_fields()}
    if "name" in fields:
        return {"name": full_name}
    first, _, last = full_name.partition(" ")
    return {"first_name": first, "last_name": last}


@pytest.fixture
def password():
    """The password of every user that the tests make."""
    return PASSWORD


@pytest.fixture
def make_user(db):
    """Make a user: `make_user(email=, full_name=, password=None for an unusable one, **fields)`."""

    def make(*, email=None, full_name=None, password=PASSWORD, **fields):
        number = next(_numbers)
        email = email or f"person{number}@example.com"
        model = get_user_model()
        fields |= _named(full_name or f"Person {number}") | {"email": email}
        if model.USERNAME_FIELD != "email":
            fields.setdefault(model.USERNAME_FIELD, email)
        user = model(**fields)
        user.set_password(password)
        user.save()
        return user

    return make


@pytest.fixture
def make_organization(make_user):
    """Make an organization with its Owner: `make_organization(owner=None, name=None, slug=None, members=0)`."""

    def make(*, owner=None, name=None, slug=None, members=0):
        number = next(_numbers)
        organization = Organization.objects.create(
            name=name or f"Organization {number}", slug=slug or f"organization-{number}", owner=owner or make_user()
        )
        role = Role.objects.member()
        for _ in range(members):
            Membership.objects.create(organization=organization, user=make_user(), role=role)
        organization.refresh_from_db()
        return organization

    return make


@pytest.fixture
def make_role():
    """Make a custom role: `make_role(organization, "view_members", …, name=None)`."""

    def make(organization, *codenames, name=None, **fields):
        role = Role.objects.create(organization=organization, name=name or f"Role {next(_numbers)}", **fields)
        permissions = Permission.objects.filter(content_type__app_label="org_members", codename__in=codenames)
        assert len(permissions) == len(codenames), "a permission does not exist"
        role.permissions.set(permissions)
        return role

    return make


@pytest.fixture
def make_member(make_user):
    """Make a member: `make_member(organization, role="member" or a Role, user=None, disabled=False, **user_fields)`."""

    def make(organization, *, role="member", user=None, disabled=False, **user_fields):
        member = Membership.objects.create(
            organization=organization,
            user=user or make_user(**user_fields),
            role=role if isinstance(role, Role) else Role.objects.get(key=role),
        )
        if disabled:
            Membership.objects.filter(pk=member.pk).disable(at=timezone.now(), by=organization.owner)
            member.refresh_from_db()
        return member

    return make


@pytest.fixture
def crowd(db):
    """Fill an organization with members in bulk: `crowd(organization, size, name="…{}")` returns nothing."""
    model = get_user_model()
    (name_field,) = set(_named("Ada")) - {"last_name"}

    def make(organization, size, *, name="Person {:06}"):
        start = next(_numbers) * 1_000_000
        users = [_user(model, name_field, name, number) for number in range(start, start + size)]
        users = model._default_manager.bulk_create(users, batch_size=500)
        role = Role.objects.member()
        members = [Membership(organization=organization, user=user, role=role) for user in users]
        for member in members:
            member.copy_profile(display_name=getattr(member.user, name_field), email=member.user.email)
        Membership.objects.bulk_create(members, batch_size=500)
        organization.refresh_from_db()
        if connection.vendor == "postgresql" and size > 1000:
            with connection.cursor() as cursor:  # as a server does by itself soon after so much was written
                cursor.execute("ANALYZE")

    return make


def _user(model, name_field, name, number):
    email = f"crowd{number}@example.com"
    fields = {"email": email, name_field: name.format(number), "password": "!"}
    if model.USERNAME_FIELD != "email":
        fields[model.USERNAME_FIELD] = email
    return model(**fields)


@pytest.fixture
def sign_in():
    """Sign a client in without the form, as if with a token: `sign_in(client, user)` returns the client."""

    def make(client, user):
        client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
        session = client.session
        second_factor.mark_passed(session, user)
        session.save()
        return client

    return make


@pytest.fixture
def provisioned(acme, make_member):
    """Make a member of the test module's `acme` whose account Acme made: `provisioned(**make_member's arguments)`."""

    def make(**kwargs):
        member = make_member(acme, **kwargs)
        Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": acme})
        return member

    return make


@pytest.fixture
def caught():
    """Collect what a signal sends: `caught(signal)` returns the growing list of keyword arguments.

    `caught(signal, look)`: of what `look()` returns at that moment.
    """
    connected = []

    def catch(signal, look=None):
        received = []

        def receiver(sender, **kwargs):
            received.append(kwargs if look is None else look())

        signal.connect(receiver, weak=False)
        connected.append((signal, receiver))
        return received

    yield catch
    for signal, receiver in connected:
        signal.disconnect(receiver)


@pytest.fixture
def happened(db):
    """Write events as they are told: `happened(organization, {"verb": …, "at": …, "actor": user, "user": user}, …)`."""

    def make(organization, *told):
        events = []
        for each in told:
            fields = {"verb": "role_changed", "actor": None, **each}
            user = fields.pop("user", None)
            if user is not None:
                adapter = get_adapter()
                fields |= {"user_id": user.pk, "name": adapter.full_name(user), "email": adapter.email(user)}
            events.append(audit.event(organization.pk, fields.pop("verb"), **fields))
        audit.write(events)
        return events

    return make


@pytest.fixture
def real_transactions():
    """Skip, with the reason, where threads cannot write at once."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: set DATABASE_URL to PostgreSQL or MariaDB.")


@pytest.fixture
def no_deadlock(caplog):
    """One order of locks leaves none on PostgreSQL. (MariaDB locks what it only looks at, too: there they are repeated.)"""
    caplog.set_level(logging.INFO, logger="django_org_members")
    yield
    assert connection.vendor != "postgresql" or "deadlock was broken" not in caplog.text
