"""A whole life of two organizations with people in both, in any order: what holds, holds after each step.

Exactly one Owner; no authority without a source; no live session or sign-in for who should have none; the audit trail is
what happened; seats are memberships; nothing crosses organizations.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from django_org_members import access, actions, joining, roles
from django_org_members.accounts import second_factor
from django_org_members.exceptions import InvitationUnusable, Refused
from django_org_members.models import AuditEvent, Invitation, Membership, Organization, Role
from django_org_members.policy import authority_of

from .life import Person, Place

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

BACKEND = "django_org_members.policy.backend.MembersBackend"
PLACES, PEOPLE = st.sampled_from([0, 1]), st.integers(0, 7)
ACTORS = st.sampled_from([0, 0, 0, 7, 7, 1, 2, 3, 4, 5, 6])
"""0 is the Owner of the place, 7 the superuser: those who may do something are drawn more often."""
ADDRESSES = st.sampled_from([f"new{number}@example.com" for number in range(3)])
NAMES = ("view_members", "invite_member", "set_member_role", "disable_member", "manage_roles")
PERMISSIONS = st.frozensets(st.sampled_from([f"org_members.{name}" for name in NAMES]))
REFUSALS = (Refused, ValidationError, InvitationUnusable)


class Life(RuleBasedStateMachine):
    """The model is `places` and `people`; each rule does something real, and tells the model what came of it."""

    make_user = None  # the fixture

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.places, self.people, self.root = [], [], None

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize()
    def begin(self):
        self.root = self.make_user(is_superuser=True, is_staff=True)
        for number in range(4):
            self._know(self.make_user(email=f"citizen{number}@example.com"))
        for number in range(2):
            owner = self.people[number].user
            organization = Organization.objects.create(name=f"Place {number}", slug=f"place-{number}", owner=owner)
            self.places.append(Place(organization.pk, owner.pk, {owner.pk: "owner"}))
        for where, number, key in ((0, 2, "admin"), (0, 3, "member"), (1, 3, "member"), (1, 0, "admin")):
            place, user = self.places[where], self.people[number].user
            Membership.objects.create(organization_id=place.pk, user=user, role=Role.objects.get(key=key))
            place.add(user.pk, key)

    # Finding

    def _know(self, user, **fields):
        person = Person(user, user.email, **fields)
        self.people.append(person)
        return person

    def person(self, number):
        return self.people[number % len(self.people)]

    def actor(self, place, number):
        """The superuser, the place's Owner, or anybody; as they are now."""
        pk = {0: place.owner, 7: self.root.pk}.get(number, self.person(number).user.pk)
        return get_user_model()._default_manager.get(pk=pk)

    def users(self):
        """Return everybody as the database has them now."""
        pks = [person.user.pk for person in self.people]
        return get_user_model()._default_manager.select_related("org_members_account").in_bulk(pks)

    def member(self, place, number):
        """Anybody, the Owner last."""
        found = list(Membership.objects.filter(organization=place.pk).order_by("-pk"))
        found.sort(key=lambda member: member.user_id == place.owner)
        return found[number % len(found)]

    def role(self, place, number):
        found = list(Role.objects.of(place.pk))
        return found[number % len(found)]

    @staticmethod
    def key(role):
        return role.key or role.pk

    def by_pk(self, pk):
        return next(person for person in self.people if person.user.pk == pk)

    def check_gives_what_it_has(self, place, actor, given):
        assert actor.is_superuser or given <= place.authority(actor.pk)

    # What happens

    @rule(where=PLACES, who=ACTORS, address=ADDRESSES, role=PEOPLE)
    def invite(self, where, who, address, role):
        place = self.places[where]
        actor = self.actor(place, who)
        role = self.role(place, role)
        with suppress(*REFUSALS):
            organization = Organization.objects.get(pk=place.pk)
            joining.invite(actor=actor, organization=organization, email=address, role=role)
            self.check_gives_what_it_has(place, actor, place.held_by_role(self.key(role)))
            place.invited[address] = (self.key(role), actor.pk)
            place.events["invitation_sent", address] += 1

    @rule(where=PLACES, address=ADDRESSES)
    def accept(self, where, address):
        place = self.places[where]
        invitation = Invitation.objects.pending().filter(organization=place.pk, email=address).first()
        if invitation is None:
            return
        person = next((person for person in self.people if person.email == address), None)
        with suppress(*REFUSALS):
            token = invitation.derive_token()
            if person is None:
                member = joining.accept_as_new(token, full_name="New", password="correct-horse-battery")
                person = self._know(member.user, provisioned_by=place.pk)
            else:
                joining.accept(token, user=get_user_model()._default_manager.get(pk=person.user.pk))
            role, sender = place.invited.pop(address)
            assert sender == self.root.pk or place.held_by_role(role) <= place.authority(sender)
            place.add(person.user.pk, role)
            person.is_active = True
            place.events["member_joined", person.user.pk] += 1

    @rule(where=PLACES, who=ACTORS, address=ADDRESSES, role=PEOPLE)
    def create(self, where, who, address, role):
        place = self.places[where]
        actor = self.actor(place, who)
        role = self.role(place, role)
        with suppress(*REFUSALS):
            organization = Organization.objects.get(pk=place.pk)
            made = joining.create_member(
                actor=actor, organization=organization, full_name="New", email=address, role=role
            )
            self.check_gives_what_it_has(place, actor, place.held_by_role(self.key(role)))
            if place.invited.pop(address, None):
                place.events["invitation_revoked", address] += 1
            user = made.membership.user
            if made.temporary_password is not None:
                self._know(user, provisioned_by=place.pk)
            place.add(user.pk, self.key(role))
            self.by_pk(user.pk).is_active = True
            verb = "member_created" if made.temporary_password else "member_added"
            place.events[verb, user.pk] += 1

    def _perform(self, name, where, who, whom, **params):
        """Return the user that it was done to, or None; nobody acts on more authority than their own."""
        place = self.places[where]
        actor = self.actor(place, who)
        member = self.member(place, whom)
        with suppress(*REFUSALS):
            outcome = actions.perform(name, actor=actor, members=[member], **params)
            if outcome.done:
                assert actor.is_superuser or place.authority_over(member.user_id) <= place.authority(actor.pk)
                return member.user_id
        return None

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE, role=PEOPLE)
    def set_role(self, where, who, whom, role):
        place = self.places[where]
        role = self.role(place, role)
        user = self._perform("set-role", where, who, whom, role=role)
        if user is not None:
            self.check_gives_what_it_has(place, self.actor(place, who), place.held_by_role(self.key(role)))
            place.members[user] = self.key(role)
            place.events["role_changed", user] += 1

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE)
    def disable(self, where, who, whom):
        user = self._perform("disable", where, who, whom)
        if user is not None:
            place = self.places[where]
            place.disabled.add(user)
            place.events["member_disabled", user] += 1
            place.revoke_sent_by(user)
            person = self.by_pk(user)
            if person.provisioned_by and not any(
                each.members.get(user) and user not in each.disabled for each in self.places
            ):
                person.is_active = person.is_signed_in = False
            self._end_sessions(where, user)

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE)
    def enable(self, where, who, whom):
        user = self._perform("enable", where, who, whom)
        if user is not None:
            self.places[where].disabled.discard(user)
            self.places[where].events["member_enabled", user] += 1
            self.by_pk(user).is_active = True
            self._end_sessions(where, user)

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE)
    def remove(self, where, who, whom):
        user = self._perform("remove", where, who, whom)
        if user is not None:
            place, person = self.places[where], self.by_pk(user)
            self._end_sessions(where, user)
            place.remove(user)
            place.events["member_removed", user] += 1
            place.revoke_sent_by(user)
            if person.provisioned_by == place.pk:
                person.provisioned_by = None

    def _end_sessions(self, where, user):
        """Those of people who belong to no other organization, by a membership or by grants."""
        other = self.places[1 - where]
        if user not in other.members and not other.grants.get(user):
            self.by_pk(user).is_signed_in = False

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE)
    def transfer(self, where, who, whom):
        place = self.places[where]
        actor = self.actor(place, who)
        reason = {"reason": "The Owner left."} if actor.is_superuser else {}
        user = self._perform("transfer-ownership", where, who, whom, **reason)
        if user is not None:
            assert actor.is_superuser or actor.pk == place.owner
            assert user not in place.disabled
            place.members[place.owner], place.members[user] = "admin", "owner"
            place.events["role_changed", place.owner] += 1
            place.events["ownership_transferred", user] += 1
            place.owner = user

    @rule(where=PLACES, who=ACTORS, permissions=PERMISSIONS)
    def make_role(self, where, who, permissions):
        place = self.places[where]
        actor = self.actor(place, who)
        name = f"Role {sum(len(each.events) for each in self.places)}-{len(place.roles)}"
        with suppress(*REFUSALS):
            organization = Organization.objects.get(pk=place.pk)
            role = roles.create(actor=actor, organization=organization, name=name, permissions=permissions)
            self.check_gives_what_it_has(place, actor, permissions)
            place.roles[role.pk] = permissions
            place.events["role_created", name] += 1

    @precondition(lambda self: any(place.roles for place in self.places))
    @rule(where=PLACES, who=ACTORS, which=PEOPLE, permissions=PERMISSIONS)
    def edit_role(self, where, who, which, permissions):
        place = self.places[where]
        actor = self.actor(place, who)
        role = self.role(place, which + 3)
        with suppress(*REFUSALS):
            roles.edit(actor=actor, role=role, permissions=permissions)
            before = place.roles[role.pk]
            self.check_gives_what_it_has(place, actor, before | permissions)
            place.roles[role.pk] = permissions
            place.events["role_edited", role.name] += before != permissions

    @precondition(lambda self: any(place.roles for place in self.places))
    @rule(where=PLACES, who=ACTORS, which=PEOPLE, other=PEOPLE)
    def delete_role(self, where, who, which, other):
        place = self.places[where]
        actor = self.actor(place, who)
        role, replacement = self.role(place, which + 3), self.role(place, other)
        moving = [user for user, held in place.members.items() if held == role.pk]
        with suppress(*REFUSALS):
            outcome = roles.delete(actor=actor, role=role, replacement=replacement)
            for user in moving:
                held = self.key(Membership.objects.get(organization=place.pk, user=user).role)
                if held != role.pk:
                    assert held == self.key(replacement)
                    place.members[user] = held
                    place.events["role_changed", user] += 1
            if outcome.is_deleted:
                self._role_deleted(place, role, replacement, actor)

    def _role_deleted(self, place, role, replacement, actor):
        for address, (held, _sender) in list(place.invited.items()):
            if held == role.pk:
                place.invited[address] = (self.key(replacement), actor.pk)
                place.events["invitation_role_changed", address] += 1
        del place.roles[role.pk]
        place.events["role_deleted", role.name] += 1

    @rule(where=PLACES, who=ACTORS, whom=PEOPLE, permissions=PERMISSIONS, give=st.booleans())
    def grant(self, where, who, whom, permissions, give):
        place, person = self.places[where], self.person(whom)
        actor = self.actor(place, who)
        before = place.grants.get(person.user.pk, frozenset())
        change = access.grant if give else access.revoke
        with suppress(*REFUSALS):
            organization = Organization.objects.get(pk=place.pk)
            change(actor=actor, to=person.user, permissions=permissions, organization=organization)
            assert actor.is_superuser
            after = before | permissions if give else before - permissions
            place.grants[person.user.pk] = after
            verb = "access_granted" if give else "access_revoked"
            place.events[verb, person.user.pk] += before != after

    @rule(who=PEOPLE)
    def sign_in(self, who):
        person = self.person(who)
        user = get_user_model()._default_manager.get(pk=person.user.pk)
        if person.is_active:
            person.client, person.is_signed_in = Client(), True
            person.client.force_login(user, backend=BACKEND)
            session = person.client.session
            second_factor.mark_passed(session, user)
            session.save()

    # What holds

    @invariant()
    def members_roles_and_invitations_are_what_the_model_says(self):
        """So nothing that was done in one organization changed the other; and there is exactly one Owner."""
        for place in self.places:
            rows = Membership.objects.filter(organization=place.pk).select_related("role")
            assert {row.user_id: self.key(row.role) for row in rows} == place.members
            assert [row.user_id for row in rows if row.role.key == "owner"] == [place.owner]
            assert {row.user_id for row in rows if row.is_disabled} == place.disabled
            assert set(Role.objects.filter(organization=place.pk).values_list("pk", flat=True)) == set(place.roles)
            pending = Invitation.objects.pending().filter(organization=place.pk).select_related("role")
            assert {row.email: (self.key(row.role), row.invited_by_id) for row in pending} == place.invited

    @invariant()
    def no_authority_without_a_source(self):
        users = self.users()
        for place in self.places:
            organization = Organization.objects.get(pk=place.pk)
            assert organization.owner_id == place.owner
            for person in self.people:
                expected = place.authority(person.user.pk) if person.is_active else frozenset()
                assert authority_of(users[person.user.pk], organization).permissions == expected

    @invariant()
    def seats_are_memberships(self):
        for place in self.places:
            organization = Organization.objects.get(pk=place.pk)
            assert organization.member_count == len(place.members)
            assert organization.active_member_count == len(place.members) - len(place.disabled)

    @invariant()
    def the_trail_is_what_happened(self):
        for place in self.places:
            rows = AuditEvent.objects.filter(organization=place.pk).values_list("verb", "user_id", "email", "name")
            found = Counter((verb, user_id or email or name) for verb, user_id, email, name in rows)
            assert found == +place.events

    @invariant()
    def who_should_not_sign_in_does_not(self):
        users = self.users()
        for person in self.people:
            user = users[person.user.pk]
            assert user.is_active == person.is_active
            account = getattr(user, "org_members_account", None)
            assert (account.provisioned_by_id if account else None) == person.provisioned_by
            if person.client is not None:
                answer = person.client.get(reverse("org_members:change_password"))
                assert (answer.status_code == 200) == person.is_signed_in, person.email


VERBS = {
    "access_granted",
    "access_revoked",
    "invitation_revoked",
    "invitation_role_changed",
    "invitation_sent",
    "member_added",
    "member_created",
    "member_disabled",
    "member_enabled",
    "member_joined",
    "member_removed",
    "ownership_transferred",
    "role_changed",
    "role_created",
    "role_deleted",
    "role_edited",
}


INVARIANTS = (
    "members_roles_and_invitations_are_what_the_model_says",
    "no_authority_without_a_source",
    "seats_are_memberships",
    "the_trail_is_what_happened",
    "who_should_not_sign_in_does_not",
)
VIEW = frozenset({"org_members.view_members"})
EVERYTHING_HAPPENS = (
    ("make_role", {"where": 0, "who": 0, "permissions": VIEW}),
    ("make_role", {"where": 0, "who": 0, "permissions": VIEW}),
    ("invite", {"where": 0, "who": 0, "address": "new0@example.com", "role": 3}),
    ("invite", {"where": 0, "who": 2, "address": "new1@example.com", "role": 4}),
    ("edit_role", {"where": 0, "who": 0, "which": 1, "permissions": frozenset()}),
    ("delete_role", {"where": 0, "who": 0, "which": 1, "other": 3}),
    ("accept", {"where": 0, "address": "new0@example.com"}),
    ("sign_in", {"who": 4}),
    ("create", {"where": 1, "who": 0, "address": "new2@example.com", "role": 2}),
    ("create", {"where": 1, "who": 0, "address": "new0@example.com", "role": 2}),
    ("grant", {"where": 0, "who": 7, "whom": 5, "permissions": VIEW, "give": True}),
    ("grant", {"where": 0, "who": 7, "whom": 5, "permissions": VIEW, "give": False}),
    ("disable", {"where": 1, "who": 0, "whom": 0}),
    ("disable", {"where": 0, "who": 0, "whom": 0}),
    ("enable", {"where": 0, "who": 0, "whom": 0}),
    ("set_role", {"where": 0, "who": 0, "whom": 0, "role": 2}),
    ("invite", {"where": 0, "who": 2, "address": "new2@example.com", "role": 2}),
    ("remove", {"where": 0, "who": 0, "whom": 2}),
    ("transfer", {"where": 0, "who": 0, "whom": 0}),
    ("transfer", {"where": 0, "who": 7, "whom": 0}),
)
"""Steps in which each of `VERBS` happens: the model is known to follow them all."""


@pytest.fixture
def life(make_user):
    """The machine, for this test."""
    return type("LifeOfThisTest", (Life,), {"make_user": staticmethod(make_user)})


def test_the_model_follows_a_life_in_which_everything_happens(life):
    machine = life()
    machine.begin()
    for name, arguments in EVERYTHING_HAPPENS:
        before = sum(sum(place.events.values()) for place in machine.places)
        getattr(machine, name)(**arguments)
        after = sum(sum(place.events.values()) for place in machine.places)
        assert after > before or name == "sign_in", (name, arguments)
        for check in INVARIANTS:
            getattr(machine, check)()
    assert {verb for place in machine.places for verb, _whom in place.events} == VERBS
    machine.teardown()


LIVES = 16 if connection.vendor == "postgresql" else 8


def test_a_whole_life(life):
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
