"""Pending invitations end with the person who sent them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import actions, joining, signals
from django_org_members.models import AuditEvent, Invitation, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def admin(acme, make_member):
    return make_member(acme, role="admin")


@pytest.fixture
def invite(acme):
    def make(email, *, actor, organization=acme, role="member"):
        return joining.invite(actor=actor, organization=organization, email=email, role=Role.objects.get(key=role))

    return make


def pending():
    return set(Invitation.objects.pending().values_list("email", flat=True))


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_what_the_person_sent_is_revoked_and_nothing_else(acme, admin, invite, make_member, make_organization, name):
    globex = make_organization(owner=make_member(acme, role="admin").user)
    sender = make_member(acme, user=make_organization().owner, role="admin")
    make_member(globex, user=sender.user, role="admin")
    for number in range(3):
        invite(f"guest{number}@example.com", actor=sender.user)
    Invitation.objects.filter(email="guest0@example.com").update(expires_at="2020-01-01T00:00Z")
    invite("of-another-sender@example.com", actor=admin.user)
    invite("elsewhere@example.com", actor=sender.user, organization=globex)
    answered = joining.accept_as_new(
        invite("answered@example.com", actor=sender.user).derive_token(), full_name="Ann Swered", password="x"
    )

    actions.perform(name, actor=acme.owner, members=[sender])

    assert pending() == {"of-another-sender@example.com", "elsewhere@example.com"}
    assert Invitation.objects.get(email="answered@example.com").revoked_at is None
    assert answered.role == Role.objects.member()


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_each_has_its_event_and_all_are_in_one_signal(acme, admin, invite, make_member, caught, name):
    senders = [make_member(acme, role="admin") for _ in range(2)]
    sent = [invite(f"guest{number}@example.com", actor=senders[number % 2].user) for number in range(5)]
    received = caught(signals.invitation_revoked)

    actions.perform(name, actor=admin.user, members=senders)

    (signal,) = received
    assert signal["invitations"] == sent
    assert (signal["actor"], signal["organization"]) == (admin.user, acme)
    assert all(one.is_pending is None and one.revoked_at for one in signal["invitations"])
    events = AuditEvent.objects.filter(verb="invitation_revoked")
    assert {event.email for event in events} == {one.email for one in sent}
    assert {(event.actor_id, event.details["role"]) for event in events} == {(admin.user.pk, "Member")}
    assert {one.revoked_at for one in Invitation.objects.all()} == {events[0].created_at}


def test_the_role_of_an_invitation_does_not_keep_it(acme, invite, make_member, make_role):
    """Who may disable the sender need not be able to give the role: the sender cannot answer for it any more."""
    helper = make_member(acme, role=make_role(acme, "view_members", "disable_member", "invite_member"))
    recruiter = make_member(acme, role=make_role(acme, "invite_member", "view_members"))
    sent = invite("guest@example.com", actor=acme.owner, role="admin")
    Invitation.objects.filter(pk=sent.pk).update(invited_by=recruiter.user)  # was an Admin then
    assert actions.perform("disable", actor=helper.user, members=[recruiter]).done
    assert pending() == set()


def test_what_was_sent_again_belongs_to_who_did_so(acme, admin, invite):
    sent = invite("guest@example.com", actor=admin.user)
    joining.resend(actor=acme.owner, invitation=sent)
    actions.perform("remove", actor=acme.owner, members=[admin])
    assert pending() == {"guest@example.com"}


def test_who_is_refused_or_disabled_already_loses_none(acme, admin, invite, make_member):
    invite("of-the-owner@example.com", actor=acme.owner)
    other = make_member(acme, role="admin")
    invite("of-the-disabled@example.com", actor=other.user)
    actions.perform("disable", actor=acme.owner, members=[other])
    late = Invitation.objects.get(email="of-the-disabled@example.com")
    late.is_pending, late.revoked_at = True, None
    late.save()
    owner = acme.memberships.get(user=acme.owner)
    actions.perform("disable", actor=admin.user, members=[owner, other])
    assert pending() == {"of-the-owner@example.com", "of-the-disabled@example.com"}


def test_the_error_of_a_receiver_undoes_the_whole(acme, admin, invite):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    invite("guest@example.com", actor=admin.user)
    signals.invitation_revoked.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.perform("disable", actor=acme.owner, members=[admin])
    finally:
        signals.invitation_revoked.disconnect(fail)
    admin.refresh_from_db()
    assert admin.is_active
    assert pending() == {"guest@example.com"}


@pytest.mark.parametrize("name", ["disable", "remove"])
def test_a_batch_needs_the_same_number_of_queries_for_any_number_of_invitations(acme, invite, make_member, name):
    actor = acme.owner

    def queries(senders, each):
        members = [make_member(acme, role="admin") for _ in range(senders)]
        for member in members:
            for number in range(each):
                invite(f"guest{number}-{member.pk}@example.com", actor=member.user)
        with CaptureQueriesContext(connection) as captured:
            assert len(actions.perform(name, actor=actor, members=members).done) == senders
        return len(captured)

    assert queries(1, 1) == queries(7, 4)
