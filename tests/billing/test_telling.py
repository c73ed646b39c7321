"""Owner and Admins are told once of each settled change, and of a sync that is parked."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from django.contrib.auth import get_user_model

from django_org_members import actions, joining, notifications
from django_org_members.accounts.adapter import known_as
from django_org_members.billing import claims, telling
from django_org_members.billing.gateway import Amount, get_gateway
from django_org_members.billing.linking import Link, link, sync_now
from django_org_members.billing.money import in_words
from django_org_members.billing.sync import Result, sync
from django_org_members.models import Membership, Organization, Role, SeatChange, Subscription
from django_org_members.notifications.seats import Deed, SeatNews, Step
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def subscription(acme, linked, make_member, mailoutbox):
    """Acme's, with the Owner, an Admin and three members; nothing is left to be told."""
    make_member(acme, role="admin", email="ada@example.com", full_name="Ada Lovelace")
    for _ in range(3):
        make_member(acme)
    found = linked(quantity=5)
    assert mailoutbox == []
    return found


@pytest.fixture
def set_option(settings):
    def change(**options):
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, **options}

    return change


def admin_of(acme):
    return Membership.objects.get(organization=acme, role__key="admin").user


def plain_members(acme):
    return list(Membership.objects.filter(organization=acme, role__key="member").order_by("pk"))


def seats(mailoutbox):
    return [mail for mail in mailoutbox if "seats" in mail.subject]


def create(acme, actor, email):
    return joining.create_member(
        actor=actor, organization=acme, full_name="New Comer", email=email, role=Role.objects.member()
    )


def owner_and_admin(acme):
    return sorted([acme.owner.email, "ada@example.com"])


# One e-mail a change


def prorated(account, subscription):
    """What the server has for all changes: it counts seconds, so that it is not quite what a seat costs."""
    return in_words(Amount(sum(amount for amount, _ in account.prorations(subscription.customer_id)), "usd"))


def test_owner_and_admins_get_one_each(acme, subscription, account, mailoutbox, committed):
    with committed():
        create(acme, admin_of(acme), "new@example.com")
    told = seats(mailoutbox)
    assert sorted(mail.to[0] for mail in told) == owner_and_admin(acme)
    assert {mail.subject for mail in told} == {"The seats of Acme: from 5 to 6"}
    for text in (told[0].body, told[0].alternatives[0][0]):
        assert "The subscription of Acme went from 5 to 6 seats." in text
        assert f"For the rest of this period, Stripe adds {prorated(account, subscription)}." in text
        assert f"http://testserver/org/org_members/organization/{acme.pk}/" in text
    assert "- Ada Lovelace added 1 member\n" in told[0].body
    assert "<bdi>Ada Lovelace</bdi> added 1 member</li>" in told[0].alternatives[0][0]
    assert SeatChange.objects.get().told_at is not None


def test_a_bulk_is_one_e_mail_that_says_who_did_how_much(acme, subscription, account, mailoutbox, committed):
    owner = acme.owner
    with committed():
        create(acme, owner, "new@example.com")
        actions.perform("remove", actor=admin_of(acme), members=plain_members(acme)[:3])
    (told, _other) = seats(mailoutbox)
    assert told.subject == "The seats of Acme: from 5 to 3"
    assert "- Ada Lovelace removed 3 members\n" in told.body
    assert f"- {known_as(owner)} added 1 member\n" in told.body
    assert f"For the rest of this period, Stripe gives back {prorated(account, subscription)}." in told.body


def test_what_came_after_the_count_is_of_the_next_change(acme, subscription, mailoutbox, committed):
    """While Stripe is asked, others go on: each change tells what it counted."""
    create(acme, admin_of(acme), "first@example.com")
    attempt = claims.claim(subscription.pk)
    create(acme, acme.owner, "second@example.com")
    remote = get_gateway().set_quantity(attempt.subscription_id, attempt.item_id, attempt.quantity, key=attempt.key)
    claims.settle(attempt, claims.Outcome(remote, remote.items[0], key=attempt.key))
    assert sync(subscription.pk) is Result.SETTLED
    first, second = (mail for mail in seats(mailoutbox) if mail.to == ["ada@example.com"])
    assert (first.subject[-11:], second.subject[-11:]) == ("from 5 to 6", "from 6 to 7")
    assert "Ada Lovelace added 1 member\n" in first.body
    assert first.body.count("added") == second.body.count("added") == 1
    assert "Ada Lovelace added" not in second.body


def test_a_program_that_leaves_no_trace_is_named_as_such(acme, subscription, mailoutbox, make_member, committed):
    with committed():
        make_member(acme)
    assert "The audit log names nobody who changed the members: a program did." in seats(mailoutbox)[0].body


def test_a_linked_subscription_is_told_where_its_quantity_changed(acme, linked, mailoutbox):
    linked(quantity=4)
    (told,) = seats(mailoutbox)
    assert told.subject == "The seats of Acme: from 4 to 1"
    assert "linked the subscription" in told.body
    assert "set to the number of members who count" in told.body


def test_many_people_are_counted(acme, subscription, mailoutbox, make_user, committed, happened):
    people = [make_user(full_name=f"Manager {number}") for number in range(6)]
    guests = [make_user(full_name=f"Guest {number}") for number in range(5)]
    with committed():
        create(acme, acme.owner, "new@example.com")
        happened(
            acme,
            *({"verb": "member_removed", "actor": each, "user": each} for each in people for _ in range(2)),
            *({"verb": "member_joined", "actor": each, "user": each} for each in guests),
            {"verb": "role_changed", "actor": people[0]},
            {"verb": "member_disabled", "actor": people[0]},
        )
    text = seats(mailoutbox)[0].body
    assert text.count("removed 2 members") == 3
    assert "- and 4 others\n" in text
    assert "- Guest 0, Guest 1, Guest 2 and 2 others joined by invitation\n" in text
    assert "disabled" not in text


def test_who_disabled_whom_is_told_where_it_counts(acme, subscription, mailoutbox, committed, set_option):
    set_option(SEATS="active")
    with committed():
        actions.perform("disable", actor=admin_of(acme), members=plain_members(acme)[:2])
    assert "Ada Lovelace disabled 2 members\n" in seats(mailoutbox)[0].body


def test_the_number_of_queries_does_not_grow_with_the_events(
    acme, subscription, make_user, happened, django_assert_max_num_queries
):
    guests = [make_user() for _ in range(8)]
    told = {"actor": admin_of(acme)}
    happened(acme, *({"verb": "member_created", **told} for _ in range(200)))
    happened(acme, *({"verb": "member_joined", "actor": each, "user": each} for each in guests))
    SeatChange.objects.create(subscription=subscription, before=5, after=213, reason="members", key="none")
    with django_assert_max_num_queries(16):  # savepoints of the test's own transaction among them
        telling.tell(subscription.pk)


# Who


def test_nobody_else_is_written_to(acme, subscription, mailoutbox, make_member, make_role, committed):
    make_member(acme, role="admin", disabled=True)
    inactive = make_member(acme, role="admin").user
    nowhere = make_member(acme, role="admin").user
    make_member(acme, role=make_role(acme, "manage_billing"))
    users = get_user_model()._default_manager
    users.filter(pk=inactive.pk).update(is_active=False)
    users.filter(pk=nowhere.pk).update(email="")
    assert sync(subscription.pk) is Result.SETTLED
    assert sorted(mail.to[0] for mail in seats(mailoutbox)) == owner_and_admin(acme)


# Changed in Stripe


def test_what_was_put_right_is_one_e_mail(acme, subscription, account, mailoutbox):
    account.set_quantity(subscription.subscription_id, 9)
    sync_now(actor=acme.owner, organization=acme)
    told = seats(mailoutbox)
    assert len(told) == 2
    assert "Somebody changed the quantity of Acme in Stripe from 5 to 9 seats." in told[0].body
    assert "It was put right: 5 seats" in told[0].body
    assert account.quantity(subscription.subscription_id) == 5
    assert not SeatChange.objects.filter(told_at=None).exists()


def test_what_is_only_reported_is_told_too(acme, subscription, account, mailoutbox, set_option):
    set_option(SEAT_DRIFT="report")
    account.set_quantity(subscription.subscription_id, 9)
    sync_now(actor=acme.owner, organization=acme)
    told = seats(mailoutbox)
    assert {mail.subject for mail in told} == {"The seats of Acme were changed in Stripe"}
    assert "Somebody changed the quantity of Acme in Stripe from 5 to 9 seats." in told[0].body
    assert "Its members take 5 seats. Nothing was put right" in told[0].body
    sync_now(actor=acme.owner, organization=acme)
    assert len(seats(mailoutbox)) == 2


def test_changed_in_stripe_while_members_changed_names_them(acme, subscription, account, mailoutbox):
    account.set_quantity(subscription.subscription_id, 9)
    create(acme, admin_of(acme), "new@example.com")
    sync_now(actor=acme.owner, organization=acme)
    text = seats(mailoutbox)[0].body
    assert len(seats(mailoutbox)) == 2
    assert "in Stripe from 5 to 9 seats" in text
    assert "went from 9 to 6 seats" in text
    assert "Ada Lovelace added 1 member" in text


# Parked


def test_a_parked_sync_is_an_alert(acme, subscription, account, mailoutbox, make_member):
    account.cancel(subscription.subscription_id)
    make_member(acme)
    assert sync(subscription.pk) is Result.FAILED
    told = seats(mailoutbox)
    assert sorted(mail.to[0] for mail in told) == owner_and_admin(acme)
    for text in (told[0].body, told[0].alternatives[0][0]):
        assert "The subscription is canceled." in text
        assert "Members can be added and removed as before." in text
    sync(subscription.pk)
    assert len(seats(mailoutbox)) == 2


def test_resumed_and_no_better_is_no_second_alert(acme, subscription, account, mailoutbox):
    account.cancel(subscription.subscription_id)
    for _ in range(3):
        claims.notice(subscription.pk)
        assert sync(subscription.pk) is Result.FAILED
    assert len(seats(mailoutbox)) == 2


def test_parked_again_after_it_was_well_is_an_alert_again(acme, subscription, mailoutbox, set_option, settings):
    key = settings.ORG_MEMBERS["STRIPE_API_KEY"]
    for _ in range(2):
        set_option(STRIPE_API_KEY="")
        claims.notice(subscription.pk)
        assert sync(subscription.pk) is Result.FAILED
        set_option(STRIPE_API_KEY=key)
        claims.notice(subscription.pk)
        assert sync(subscription.pk) is Result.SETTLED
    assert len(seats(mailoutbox)) == 4


# The outbox


def settled_and_killed(subscription):
    """Settle as a process does that dies before it tells."""
    attempt = claims.claim(subscription.pk)
    remote = get_gateway().set_quantity(attempt.subscription_id, attempt.item_id, attempt.quantity, key=attempt.key)
    assert claims.settle(attempt, claims.Outcome(remote, remote.items[0], key=attempt.key))


def test_what_a_killed_process_settled_is_told_by_the_next(acme, subscription, account, mailoutbox, make_member):
    make_member(acme)
    settled_and_killed(subscription)
    assert seats(mailoutbox) == []
    assert list(telling.untold()) == [subscription.pk]
    assert sync(subscription.pk) is Result.NOTHING
    assert len(seats(mailoutbox)) == 2
    assert f"Stripe adds {prorated(account, subscription)}." in seats(mailoutbox)[0].body
    assert list(telling.untold()) == []


def test_after_a_long_silence_there_is_one_e_mail(subscription, mailoutbox):
    for number in range(telling.MOST_SINGLY + 1):
        SeatChange.objects.create(subscription=subscription, before=number, after=number + 1, reason="members")
    telling.tell(subscription.pk)
    assert len(mailoutbox) == 2
    assert mailoutbox[0].subject == "The seats of Acme: from 0 to 11"


def test_a_mail_server_that_fails_undoes_nothing(acme, subscription, make_member, monkeypatch, caplog, account):
    def fail(self, *args):
        raise OSError("no route to host")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", fail)
    make_member(acme)
    assert sync(subscription.pk) is Result.SETTLED
    assert account.quantity(subscription.subscription_id) == 6
    assert "could not be sent" in caplog.text


def test_a_template_that_fails_undoes_nothing(acme, subscription, make_member, monkeypatch, caplog):
    monkeypatch.setattr(notifications.mail, "render_to_string", lambda *args: 1 / 0)
    make_member(acme)
    assert sync(subscription.pk) is Result.SETTLED
    assert "could not be told" in caplog.text


def test_the_proration_of_an_item_that_was_swapped_meanwhile_is_found(
    acme, subscription, account, mailoutbox, make_member
):
    price = account.price("Dear", 4000)
    account.ask("POST", "subscription_items", subscription=subscription.subscription_id, price=price, quantity=5)
    account.ask("DELETE", f"subscription_items/{subscription.item_id}")
    before = len(account.prorations(subscription.customer_id))
    make_member(acme)
    assert sync(subscription.pk) is Result.SETTLED
    mine = account.prorations(subscription.customer_id)[before:]
    amount = in_words(Amount(sum(amount for amount, _ in mine), "usd"))
    assert f"Stripe adds {amount}." in seats(mailoutbox)[0].body


def test_without_an_answer_of_stripe_nothing_is_said_of_money(subscription, mailoutbox, set_option, make_member, acme):
    make_member(acme)
    settled_and_killed(subscription)
    set_option(STRIPE_API_BASE="http://127.0.0.1:9")
    telling.tell(subscription.pk)
    assert len(mailoutbox) == 2
    assert "For the rest of this period" not in mailoutbox[0].body


def test_without_prorations_nothing_is_said_of_money(subscription, mailoutbox, set_option, make_member, acme):
    set_option(SEAT_PRORATION="none")
    make_member(acme)
    sync(subscription.pk)
    assert "For the rest of this period" not in mailoutbox[0].body


# The settings


def test_none_marks_as_told_and_alerts_all_the_same(acme, subscription, mailoutbox, set_option, make_member, account):
    set_option(SEAT_EMAILS="none")
    make_member(acme)
    sync(subscription.pk)
    assert mailoutbox == []
    assert not SeatChange.objects.filter(told_at=None).exists()
    account.cancel(subscription.subscription_id)
    make_member(acme)
    sync(subscription.pk)
    assert len(mailoutbox) == 2


def test_daily_is_one_e_mail_for_all_that_was_settled(acme, subscription, mailoutbox, set_option, make_member, account):
    set_option(SEAT_EMAILS="daily")
    for _ in range(3):
        make_member(acme)
        sync(subscription.pk)
    assert mailoutbox == []
    assert list(telling.untold()) == []
    assert telling.send_digests() == 1
    assert len(mailoutbox) == 2
    for text in (mailoutbox[0].body, mailoutbox[0].alternatives[0][0]):
        assert "The subscription of Acme went from 5 to 8 seats." in text
        assert "from 7 to 8" in text
    assert mailoutbox[0].alternatives[0][0].count("<li>") == mailoutbox[0].body.count("\n- ") == 3
    assert telling.send_digests() == 0
    account.cancel(subscription.subscription_id)
    make_member(acme)
    sync(subscription.pk)
    assert len(mailoutbox) == 4


def test_a_digest_of_very_many_lists_the_newest(acme, mailoutbox):
    steps = [Step(number, number + 1, NOON) for number in range(1200)]
    notifications.seats_digest([acme.owner], acme, steps)
    assert mailoutbox[0].body.count(": from ") == 50
    assert "from 1199 to 1200" in mailoutbox[0].body
    assert "and 1150 changes before" in mailoutbox[0].body


# Names


HOSTILE = [
    "Grace\r\nBcc: x@example.com",
    "<img src=x onerror=y>",
    "Ada\u202eecarG",
    "{who} {0.__class__}",
    "%s {{ url }} {% debug %}",
    "A\u2028B\x00\u2069",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_what_they_are(acme, mailoutbox, name):
    Organization.objects.filter(pk=acme.pk).update(name=name.replace("\x00", ""))
    acme.refresh_from_db()
    news = SeatNews(
        seen=Step(5, 9, NOON),
        made=Step(9, 6, NOON),
        why="members",
        deeds=(Deed("{who} removed {count} members", (name, name), 2),),
    )
    notifications.seats_changed([acme.owner], acme, news)
    notifications.seats_parked([acme.owner], acme, name)
    notifications.seats_digest([acme.owner], acme, [Step(None, 4, NOON)])
    assert len(mailoutbox) == 3
    for mail in mailoutbox:
        head = mail.message().as_string().partition("\n\n")[0]
        assert mail.message()["Bcc"] is None
        assert "\n" not in mail.subject
        assert len(mail.recipients()) == 1
        assert head.count("Subject:") == 1 + mail.subject.count("Subject:")
        assert "<img" not in mail.alternatives[0][0]
    line = next(line for line in mailoutbox[0].body.split("\n") if line.startswith("- "))
    assert line.endswith("removed 2 members")
    assert not set(line) & set("\u202e\u2028\x00\r")


def test_a_name_from_the_right_is_kept_together(acme, mailoutbox):
    deed = Deed("{who} removed {count} members", ("عمر",), 2)
    assert deed.text == "\u2068عمر\u2069 removed 2 members"
    assert deed.html == "<bdi>عمر</bdi> removed 2 members"


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (2000, "usd", "20.00\N{NO-BREAK SPACE}USD"),
        (-123456, "eur", "1,234.56\N{NO-BREAK SPACE}EUR"),
        (5, "jpy", "5\N{NO-BREAK SPACE}JPY"),
        (5120, "kwd", "5.120\N{NO-BREAK SPACE}KWD"),
        (500, "ugx", "5.00\N{NO-BREAK SPACE}UGX"),
        (0, "usd", "0.00\N{NO-BREAK SPACE}USD"),
    ],
)
def test_amounts_have_the_places_of_their_currency(value, currency, words):
    assert in_words(Amount(value, currency)) == words


# At once


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
@pytest.mark.parametrize("emails", ["each", "daily"])
def test_of_workers_at_once_one_tells(acme, subscription, mailoutbox, make_member, set_option, emails):
    set_option(SEAT_EMAILS="daily")
    for _ in range(3):
        make_member(acme)  # settled at once, as it is committed
    assert (mailoutbox, SeatChange.objects.filter(told_at=None).count()) == ([], 3)
    set_option(SEAT_EMAILS=emails)
    workers = [lambda: telling.tell(subscription.pk)] * 3 if emails == "each" else [telling.send_digests] * 3
    results = at_once([*workers, lambda: sync(subscription.pk)])
    assert [each for each in results if isinstance(each, Exception)] == []
    assert len(mailoutbox) == (6 if emails == "each" else 2)
    assert not SeatChange.objects.filter(told_at=None).exists()


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions", "no_deadlock")
def test_of_workers_at_once_one_alerts(acme, subscription, account, mailoutbox, make_member):
    account.cancel(subscription.subscription_id)
    claims.notice(subscription.pk)
    mailoutbox.clear()
    results = at_once([lambda: sync(subscription.pk)] * 4)
    assert [each for each in results if isinstance(each, Exception)] == []
    telling.tell(subscription.pk)
    assert Subscription.objects.get().alerted_at is not None
    assert len(mailoutbox) == 2


def test_linking_another_subscription_alerts_anew(acme, subscription, account, mailoutbox):
    account.cancel(subscription.subscription_id)
    claims.notice(subscription.pk)
    sync(subscription.pk)
    other = account.subscribe(5)
    link(actor=acme.owner, organization=acme, wanted=Link(other["customer"], other["id"]))
    account.cancel(other["id"])
    claims.notice(Subscription.objects.get().pk)
    sync(Subscription.objects.get().pk)
    assert len(mailoutbox) == 4
