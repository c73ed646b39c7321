"""Invitations: sent, sent again, revoked, shown again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from django_org_members import joining, signals
from django_org_members.exceptions import InvitationUnusable, Refused
from django_org_members.models import AuditEvent, Invitation, Role

from .conftest import WRONG_ADDRESSES

pytestmark = pytest.mark.django_db


def codes(raised, field):
    return [error.code for error in raised.value.error_dict[field]]


def test_an_invitation_is_stored_told_and_sent(
    invite, acme, admin_user, caught, mailoutbox, django_capture_on_commit_callbacks
):
    received = caught(signals.invitation_sent)
    with django_capture_on_commit_callbacks(execute=True):
        sent = invite(" Guest@Example.com ")

    assert (sent.email, sent.role, sent.invited_by) == ("guest@example.com", Role.objects.member(), admin_user)
    assert sent.expires_at - sent.sent_at == timedelta(days=7)
    (signal,) = received
    assert (signal["invitations"], signal["actor"], signal["organization"]) == ([sent], admin_user, acme)
    assert signal["resent"] is False
    event = AuditEvent.objects.get(verb="invitation_sent")
    assert (event.email, event.actor, event.details) == ("guest@example.com", admin_user, {"role": "Member"})
    (mail,) = mailoutbox
    assert mail.to == ["guest@example.com"]
    assert f"http://testserver/account/invitations/{sent.derive_token()}/" in mail.body
    assert sent.derive_token() in mail.alternatives[0][0]
    assert "Ada Min" in mail.body


def test_the_token_is_stored_as_a_hash_only(invite):
    sent = invite()
    token = sent.derive_token()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM org_members_invitation")
        (row,) = cursor.fetchall()
    assert not any(token in str(value) for value in row)
    assert len(token) == 32


def test_the_link_stays_on_one_line_of_a_plain_text_mail(invite):
    assert len(f"http://127.0.0.1:8000/account/invitations/{invite().derive_token()}/") <= 78


@pytest.mark.parametrize(("email", "code"), WRONG_ADDRESSES)
def test_a_wrong_address_is_told(invite, wrong_addressees, email, code):
    with pytest.raises(ValidationError) as raised:
        invite(email)
    assert codes(raised, "email") == [code]
    assert not Invitation.objects.exists()


@pytest.mark.skipif("get_user_model().USERNAME_FIELD == 'email'", reason="Addresses are unique in this project.")
def test_an_address_of_several_accounts_is_told(invite, make_user):
    assert get_user_model()
    make_user(email="twice@example.com")
    make_user(email="TWICE@example.com", username="second")
    with pytest.raises(ValidationError) as raised:
        invite("twice@example.com")
    assert codes(raised, "email") == ["ambiguous"]


def test_one_invitation_waits_for_an_address(invite):
    first = invite()
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now())
    with pytest.raises(ValidationError) as raised:
        invite("GUEST@example.com")
    assert codes(raised, "email") == ["pending"]


def test_the_same_address_can_be_invited_elsewhere(invite, make_organization):
    invite()
    elsewhere = make_organization()
    invite(actor=elsewhere.owner, organization=elsewhere)
    assert Invitation.objects.pending().count() == 2


def test_who_lacks_the_permission_is_refused(invite, acme, make_member, make_user):
    for actor in (make_member(acme).user, make_user(), make_member(acme, role="admin", disabled=True).user):
        with pytest.raises(Refused):
            invite(actor=actor)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("which", ["owner", "foreign", "exceeding", "none"])
def test_a_role_that_may_not_be_given_is_told(acme, make_member, make_role, make_organization, which):
    actor = make_member(acme, role=make_role(acme, "invite_member")).user
    role, code = {
        "owner": lambda: (Role.objects.owner(), "owner_role"),
        "foreign": lambda: (make_role(make_organization()), "unknown_role"),
        "exceeding": lambda: (Role.objects.admin(), "exceeds"),
        "none": lambda: (None, "unknown_role"),
    }[which]()
    with pytest.raises(ValidationError) as raised:
        joining.invite(actor=actor, organization=acme, email="guest@example.com", role=role)
    assert codes(raised, "role") == [code]


def test_sending_again_makes_a_new_link_with_the_full_time(invite, admin_user, caught):
    sent = invite()
    old = sent.derive_token()
    Invitation.objects.filter(pk=sent.pk).update(expires_at=timezone.now())
    received = caught(signals.invitation_sent)

    again = joining.resend(actor=admin_user, invitation=sent)

    assert again.expires_at > timezone.now() + timedelta(days=6)
    assert received[0]["resent"] is True
    with pytest.raises(InvitationUnusable, match="unknown"):
        joining.look_up(old)
    assert joining.look_up(again.derive_token()) == sent


def test_sending_again_asks_everything_again(invite, acme, admin_user, make_member, make_role):
    sent = invite(role=Role.objects.admin())
    inviter = make_member(acme, role=make_role(acme, "invite_member")).user
    with pytest.raises(ValidationError) as raised:
        joining.resend(actor=inviter, invitation=sent)
    assert codes(raised, "role") == ["exceeds"]
    make_member(acme, email="guest@example.com")
    with pytest.raises(ValidationError) as raised:
        joining.resend(actor=admin_user, invitation=sent)
    assert codes(raised, "email") == ["member"]


def test_a_revoked_invitation_opens_nothing(invite, admin_user, caught):
    sent = invite()
    received = caught(signals.invitation_revoked)
    joining.revoke(actor=admin_user, invitation=sent)
    with pytest.raises(InvitationUnusable, match="revoked"):
        joining.look_up(sent.derive_token())
    assert received[0]["invitations"] == [sent]
    assert AuditEvent.objects.filter(verb="invitation_revoked").count() == 1
    invite()


@pytest.mark.parametrize("change", [joining.resend, joining.revoke, joining.link])
def test_what_is_over_stays_over(invite, admin_user, change):
    sent = invite()
    joining.revoke(actor=admin_user, invitation=sent)
    with pytest.raises(InvitationUnusable, match="revoked"):
        change(actor=admin_user, invitation=sent)


@pytest.mark.parametrize("change", [joining.resend, joining.revoke, joining.link])
def test_another_organization_s_managers_are_refused(invite, make_organization, change):
    with pytest.raises(Refused):
        change(actor=make_organization().owner, invitation=invite())


def test_the_link_can_be_shown_again_and_that_is_written_down(invite, admin_user):
    sent = invite()
    url = joining.link(actor=admin_user, invitation=sent)
    assert url == f"http://testserver/account/invitations/{sent.derive_token()}/"
    assert AuditEvent.objects.get(verb="invitation_link_copied").actor == admin_user
    assert sent.derive_token() not in str(AuditEvent.objects.values())


def test_under_another_secret_key_a_link_is_not_shown_wrong(invite, admin_user, settings):
    sent = invite()
    settings.SECRET_KEY = "another"
    with pytest.raises(InvitationUnusable, match="expired"):
        joining.link(actor=admin_user, invitation=sent)
    again = joining.resend(actor=admin_user, invitation=sent)
    assert joining.link(actor=admin_user, invitation=again)


def test_an_expired_link_is_not_shown(invite, admin_user):
    sent = invite()
    Invitation.objects.update(expires_at=timezone.now())
    with pytest.raises(InvitationUnusable, match="expired"):
        joining.link(actor=admin_user, invitation=sent)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "' OR 1=1 --", "☃"])
def test_a_made_up_token_opens_nothing(invite, token):
    invite()
    with pytest.raises(InvitationUnusable, match="unknown"):
        joining.look_up(token)


def test_the_lifetime_is_a_setting(invite, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "INVITATION_LIFETIME": timedelta(hours=1)}
    sent = invite()
    assert sent.expires_at - sent.sent_at == timedelta(hours=1)


def test_a_role_beyond_one_s_own_is_neither_revoked_nor_replaced(acme, make_member, make_role, invite):
    invitation = invite(role=Role.objects.admin())
    helper = make_member(acme, role=make_role(acme, "view_members", "invite_member", "create_member")).user
    with pytest.raises(ValidationError) as raised:
        joining.revoke(actor=helper, invitation=invitation)
    assert codes(raised, "role") == ["exceeds"]
    with pytest.raises(ValidationError) as raised:
        joining.create_member(
            actor=helper, organization=acme, full_name="Guest", email=invitation.email, role=Role.objects.member()
        )
    assert codes(raised, "email") == ["exceeds"]
    invitation.refresh_from_db()
    assert invitation.is_pending
