"""Accepting: once, by the person to whom it was sent."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone

from django_org_members import actions, joining, signals
from django_org_members.exceptions import InvitationUnusable, Refused
from django_org_members.models import Account, AuditEvent, Invitation, Membership, Role

pytestmark = pytest.mark.django_db
OWN = "a-password-of-my-own-26"


@pytest.fixture
def guest(make_user):
    return make_user(email="Guest@Example.com" if get_user_model().USERNAME_FIELD != "email" else "guest@example.com")


def test_the_invited_person_becomes_a_member(invite, acme, guest, caught, make_role):
    role = make_role(acme, "view_members")
    accepted, added = caught(signals.invitation_accepted), caught(signals.members_added)
    sent = invite(role=role)

    member = joining.accept(sent.derive_token(), user=guest)

    assert (member.organization, member.user, member.role) == (acme, guest, role)
    sent.refresh_from_db()
    assert (sent.accepted_by, sent.is_pending) == (guest, None)
    assert (accepted[0]["invitations"], accepted[0]["members"]) == ([sent], [member])
    assert (added[0]["members"], added[0]["how"], added[0]["actor"]) == ([member], "accepted", guest)
    assert AuditEvent.objects.get(verb="member_joined").user == guest
    assert Account.objects.get(user=guest).provisioned_by is None, "the account is the person's own"


def test_it_works_once(invite, guest):
    token = invite().derive_token()
    joining.accept(token, user=guest)
    with pytest.raises(InvitationUnusable, match="accepted"):
        joining.accept(token, user=guest)


def test_somebody_else_is_refused(invite, make_user):
    sent = invite()
    with pytest.raises(Refused, match="another address"):
        joining.accept(sent.derive_token(), user=make_user())
    sent.refresh_from_db()
    assert sent.is_pending


@pytest.mark.parametrize("change", [{"expires_at": timezone.now()}, {"is_pending": None, "revoked_at": timezone.now()}])
def test_what_is_over_is_refused(invite, guest, change):
    sent = invite()
    Invitation.objects.filter(pk=sent.pk).update(**change)
    with pytest.raises(InvitationUnusable):
        joining.accept(sent.derive_token(), user=guest)
    with pytest.raises(InvitationUnusable):
        joining.accept_as_new(sent.derive_token(), full_name="Gus Guest", password=OWN)
    assert not Membership.objects.filter(user=guest).exists()


def test_who_is_a_member_by_now_stays_one_as_before(invite, acme, guest, make_member):
    sent = invite(role=Role.objects.admin())
    before = make_member(acme, user=guest)
    assert joining.accept(sent.derive_token(), user=guest) == before
    assert Membership.objects.get(pk=before.pk).role == Role.objects.member()


def test_an_account_that_the_platform_deactivated_is_refused(invite, guest):
    sent = invite()
    guest.is_active = False
    guest.save()
    with pytest.raises(Refused):
        joining.accept(sent.derive_token(), user=guest)


def test_a_new_person_gets_an_account_of_the_organization(invite, acme):
    member = joining.accept_as_new(invite().derive_token(), full_name="Gus Guest", password=OWN)
    user = get_user_model()._default_manager.get(pk=member.user.pk)
    assert user.check_password(OWN)
    assert (member.display_name, member.email) == ("Gus Guest", "guest@example.com")
    assert Account.objects.get(user=user).provisioned_by == acme
    assert not Account.objects.get(user=user).must_change_password


def test_an_address_that_has_an_account_by_now_must_sign_in(invite, guest):
    sent = invite()
    with pytest.raises(Refused, match="sign in"):
        joining.accept_as_new(sent.derive_token(), full_name="Mallory", password=OWN)
    assert not guest.check_password(OWN)


def test_a_wrong_name_changes_nothing(invite):
    sent = invite()
    with pytest.raises(ValidationError) as raised:
        joining.accept_as_new(sent.derive_token(), full_name="a\nb", password=OWN)
    assert "full_name" in raised.value.error_dict
    sent.refresh_from_db()
    assert sent.is_pending
    assert not get_user_model()._default_manager.filter(email="guest@example.com").exists()


@pytest.fixture
def ended(acme, make_organization, make_member):
    """Somebody whose sign-in ended when Globex, which made the account, disabled them."""
    globex = make_organization(name="Globex")
    member = make_member(globex, email="guest@example.com")
    Account.objects.update_or_create(user=member.user, defaults={"provisioned_by": globex})
    actions.perform("disable", actor=globex.owner, members=[member])
    member.user.refresh_from_db()
    assert not member.user.is_active
    return member.user


def test_joining_again_turns_an_ended_sign_in_on(invite, ended, password):
    token = invite().derive_token()
    with pytest.raises(Refused, match="not right"):
        joining.accept_by_password(token, password="wrong")
    joining.accept_by_password(token, password=password)
    ended.refresh_from_db()
    assert ended.is_active
    assert Account.objects.get(user=ended).sign_in_ended_at is None


def test_create_user_turns_it_on_too(acme, admin_user, ended):
    created = joining.create_member(
        actor=admin_user, organization=acme, full_name="", email="guest@example.com", role=Role.objects.member()
    )
    assert created.temporary_password is None
    ended.refresh_from_db()
    assert ended.is_active


@pytest.mark.parametrize("change", ["remove", "disable", "set-role", "delete"])
def test_an_invitation_does_not_outlive_the_authority_of_who_sent_it(acme, admin_user, invite, change):
    token = invite(role=Role.objects.admin()).derive_token()
    member = acme.memberships.get(user=admin_user)
    if change == "delete":
        admin_user.delete()
    else:
        params = {"role": Role.objects.member()} if change == "set-role" else {}
        actions.perform(change, actor=acme.owner, members=[member], **params)
    for attempt in (
        lambda: joining.look_up(token),
        lambda: joining.accept_as_new(token, full_name="Guest", password="a-password-of-my-own-26"),
    ):
        with pytest.raises(InvitationUnusable, match="revoked"):
            attempt()


def test_sending_it_again_takes_it_over(acme, admin_user, invite):
    invitation = invite(role=Role.objects.admin())
    sender = acme.memberships.get(user=admin_user)
    actions.perform("set-role", actor=acme.owner, members=[sender], role=Role.objects.member())
    token = joining.resend(actor=acme.owner, invitation=invitation).derive_token()
    assert joining.look_up(token).invited_by == acme.owner
