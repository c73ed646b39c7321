"""What `perform` promises, whatever the action."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from django_org_members import actions, signals
from django_org_members.exceptions import UnknownAction
from django_org_members.models import Account, AuditEvent, Membership, Role
from tests.otp import TOTPDevice

pytestmark = pytest.mark.django_db


def test_a_bulk_does_what_is_allowed_and_lists_the_rest(acme, admin_user, make_member):
    ada, grace = make_member(acme), make_member(acme)
    owner, oneself = acme.memberships.get(user=acme.owner), acme.memberships.get(user=admin_user)

    outcome = actions.perform("disable", actor=admin_user, members=[ada, owner, grace, oneself])

    assert {member.pk for member in outcome.done} == {ada.pk, grace.pk}
    assert {member.pk: verdict.code for member, verdict in outcome.refused} == {
        owner.pk: "owner",
        oneself.pk: "oneself",
    }
    assert set(acme.memberships.disabled()) == {ada, grace}


def test_doing_it_again_changes_nothing(acme, admin_user, make_member, caught):
    member = make_member(acme)
    actions.perform("disable", actor=admin_user, members=[member])
    before = Membership.objects.get(pk=member.pk)
    received = caught(signals.members_disabled)

    outcome = actions.perform("disable", actor=acme.owner, members=[member])

    assert (outcome.done, outcome.unchanged, outcome.refused) == ([], [member], [])
    after = Membership.objects.get(pk=member.pk)
    assert (after.disabled_at, after.disabled_by) == (before.disabled_at, admin_user)
    assert received == []
    assert AuditEvent.objects.filter(verb="member_disabled").count() == 1


def test_one_signal_carries_the_list_the_actor_and_the_organization(acme, admin_user, make_member, caught):
    members = [make_member(acme) for _ in range(3)]
    received = caught(signals.members_disabled)

    actions.perform("disable", actor=admin_user, members=members)

    (sent,) = received
    assert set(sent["members"]) == set(members)
    assert (sent["actor"], sent["organization"]) == (admin_user, acme)


def test_every_member_gets_an_audit_event_with_a_snapshot(acme, admin_user, make_member):
    member = make_member(acme)
    actions.perform("disable", actor=admin_user, members=[member])

    event = AuditEvent.objects.get(organization=acme, verb="member_disabled")
    assert (event.actor, event.user, event.name, event.email) == (
        admin_user,
        member.user,
        member.display_name,
        member.email,
    )


def test_the_error_of_a_receiver_undoes_everything(acme, admin_user, make_member):
    def fail(sender, **kwargs):
        raise RuntimeError("no")

    member = make_member(acme)
    signals.members_disabled.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.perform("disable", actor=admin_user, members=[member])
    finally:
        signals.members_disabled.disconnect(fail)

    member.refresh_from_db()
    assert member.is_active
    assert not AuditEvent.objects.filter(verb="member_disabled").exists()


def test_members_of_two_organizations_are_an_error(acme, admin_user, make_member, make_organization):
    with pytest.raises(ValueError, match="one organization"):
        actions.perform("disable", actor=admin_user, members=[make_member(acme), make_member(make_organization())])


def test_another_organizations_member_is_out_of_reach(admin_user, make_member, make_organization):
    foreign = make_member(make_organization())
    outcome = actions.perform("disable", actor=admin_user, members=[foreign])
    assert [(member.pk, verdict.code) for member, verdict in outcome.refused] == [(foreign.pk, "permission")]


def test_a_forged_organization_on_the_instance_reaches_nobody(acme, admin_user, make_member, make_organization):
    foreign = make_member(make_organization())
    foreign.organization = acme
    outcome = actions.perform("disable", actor=admin_user, members=[foreign])
    assert (outcome.done, outcome.unchanged, outcome.refused) == ([], [], [])
    assert Membership.objects.get(pk=foreign.pk).is_active


def test_a_member_that_is_gone_stops_nobody(acme, admin_user, make_member):
    gone, here = make_member(acme), make_member(acme)
    Membership.objects.filter(pk=gone.pk).delete()
    assert actions.perform("disable", actor=admin_user, members=[gone, here]).done == [here]


def test_nobody_to_act_on_is_no_error(admin_user):
    assert actions.perform("disable", actor=admin_user, members=[]) == actions.Outcome()


def test_an_unknown_action_is_named(admin_user):
    with pytest.raises(UnknownAction, match="promote"):
        actions.perform("promote", actor=admin_user, members=[])


def test_an_error_of_validation_undoes_the_change(acme, admin_user, provisioned, make_user):
    taken = make_user(email="taken@example.com")
    member = provisioned()
    name = member.display_name
    with pytest.raises(ValidationError) as raised:
        actions.perform(
            "edit-profile", actor=admin_user, members=[member], full_name="New Name", email=taken.email, phone=""
        )
    assert "email" in raised.value.message_dict
    assert Membership.objects.get(pk=member.pk).display_name == name


@pytest.mark.parametrize("name", ["disable", "set-role", "remove", "reset-mfa", "sign-out", "enable"])
def test_a_batch_needs_the_same_number_of_queries_at_any_size(name, acme, admin_user, provisioned):
    params = {"role": Role.objects.admin()} if name == "set-role" else {}

    def queries(members):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            actions.perform(name, actor=admin_user, members=members, **params)
        return len(captured)

    one, many = [provisioned()], [provisioned() for _ in range(40)]
    if name == "enable":
        actions.perform("disable", actor=admin_user, members=[*one, *many])
    assert queries(one) == queries(many)


@override_settings(ORG_MEMBERS={"BATCH_SIZE": 10, "BASE_URL": "http://testserver"})
def test_batches_walk_over_all_even_when_the_action_empties_the_queryset(acme, admin_user, make_member):
    for _ in range(25):
        make_member(acme)
    everyone = acme.memberships.active()

    outcomes = list(actions.perform_in_batches("disable", actor=admin_user, members=everyone))

    assert [len(outcome.done) + len(outcome.refused) for outcome in outcomes] == [10, 10, 7]
    assert acme.memberships.disabled().count() == 25


def test_a_projects_own_action_writes_its_own_event(acme, admin_user, make_member):
    class Greet(actions.MemberAction):
        name, label, verb = "greet", "Greet", "greeted"
        permission = "org_members.view_members"

        def apply(self, run):
            run.notes = {member.pk: {"hello": member.display_name} for member in run.members}

        def details(self, run, member):
            return run.notes[member.pk]

    member = make_member(acme)
    actions.register(Greet)
    try:
        actions.perform("greet", actor=admin_user, members=[member])
    finally:
        actions.unregister("greet")
    assert AuditEvent.objects.get(verb="greeted").details == {"hello": member.display_name}


def test_the_accounts_of_those_who_are_refused_stay_as_they_are(acme, admin_user, provisioned, make_member):
    allowed = provisioned()
    TOTPDevice.objects.create(user=allowed.user, name="Phone")
    unchanged = provisioned()
    owner = acme.memberships.get(user=acme.owner)
    boss = make_member(acme, is_staff=True, is_superuser=True)
    actions.perform("reset-mfa", actor=admin_user, members=[allowed, unchanged, owner, boss])
    required = Account.objects.filter(mfa_enrolment_required=True).values_list("user", flat=True)
    assert set(required) == {allowed.user_id}


def test_the_sign_in_of_those_who_are_refused_stays_off(acme, make_member, make_role, provisioned):
    helper = make_member(acme, role=make_role(acme, "view_members", "disable_member")).user
    weak, strong = provisioned(), provisioned(role="admin")
    actions.perform("disable", actor=acme.owner, members=[weak, strong])
    outcome = actions.perform("enable", actor=helper, members=[weak, strong])
    assert [verdict.code for _, verdict in outcome.refused] == ["exceeds"]
    weak.user.refresh_from_db()
    strong.user.refresh_from_db()
    assert (weak.user.is_active, strong.user.is_active) == (True, False)


def test_parameters_are_checked_before_anything_is_done(acme, admin_user, make_member):
    member = make_member(acme)
    with pytest.raises(ValidationError) as raised:
        actions.perform("set-role", actor=admin_user, members=[member])
    assert list(raised.value.message_dict) == ["role"]
    with pytest.raises(TypeError, match="nonsense"):
        actions.perform("disable", actor=admin_user, members=[member], nonsense=1)
    assert Membership.objects.get(pk=member.pk).is_active


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("disable", signals.members_disabled),
        ("enable", signals.members_enabled),
        ("remove", signals.members_removed),
        ("set-role", signals.member_role_changed),
        ("edit-profile", signals.member_profile_changed),
        ("reset-password", signals.member_password_reset),
        ("reset-mfa", signals.member_mfa_reset),
        ("sign-out", signals.member_sessions_ended),
    ],
)
def test_each_action_sends_its_signal(acme, admin_user, provisioned, caught, name, signal):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, name="Phone")
    if name == "enable":
        actions.perform("disable", actor=admin_user, members=[member])
    params = {"set-role": {"role": Role.objects.admin()}, "edit-profile": {"full_name": "Another Name"}}
    received = caught(signal)
    actions.perform(name, actor=admin_user, members=[member], **params.get(name, {}))
    (sent,) = received
    assert (sent["members"], sent["actor"], sent["organization"]) == ([member], admin_user, acme)
