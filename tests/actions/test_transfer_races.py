"""Transfers at once with one another, and with what happens to those concerned: real threads, real transactions."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import pytest

from django_org_members import actions
from django_org_members.models import AuditEvent, Membership, Organization, Role
from tests.racing import at_once

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions", "no_deadlock"),
]
ROUNDS = 5


def perform(name, actor, member, **params):
    return partial(actions.perform, name, actor=actor, members=[member], **params)


def owner_of(organization):
    """Return the one Owner, by the organization's column and by the roles."""
    (user,) = Membership.objects.filter(organization=organization, role__key="owner").values_list("user", flat=True)
    assert Organization.objects.get(pk=organization.pk).owner_id == user
    return user


def outcomes(results):
    assert all(isinstance(result, actions.Outcome) for result in results), results
    return results


def test_of_many_transfers_by_one_owner_one_happens(make_organization, make_member):
    for _ in range(ROUNDS):
        acme = make_organization()
        heirs = [make_member(acme) for _ in range(6)]
        results = outcomes(at_once([perform("transfer-ownership", acme.owner, heir) for heir in heirs]))
        done = [member for outcome in results for member in outcome.done]
        refused = [verdict.code for outcome in results for _, verdict in outcome.refused]
        assert [member.user_id for member in done] == [owner_of(acme)]
        assert refused == ["permission"] * 5, "by then the old Owner was an Admin"
        assert AuditEvent.objects.filter(organization=acme, verb="ownership_transferred").count() == 1


def test_transfers_by_superusers_follow_one_another(make_organization, make_member, make_user):
    acme = make_organization()
    heirs = [make_member(acme) for _ in range(8)]
    support = [make_user(is_superuser=True, is_staff=True) for _ in heirs]
    outcomes(
        at_once(
            [
                perform("transfer-ownership", actor, heir, reason="Support.")
                for actor, heir in zip(support, heirs, strict=True)
            ]
        )
    )
    trail = AuditEvent.objects.filter(organization=acme, verb="ownership_transferred").order_by("pk")
    assert trail.count() == 8
    assert trail.last().user_id == owner_of(acme)
    names = [event.details["owner"] for event in trail]
    assert all(before[1] == after[0] for before, after in pairwise(names)), "each took it from the one before"
    assert Membership.objects.filter(organization=acme, role__key="admin").count() == 8


@pytest.mark.parametrize("name", ["remove", "disable", "set-role"])
def test_the_heir_is_removed_disabled_or_demoted_at_the_same_time(make_organization, make_member, name):
    params = {"role": Role.objects.admin()} if name == "set-role" else {}
    for _ in range(ROUNDS):
        acme = make_organization()
        heir, admin = make_member(acme), make_member(acme, role="admin")
        transferred, ended = outcomes(
            at_once(
                [
                    perform("transfer-ownership", acme.owner, heir),
                    perform(name, admin.user, heir, **params),
                ]
            )
        )
        is_heir = bool(transferred.done)
        assert owner_of(acme) == (heir.user_id if is_heir else acme.owner_id)
        if is_heir and not ended.done:
            assert [verdict.code for _, verdict in ended.refused] == ["owner"]
        elif not is_heir:
            assert name != "set-role"
            assert ended.done == [heir]


def test_the_owner_transfers_while_a_superuser_does(make_organization, make_member, make_user):
    support = make_user(is_superuser=True, is_staff=True)
    for _ in range(ROUNDS):
        acme = make_organization()
        mine, theirs = make_member(acme), make_member(acme)
        by_owner, by_support = outcomes(
            at_once(
                [
                    perform("transfer-ownership", acme.owner, mine),
                    perform("transfer-ownership", support, theirs, reason="The Owner is gone."),
                ]
            )
        )
        assert by_support.done == [theirs]
        assert owner_of(acme) == theirs.user_id
        if not by_owner.done:
            assert [verdict.code for _, verdict in by_owner.refused] == ["permission"]
