"""Send Reset Link: nobody but the person learns a password, and nothing ends before the link is used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import actions, joining, signals
from django_org_members.models import Account, AuditEvent, LoginEvent, Membership, Role
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NAME = "send-reset-link"


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def send(acme, django_capture_on_commit_callbacks):
    """Send links, mails included: `send(*members)` returns the outcome."""

    def perform(*members):
        with django_capture_on_commit_callbacks(execute=True):
            return actions.perform(NAME, actor=acme.owner, members=members)

    return perform


@pytest.fixture
def without_temporary_passwords(settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "TEMPORARY_PASSWORDS": False}


def later(minutes=6):
    for event in LoginEvent.objects.filter(action="reset_link_sent"):
        LoginEvent.objects.filter(pk=event.pk).update(created_at=event.created_at - timedelta(minutes=minutes))


def test_the_link_goes_to_the_member_and_nothing_else_changes(send, provisioned, mailoutbox, caught, password, acme):
    member = provisioned(email="grace@example.com")
    sent = caught(signals.member_reset_link_sent)
    assert send(member).done == [member]
    (mail,) = mailoutbox
    assert mail.to == ["grace@example.com"]
    for text in (mail.body, mail.alternatives[0][0]):
        assert "http://testserver/account/set/" in text
    member.user.refresh_from_db()
    assert member.user.check_password(password)
    account = Account.objects.get(user=member.user)
    assert (account.session_epoch, account.must_change_password) == (0, False)
    event = AuditEvent.objects.get(verb="reset_link_sent")
    assert (event.actor, event.user_id, event.details) == (acme.owner, member.user_id, {})
    assert LoginEvent.objects.get(user=member.user).action == LoginEvent.Action.RESET_LINK_SENT
    assert [call["members"] for call in sent] == [[member]]


def test_nobody_is_flooded(send, provisioned, mailoutbox):
    member = provisioned()
    send(member)
    assert send(member).unchanged == [member]
    assert len(mailoutbox) == 1
    later()
    assert send(member).done == [member]
    assert len(mailoutbox) == 2


def test_many_get_a_link_of_their_own_in_a_constant_number_of_queries(acme, send, provisioned, mailoutbox):
    counts = []
    for size in (1, 2, 8):
        members = [provisioned() for _ in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            actions.perform(NAME, actor=acme.owner, members=members)
        counts.append(len(queries))
    assert counts[1] == counts[2]
    send(*[provisioned() for _ in range(3)])
    links = {word for mail in mailoutbox for word in mail.body.split() if "/account/set/" in word}
    assert len(links) == len(mailoutbox) == 3


def test_an_account_without_an_address_gets_none(acme, provisioned):
    member = provisioned()
    get_user_model()._default_manager.filter(pk=member.user_id).update(email="")
    ((_, verdict),) = actions.perform(NAME, actor=acme.owner, members=[member]).refused
    assert verdict.code == "no_address"


def test_the_link_may_be_the_only_way(acme, provisioned, without_temporary_passwords, password):
    member = provisioned()
    ((_, verdict),) = actions.perform("reset-password", actor=acme.owner, members=[member]).refused
    assert verdict.code == "links_only"
    member.user.refresh_from_db()
    assert member.user.check_password(password)
    assert actions.verdict(NAME, actor=acme.owner, member=member)


def test_a_new_person_is_sent_a_link_then(
    acme, without_temporary_passwords, django_capture_on_commit_callbacks, mailoutbox, send, client
):
    with django_capture_on_commit_callbacks(execute=True):
        created = joining.create_member(
            actor=acme.owner,
            organization=acme,
            full_name="Grace Hopper",
            email="grace@example.com",
            role=Role.objects.member(),
        )
    assert (created.temporary_password, created.link_sent) == (None, True)
    assert [mail.subject for mail in mailoutbox] == ["Set your password for Acme"]
    assert send(created.membership).unchanged, "one was sent just now"
    later()
    assert send(created.membership).done, "it can be sent again"
    (link,) = [word for word in mailoutbox[1].body.split() if "/account/set/" in word]
    page = client.get(link, follow=True)
    form = {"new_password1": "a-password-of-my-own-26", "new_password2": "a-password-of-my-own-26"}
    assert client.post(page.redirect_chain[-1][0], form)["Location"] == "/account/password/set/"
    user = Membership.objects.get(email="grace@example.com").user
    assert user.check_password("a-password-of-my-own-26")


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_of_many_at_once_one_is_sent(acme, provisioned, mailoutbox):
    member = provisioned()
    owner = acme.owner
    outcomes = at_once([lambda: actions.perform(NAME, actor=owner, members=[member])] * 6)
    assert sum(len(outcome.done) for outcome in outcomes) == 1
    assert len(mailoutbox) == 1
