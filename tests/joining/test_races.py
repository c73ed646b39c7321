"""Many at once, with real threads and transactions: PostgreSQL and MariaDB."""

from __future__ import annotations

from functools import partial
from threading import Event, Timer

import pytest
from django.core.exceptions import ValidationError

from django_org_members import actions, joining
from django_org_members.exceptions import InvitationUnusable
from django_org_members.models import Account, AuditEvent, Invitation, Membership, Organization, Role
from tests.racing import at_once

pytestmark = [
    pytest.mark.threads,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("real_transactions", "no_deadlock"),
]
THREADS = 20


@pytest.fixture
def acme(make_organization):
    return make_organization()


def test_twenty_acceptances_of_one_token_make_one_membership(acme, make_user):
    guest = make_user(email="guest@example.com")
    sent = joining.invite(actor=acme.owner, organization=acme, email=guest.email, role=Role.objects.member())
    token = sent.derive_token()

    results = at_once([lambda: joining.accept(token, user=guest)] * THREADS)

    assert sum(isinstance(result, Membership) for result in results) == 1, results
    others = [result for result in results if not isinstance(result, Membership)]
    assert {(type(error), str(error)) for error in others} == {(InvitationUnusable, "accepted")}
    assert Membership.objects.filter(organization=acme, user=guest).count() == 1
    assert AuditEvent.objects.filter(verb="member_joined").count() == 1


def test_twenty_new_people_with_one_token_make_one_account(acme):
    sent = joining.invite(actor=acme.owner, organization=acme, email="new@example.com", role=Role.objects.member())
    token = sent.derive_token()
    results = at_once([lambda: joining.accept_as_new(token, full_name="N. N.", password="x")] * THREADS)
    assert sum(isinstance(result, Membership) for result in results) == 1, results
    assert Membership.objects.filter(email="new@example.com").count() == 1


def test_twenty_creations_of_one_person_make_one_member(acme):
    owner, role = acme.owner, Role.objects.member()

    def create():
        return joining.create_member(
            actor=owner, organization=acme, full_name="Grace Hopper", email="grace@example.com", role=role
        )

    results = at_once([create] * THREADS)
    assert sum(isinstance(result, joining.Created) for result in results) == 1, results
    assert all(isinstance(result, (joining.Created, ValidationError)) for result in results), results
    assert Membership.objects.filter(email="grace@example.com").count() == 1


def test_creations_of_one_person_in_many_organizations_make_one_account(make_organization):
    organizations = [make_organization() for _ in range(8)]
    role = Role.objects.member()

    def create(organization):
        return lambda: joining.create_member(
            actor=organization.owner, organization=organization, full_name="G", email="grace@example.com", role=role
        )

    results = at_once([create(organization) for organization in organizations])
    assert all(isinstance(result, (joining.Created, ValidationError)) for result in results), results
    users = set(Membership.objects.filter(email="grace@example.com").values_list("user", flat=True))
    made = sum(isinstance(result, joining.Created) for result in results)
    assert Membership.objects.filter(email="grace@example.com").count() == made >= 1
    assert len(users) == 1


def test_twenty_invitations_to_one_address_make_one(acme):
    owner, role = acme.owner, Role.objects.member()
    results = at_once(
        [lambda: joining.invite(actor=owner, organization=acme, email="guest@example.com", role=role)] * THREADS
    )
    assert sum(isinstance(result, Invitation) for result in results) == 1, results
    assert all(isinstance(result, (Invitation, ValidationError)) for result in results), results


def test_accepting_and_revoking_end_one_way_or_the_other(acme, make_user):
    for number in range(5):
        guest = make_user(email=f"guest{number}@example.com")
        sent = joining.invite(actor=acme.owner, organization=acme, email=guest.email, role=Role.objects.member())
        token = sent.derive_token()
        at_once(
            [partial(joining.accept, token, user=guest), partial(joining.revoke, actor=acme.owner, invitation=sent)]
        )
        sent.refresh_from_db()
        is_member = Membership.objects.filter(user=guest).exists()
        assert (sent.accepted_at is not None, sent.revoked_at is None) == (is_member, is_member)


def test_two_admins_disabling_and_removing_the_same_members(acme, make_member):
    admins = [make_member(acme, role="admin").user for _ in range(2)]
    members = [make_member(acme) for _ in range(30)]

    def run(name, admin, rows):
        return lambda: list(
            actions.perform_in_batches(
                name, actor=admin, members=Membership.objects.filter(pk__in=[m.pk for m in rows])
            )
        )

    results = at_once(
        [
            run("disable", admins[0], members[:20]),
            run("remove", admins[1], members[10:]),
            run("disable", admins[1], members),
            run("enable", admins[0], members[5:25]),
        ]
    )

    assert not [result for result in results if isinstance(result, Exception)], results
    left = set(Membership.objects.filter(pk__in=[member.pk for member in members]).values_list("pk", flat=True))
    assert left == {member.pk for member in members[:10]}, "what was removed is gone, in every order"
    acme.refresh_from_db()
    assert acme.member_count == Membership.objects.filter(organization=acme).count()
    assert acme.active_member_count == Membership.objects.filter(organization=acme, is_active=True).count()
    for member in Membership.objects.filter(pk__in=left):
        # Runs in one organization are one after the other, and the trail has their order: the last one decides.
        last = AuditEvent.objects.filter(organization=acme, user=member.user_id).latest("pk")
        assert member.is_active == (last.verb == "member_enabled")
        assert member.is_active == (member.disabled_at is None)


def test_admins_who_disable_each_other_leave_one(acme, make_member):
    ada, bob = make_member(acme, role="admin"), make_member(acme, role="admin")
    results = at_once(
        [
            lambda: actions.perform("disable", actor=ada.user, members=[bob]),
            lambda: actions.perform("disable", actor=bob.user, members=[ada]),
        ]
    )
    assert not [result for result in results if isinstance(result, Exception)], results
    assert Membership.objects.filter(pk__in=[ada.pk, bob.pk], is_active=True).count() == 1


def test_a_reset_here_and_a_joining_elsewhere_are_one_after_the_other(make_organization, make_member):
    """Either the reset came first, or it is refused because the account is shared by then."""
    for number in range(6):
        acme, globex = make_organization(), make_organization()
        member = make_member(acme, email=f"shared{number}@example.com")
        Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": acme})
        before = member.user.password
        reset, joined = at_once(
            [
                partial(actions.perform, "reset-password", actor=acme.owner, members=[member]),
                partial(
                    joining.create_member,
                    actor=globex.owner,
                    organization=globex,
                    full_name="",
                    email=member.email,
                    role=Role.objects.member(),
                ),
            ]
        )
        assert isinstance(joined, joining.Created), joined
        assert isinstance(reset, actions.Outcome), reset
        member.user.refresh_from_db()
        if reset.done:
            added = AuditEvent.objects.get(verb="member_added", organization=globex)
            assert AuditEvent.objects.get(verb="password_reset", organization=acme).pk < added.pk
        else:
            assert [verdict.code for _, verdict in reset.refused] == ["shared"]
            assert member.user.password == before


def test_nothing_deadlocks_across_organizations(make_organization, make_member, make_user):
    """The same people in two organizations, acted on from both sides at once."""
    one, two = make_organization(), make_organization()
    people = [make_user() for _ in range(15)]
    here = [make_member(one, user=person) for person in people]
    there = [make_member(two, user=person) for person in reversed(people)]

    def run(name, organization, members):
        return lambda: actions.perform(name, actor=organization.owner, members=members)

    rounds = [("disable", "disable"), ("enable", "enable"), ("remove", "disable")]
    for mine, theirs in rounds:
        results = at_once([run(mine, one, here), run(theirs, two, there)] * 2)
        assert not [result for result in results if isinstance(result, Exception)], results
    assert Organization.objects.get(pk=one.pk).member_count == 1


@pytest.mark.parametrize("name", ["set-role", "remove", "disable"])
def test_an_authority_that_is_being_taken_away_acts_no_more(acme, make_member, name):
    """Who is asked for a verdict while the actor is demoted waits for the end of it, and is refused."""
    admin, target = make_member(acme, role="admin"), make_member(acme)
    params = {"role": Role.objects.member()} if name == "set-role" else {}
    under_way, go_on = Event(), Event()

    def hold(members, **kwargs):
        if members == [admin]:
            under_way.set()
            go_on.wait(timeout=30)

    signal = actions.get(name).signal
    signal.connect(hold)

    def demote():
        return actions.perform(name, actor=acme.owner, members=[admin], **params)

    def act():
        under_way.wait(timeout=30)
        Timer(0.5, go_on.set).start()
        return actions.perform("sign-out" if name == "disable" else "disable", actor=admin.user, members=[target])

    try:
        demoted, acted = at_once([demote, act])
    finally:
        signal.disconnect(hold)
    assert demoted.done == [admin]
    assert (acted.done, [verdict.code for _, verdict in acted.refused]) == ([], ["permission"])
