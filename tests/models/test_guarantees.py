"""What the database itself refuses and keeps, past all Python: on whichever database the tests run."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from django_org_members.models import AuditEvent, Invitation, Membership, Organization, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization):
    return make_organization(members=3)


@pytest.fixture
def refused():
    """A block that the database refuses, and that undoes nothing else."""
    from contextlib import contextmanager

    from django.db import DatabaseError

    @contextmanager
    def block():
        with pytest.raises(DatabaseError), transaction.atomic():
            yield

    return block


def counters(organization):
    organization.refresh_from_db()
    return organization.member_count, organization.active_member_count


def counted(organization):
    rows = Membership.objects.filter(organization=organization)
    return rows.count(), rows.active().count()


def test_a_new_organization_has_its_owner_as_a_member(acme):
    assert Membership.objects.get(organization=acme, user=acme.owner).role == Role.objects.owner()
    assert counters(acme) == (4, 4)


def test_one_membership_for_a_user_and_an_organization(acme, refused):
    member = acme.memberships.exclude(user=acme.owner).first()
    with refused():
        Membership.objects.create(organization=acme, user=member.user, role=member.role)


def test_nobody_else_becomes_owner(acme, refused):
    member = acme.memberships.exclude(user=acme.owner).first()
    with refused():
        Membership.objects.filter(pk=member.pk).update(role=Role.objects.owner())


def test_the_owner_has_no_other_role(acme, refused):
    with refused():
        acme.memberships.filter(user=acme.owner).update(role=Role.objects.admin())


def test_an_organization_without_an_owner_cannot_be_stored(refused):
    with refused():
        Organization.objects.create(name="X", slug="x", owner_id=None)


def test_a_role_stays_in_its_organization(acme, make_organization, make_role, make_user, refused):
    foreign = make_role(make_organization())
    member = acme.memberships.exclude(user=acme.owner).first()
    with refused():
        Membership.objects.filter(pk=member.pk).update(role=foreign)
    with refused():
        Membership.objects.create(organization=acme, user=make_user(), role=foreign)
    with refused():
        Invitation.objects.create(organization=acme, email="a@example.com", role=foreign, expires_at=timezone.now())


def test_nobody_is_invited_as_owner(acme, refused):
    with refused():
        Invitation.objects.create(
            organization=acme, email="a@example.com", role=Role.objects.owner(), expires_at=timezone.now()
        )


def test_one_pending_invitation_for_an_address(acme, refused):
    fields = {
        "organization": acme,
        "email": "a@example.com",
        "role": Role.objects.member(),
        "expires_at": timezone.now(),
    }
    first = Invitation.objects.create(**fields)
    with refused():
        Invitation.objects.create(**fields)
    Invitation.objects.filter(pk=first.pk).update(is_pending=None, revoked_at=timezone.now())
    second = Invitation.objects.create(**fields)
    Invitation.objects.filter(pk=second.pk).update(is_pending=None, revoked_at=timezone.now())
    assert Invitation.objects.filter(email="a@example.com").count() == 2, "any number that are over"


@pytest.mark.parametrize(
    "state",
    [
        {"is_pending": None},
        {"accepted_at": timezone.now()},
        {"is_pending": None, "accepted_at": timezone.now(), "revoked_at": timezone.now()},
    ],
)
def test_an_invitation_is_in_one_state(acme, refused, state):
    fields = {
        "organization": acme,
        "email": "a@example.com",
        "role": Role.objects.member(),
        "expires_at": timezone.now(),
    }
    invitation = Invitation.objects.create(**fields)
    with refused():
        Invitation.objects.filter(pk=invitation.pk).update(**state)


def test_disabled_means_since_when(acme, refused):
    with refused():
        acme.memberships.update(is_active=False)


def test_the_counters_follow_everything(acme, make_user, make_organization):
    role = Role.objects.member()
    Membership.objects.bulk_create(Membership(organization=acme, user=make_user(), role=role) for _ in range(5))
    assert counters(acme) == counted(acme) == (9, 9)
    acme.memberships.exclude(user=acme.owner).disable(at=timezone.now(), by=None)
    assert counters(acme) == counted(acme) == (9, 1)
    acme.memberships.filter(pk__in=list(acme.memberships.disabled().values_list("pk", flat=True)[:3])).enable()
    assert counters(acme) == counted(acme) == (9, 4)
    acme.memberships.disabled().first().user.delete()  # a cascade
    assert counters(acme) == counted(acme) == (8, 4)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM org_members_membership WHERE organization_id = %s AND NOT is_active", [acme.pk])
    assert counters(acme) == counted(acme) == (4, 4)
    elsewhere = make_organization()
    acme.memberships.exclude(user=acme.owner).update(organization=elsewhere)
    assert counters(acme) == counted(acme) == (1, 1)
    assert counters(elsewhere) == counted(elsewhere) == (4, 4)


def test_saving_an_organization_saves_no_old_counter(acme, make_user):
    old = Organization.objects.get(pk=acme.pk)
    Membership.objects.create(organization=acme, user=make_user(), role=Role.objects.member())
    old.name = "Another name"
    old.save()
    assert counters(acme) == counted(acme) == (5, 5)
    assert acme.name == "Another name"


def test_a_change_that_is_undone_counts_nothing(acme):
    with transaction.atomic():
        acme.memberships.exclude(user=acme.owner).delete()
        transaction.set_rollback(True)
    assert counters(acme) == counted(acme) == (4, 4)


def test_a_deleted_organization_takes_its_people_along_and_leaves_its_trail(acme, make_role):
    role = make_role(acme)
    acme.memberships.exclude(user=acme.owner).update(role=role)
    AuditEvent.objects.create(organization=acme, verb="x")
    pk = acme.pk
    acme.delete()
    assert not Membership.objects.filter(organization=pk).exists()
    assert not Role.objects.filter(pk=role.pk).exists()
    assert AuditEvent.objects.filter(organization=pk).exists()


def test_a_role_that_somebody_has_cannot_be_deleted(acme, make_role):
    from django.db.models import RestrictedError

    role = make_role(acme)
    acme.memberships.exclude(user=acme.owner).update(role=role)
    with pytest.raises(RestrictedError):
        role.delete()


def test_the_owner_s_account_cannot_be_deleted(acme):
    from django.db.models import ProtectedError

    with pytest.raises(ProtectedError):
        acme.owner.delete()


def test_the_trail_is_append_only(acme):
    event = AuditEvent.objects.create(organization=acme, verb="x")
    for change in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(verb="y"),
        lambda: AuditEvent.objects.bulk_update([event], ["verb"]),
    ):
        with pytest.raises(TypeError, match="append-only"):
            change()


def test_names_and_addresses_are_copied_to_new_memberships(acme, make_user):
    user = make_user(full_name="Ada Lovelace", email="ada@example.com")
    member = Membership.objects.create(organization=acme, user=user, role=Role.objects.member())
    assert (member.display_name, member.email, member.sort_name) == ("Ada Lovelace", "ada@example.com", "ada lovelace")


def test_slugs_are_unique(acme, make_user):
    with pytest.raises(IntegrityError), transaction.atomic():
        Organization.objects.create(name="X", slug=acme.slug, owner=make_user())
