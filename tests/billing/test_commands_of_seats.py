"""`sync_seats`, `send_seat_digest` and `link_subscription`."""

from __future__ import annotations

import gc
import io
import json

import pytest
from django.core.management import CommandError, call_command

from django_org_members.billing import debts
from django_org_members.billing.gateway import Item, Remote
from django_org_members.billing.sync import sync
from django_org_members.models import AuditEvent, Organization, SeatChange, StripeEvent, Subscription

pytestmark = pytest.mark.django_db


def run(*arguments):
    """Run a command; returns what it printed, what it complained of, and the exit code that a shell would see."""
    output, errors, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=output, stderr=errors)
    except CommandError as error:
        errors.write(str(error))
        code = error.returncode
    except SystemExit as ended:
        code = ended.code
    return output.getvalue(), errors.getvalue(), code


@pytest.fixture
def set_option(settings):
    def change(**options):
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, **options}

    return change


@pytest.fixture
def two(acme, linked, make_organization):
    """Acme's subscription, and Beta's."""
    beta = make_organization(name="Beta", slug="beta")
    return linked(), linked(beta)


def stored():
    """Everything that a sync could write."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Subscription, SeatChange, StripeEvent, AuditEvent)
    ]


# sync_seats


def test_what_is_owed_is_synced(acme, two, account, crowd):
    crowd(acme, 3)  # in bulk, which no signal tells of
    output, errors, code = run("sync_seats")
    assert (output, errors, code) == ("1 subscriptions settled, 0 failed, 0 had nothing to be done.\n", "", 0)
    assert account.quantity(two[0].subscription_id) == 4
    assert run("sync_seats")[0].startswith("0 subscriptions settled, 0 failed, 0 ")


def test_one_organization_only(acme, two, account, crowd, make_organization):
    crowd(acme, 3)
    assert run("sync_seats", "--organization", "beta")[2] == 0
    assert account.quantity(two[0].subscription_id) == 1
    assert run("sync_seats", "--organization", acme.slug)[2] == 0
    assert account.quantity(two[0].subscription_id) == 4


@pytest.mark.parametrize("arguments", [[], ["--enqueue"]])
def test_what_is_untold_is_told(acme, two, mailoutbox, arguments):
    SeatChange.objects.create(subscription=two[1], before=1, after=2, reason="members")
    assert run("sync_seats", *arguments)[2] == 0
    assert [mail.subject for mail in mailoutbox] == ["The seats of Beta: from 1 to 2"]


def test_all_reads_every_one_and_puts_drift_right(two, account):
    account.set_quantity(two[1].subscription_id, 7)
    assert run("sync_seats")[2] == 0
    assert account.quantity(two[1].subscription_id) == 7
    assert run("sync_seats", "--all")[0].startswith("2 subscriptions settled")
    assert account.quantity(two[1].subscription_id) == 1


def test_enqueue_hands_each_to_the_workers(acme, two, account, crowd):
    crowd(acme, 2)
    assert run("sync_seats", "--enqueue")[0] == "1 subscriptions enqueued.\n"
    assert account.quantity(two[0].subscription_id) == 3
    account.set_quantity(two[1].subscription_id, 7)
    assert run("sync_seats", "--enqueue", "--all")[0] == "2 subscriptions enqueued.\n"
    assert account.quantity(two[1].subscription_id) == 1


def test_what_is_parked_is_an_exit_code_until_it_is_well(acme, two, account, crowd):
    account.cancel(two[0].subscription_id)
    crowd(acme, 2)
    output, errors, code = run("sync_seats")
    assert code == 1
    assert "0 subscriptions settled, 1 failed" in output
    assert f"{acme.slug} " in output
    assert "The subscription is canceled." in output
    assert "do not follow the members" in errors
    assert run("sync_seats")[2] == 1
    assert run("sync_seats", "--organization", "beta")[2] == 0
    rows = json.loads(run("sync_seats", "--format", "json")[0])
    assert rows == [
        {
            "organization": acme.slug,
            "wanted": 3,
            "billed": 1,
            "status": "canceled",
            "error": "The subscription is canceled.",
        }
    ]


def test_what_waits_after_a_failure_is_an_exit_code_too(acme, two, set_option, crowd):
    set_option(STRIPE_API_BASE="http://127.0.0.1:9")
    crowd(acme, 2)
    assert run("sync_seats")[2] == 1
    output, _errors, code = run("sync_seats")
    assert code == 1
    assert "Stripe did not answer." in output


def test_one_that_breaks_holds_up_no_other(acme, two, account, crowd, set_option, caplog):
    set_option(SEATS=f"{__name__}.broken_for_acme")
    account.set_quantity(two[1].subscription_id, 7)
    output, _errors, code = run("sync_seats", "--all")
    assert code == 1
    assert output.startswith("1 subscriptions settled")
    assert "The seats could not be counted." in output
    assert account.quantity(two[1].subscription_id) == 1
    assert "could not be counted" in caplog.text


def broken_for_acme(organization):
    name = Organization.objects.get(pk=organization.pk).name
    if name == "Acme":
        raise ValueError("no number today")
    return 1


# sync_seats --dry-run


def test_a_dry_run_prints_the_drift_and_changes_nothing(acme, two, account, crowd):
    crowd(acme, 3)
    account.set_quantity(two[1].subscription_id, 7)
    before, changes = stored(), account.changes()
    output, errors, code = run("sync_seats", "--dry-run")
    lines = [line.split() for line in output.splitlines()]
    assert lines[0] == ["organization", "wanted", "billed", "status", "error"]
    assert lines[1:3] == [[acme.slug, "4", "1", "active"], ["beta", "1", "7", "active"]]
    assert output.splitlines()[3] == "2 differ, 0 could not be compared."
    assert (errors, code) == ("", 1)
    assert stored() == before
    assert account.changes() == changes


def test_a_dry_run_without_drift_is_quiet(two):
    assert run("sync_seats", "--dry-run") == ("0 differ, 0 could not be compared.\n", "", 0)
    assert run("sync_seats", "--dry-run", "--format", "json") == ("[]\n", "", 0)


def test_a_dry_run_as_json(acme, two, account):
    account.set_quantity(two[0].subscription_id, 7)
    account.set_quantity(two[1].subscription_id, 8)
    output, _errors, code = run("sync_seats", "--dry-run", "--format", "json")
    assert code == 1
    assert json.loads(output) == [
        {"organization": acme.slug, "wanted": 1, "billed": 7, "status": "active", "error": ""},
        {"organization": "beta", "wanted": 1, "billed": 8, "status": "active", "error": ""},
    ]


def test_what_a_dry_run_cannot_compare_is_another_exit_code(acme, two, account, set_option):
    account.cancel(two[0].subscription_id)
    account.set_quantity(two[1].subscription_id, 8)
    before = stored()
    output, _errors, code = run("sync_seats", "--dry-run", "--format", "json")
    assert code == 2
    assert [row["error"] for row in json.loads(output)] == ["The subscription is canceled.", ""]
    set_option(STRIPE_API_BASE="http://127.0.0.1:9")
    output, _errors, code = run("sync_seats", "--dry-run")
    assert (code, output.count("Stripe did not answer.")) == (2, 2)
    set_option(STRIPE_API_KEY="")
    _output, errors, code = run("sync_seats", "--dry-run")
    assert (code, "not set up" in errors) == (2, True)
    assert stored() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dry-run", "--all"], "leave --all"),
        (["--dry-run", "--enqueue"], "leave --all"),
        (["--organization", "nowhere"], "no organization"),
        (["--organization", "gamma"], "no subscription"),
    ],
)
def test_what_makes_no_sense_is_said(make_organization, arguments, words):
    make_organization(slug="gamma")
    _output, errors, code = run("sync_seats", *arguments)
    assert (code, words in errors) == (1, True)


class ManyGateway:
    """Has every subscription, and looks how many of ours are in memory."""

    most = 0

    def fetch(self, subscription_id):
        if subscription_id.endswith("99"):
            gc.collect()
            held = sum(isinstance(each, Subscription) for each in gc.get_objects())
            type(self).most = max(type(self).most, held)
        return Remote(subscription_id, "cus_1", "active", (Item("si_1", "price_1", 2),))


def test_however_many_there_are_a_batch_is_in_memory(make_user, set_option, monkeypatch):
    monkeypatch.setattr(debts, "BATCH", 100)
    set_option(BILLING_GATEWAY=f"{__name__}.ManyGateway")
    owner = make_user()
    Organization.objects.bulk_create(
        Organization(name=f"Many {number}", slug=f"many-{number}", owner=owner) for number in range(1000)
    )
    Subscription.objects.bulk_create(
        Subscription(
            organization=organization,
            customer_id="cus_1",
            subscription_id=f"sub_{number}",
            item_id="si_1",
            price_id="price_1",
            status="active",
        )
        for number, organization in enumerate(Organization.objects.filter(slug__startswith="many-"))
    )
    output, _errors, code = run("sync_seats", "--dry-run")
    assert (code, output.splitlines()[-1]) == (1, "1000 differ, 0 could not be compared.")
    assert 0 < ManyGateway.most <= 201  # two batches, while the next one comes


# send_seat_digest


def test_a_digest_tells_of_everything_since_the_last(acme, two, crowd, mailoutbox, set_option):
    set_option(SEAT_EMAILS="daily")
    for _ in range(2):
        crowd(acme, 2)
        sync(two[0].pk)
    assert mailoutbox == []
    assert run("send_seat_digest")[0] == "Digests sent to 1 organizations.\n"
    assert [mail.subject for mail in mailoutbox] == ["The seats of Acme: from 1 to 5"]
    assert run("send_seat_digest")[0] == "Digests sent to 0 organizations.\n"


def test_a_digest_that_nobody_wants_marks_as_told(acme, two, crowd, mailoutbox, set_option):
    set_option(SEAT_EMAILS="daily")
    crowd(acme, 2)
    sync(two[0].pk)
    set_option(SEAT_EMAILS="none")
    assert run("send_seat_digest")[2] == 0
    assert mailoutbox == []
    assert not SeatChange.objects.filter(told_at=None).exists()


# link_subscription


@pytest.fixture
def made(account):
    return account.subscribe(3)


def options(made, **more):
    found = {"customer": made["customer"], "subscription": made["id"], **more}
    return [part for name, value in found.items() for part in (f"--{name}", value)]


def test_a_subscription_is_linked_and_synced(acme, account, made):
    output, errors, code = run("link_subscription", acme.slug, *options(made))
    assert (errors, code) == ("", 0)
    assert output.startswith(f"{acme.slug} is linked to {made['id']} (active), item si_")
    assert output.endswith("1 seats wanted, billed: 1.\n")
    assert account.quantity(made["id"]) == 1
    event = AuditEvent.objects.get(verb="subscription_linked")
    assert (event.actor_id, event.client) == (None, "manage.py link_subscription")


def test_an_actor_is_asked_for_the_permission_and_named(acme, made, make_member):
    make_member(acme, email="grace@example.com")
    make_member(acme, role="admin", email="ada@example.com")
    _output, errors, code = run("link_subscription", acme.slug, *options(made, actor="grace@example.com"))
    assert (code, errors) == (1, "grace@example.com: Your role does not let you do this.")
    assert not Subscription.objects.exists()
    assert run("link_subscription", acme.slug, *options(made, actor="Ada@example.com"))[2] == 0
    assert AuditEvent.objects.get(verb="subscription_linked").actor_email == "ada@example.com"
    assert run("link_subscription", acme.slug, "--unlink", "--actor", "grace@example.com")[2] == 1
    assert Subscription.objects.exists()


def test_items_to_choose_from_are_listed(acme, account):
    made = account.subscribe(2, prices=[account.price("Seat"), account.price("Support", 500)])
    _output, errors, code = run("link_subscription", acme.slug, *options(made))
    assert code == 1
    assert errors.startswith("--item: The subscription has several items")
    items = made["items"]["data"]
    for item in items:
        assert f"  {item['id']}  {item['price']['id']}" in errors
    assert "5.00\N{NO-BREAK SPACE}USD  quantity 2" in errors
    assert not Subscription.objects.exists()
    assert run("link_subscription", acme.slug, *options(made, item=items[1]["id"]))[2] == 0
    assert Subscription.objects.get().item_id == items[1]["id"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"customer": ""}, "--customer: This field is required."),
        ({"subscription": ""}, "--subscription: This field is required."),
        ({"subscription": "sub_nowhere"}, "--subscription: There is no such subscription at Stripe."),
        ({"customer": "cus_other"}, "--customer: The subscription belongs to another customer."),
        ({"item": "si_nowhere"}, "--item: The subscription has no such item for seats."),
        ({"subscription": "sub/../x"}, "--subscription: This is no id of Stripe's"),
        ({"actor": "nobody@example.com"}, "No account has the address nobody@example.com."),
    ],
)
def test_what_is_wrong_is_said_by_option_and_nothing_is_stored(acme, made, change, words):
    _output, errors, code = run("link_subscription", acme.slug, *options(made, **change))
    assert (code, words in errors) == (1, True), errors
    assert not Subscription.objects.exists()


def test_other_things_that_are_wrong(acme, account, made, linked, set_option, make_organization):
    assert "no organization" in run("link_subscription", "nowhere", *options(made))[1]
    assert "leave the ids out" in run("link_subscription", acme.slug, "--unlink", *options(made))[1]
    account.cancel(made["id"])
    assert "--subscription: The subscription is canceled." in run("link_subscription", acme.slug, *options(made))[1]
    taken = linked(make_organization())
    ids = {"customer": taken.customer_id, "id": taken.subscription_id}
    assert "linked to another organization" in run("link_subscription", acme.slug, *options(ids))[1]
    set_option(STRIPE_API_KEY="")
    assert "Stripe is not set up" in run("link_subscription", acme.slug, *options(made))[1]


def test_a_link_is_taken_away(acme, account, linked):
    subscription = linked(quantity=1)
    output, _errors, code = run("link_subscription", acme.slug, "--unlink")
    assert (output, code) == (f"{acme.slug} is unlinked; at Stripe nothing changed.\n", 0)
    assert not Subscription.objects.exists()
    assert account.quantity(subscription.subscription_id) == 1
    assert run("link_subscription", acme.slug, "--unlink") == (f"{acme.slug} had no subscription.\n", "", 0)
