"""Linking: what is at Stripe and can be the seats is stored, and everything else is said in words, with nothing stored."""

from __future__ import annotations

import json
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from guardian.shortcuts import assign_perm

from django_org_members.billing import claims, linking
from django_org_members.billing.linking import Link, Several, link, sync_now, unlink
from django_org_members.billing.sync import Result, sync
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, SeatChange, Subscription
from tests.racing import at_once

from .proxy import error, page, reset, silence
from .waiting import sync_until_quiet

pytestmark = pytest.mark.django_db
INVALID = {"type": "invalid_request_error"}


def refused(organization, customer_id, subscription_id, item_id="", **more):
    """Try to link; returns (field, code, words) of what is wrong, after a look that nothing was stored."""
    before = list(Subscription.objects.values()), AuditEvent.objects.count()
    with pytest.raises(ValidationError) as found:
        link(actor=organization.owner, organization=organization, wanted=Link(customer_id, subscription_id, item_id))
    assert (list(Subscription.objects.values()), AuditEvent.objects.count()) == before
    if not hasattr(found.value, "error_dict"):
        return None, found.value.code, found.value.messages[0]
    ((field, (wrong,)),) = found.value.error_dict.items()
    return field, wrong.code, wrong.messages[0]


def test_a_link_is_stored_synced_and_written_down(acme, account, make_member):
    make_member(acme)
    made = account.subscribe(5)
    wanted = Link(f"  {made['customer']} ", f"{made['id']}\n")
    found = link(actor=acme.owner, organization=acme, wanted=wanted)
    item = made["items"]["data"][0]
    assert (found.customer_id, found.subscription_id) == (made["customer"], made["id"])
    assert (found.item_id, found.price_id) == (item["id"], item["price"]["id"])
    assert (found.status, found.is_live, found.billed, found.settled) == ("active", False, 2, 2)
    assert found.period_ends_at is not None
    assert account.quantity(made["id"]) == 2
    event = AuditEvent.objects.get(verb="subscription_linked")
    assert event.details == {"customer": made["customer"], "subscription": made["id"]}
    assert SeatChange.objects.get().reason == "linked"


REQUIRED, SHAPE = "This field is required.", "This is no id of Stripe's: they look like {}…."


@pytest.mark.parametrize(
    ("customer", "subscription", "expected"),
    [
        ("", "sub_1", ("customer_id", "required", REQUIRED)),
        ("cus_1", "  ", ("subscription_id", "required", REQUIRED)),
        ("cus/1", "sub_1", ("customer_id", "invalid", SHAPE.format("cus_"))),
        ("cus_1", "sub_1/../../charges", ("subscription_id", "invalid", SHAPE.format("sub_"))),
        ("cus_1", "sub_\x00", ("subscription_id", "invalid", SHAPE.format("sub_"))),
        ("cus_1", "..", ("subscription_id", "invalid", SHAPE.format("sub_"))),
        ("cus_1", "sub_ä", ("subscription_id", "invalid", SHAPE.format("sub_"))),
        ("cus_1", "sub_" + "1" * 252, ("subscription_id", "invalid", SHAPE.format("sub_"))),
    ],
)
def test_what_is_no_id_is_not_asked_for(acme, proxy, customer, subscription, expected):
    assert refused(acme, customer, subscription) == expected
    assert not proxy.seen


@pytest.mark.parametrize("subscription", ["sub_none", "?expand=x", "sub_1 or 2", "%2e%2e", "#", "https:"])
def test_a_subscription_that_is_not_there(acme, account, subscription):
    field, code, words = refused(acme, "cus_none", subscription)
    assert (field, words) == ("subscription_id", "There is no such subscription at Stripe.")
    assert code == "resource_missing"


def test_another_customers(acme, account):
    made = account.subscribe(1)
    other, _card = account.customer()
    expected = ("customer_id", "other_customer", "The subscription belongs to another customer.")
    assert refused(acme, other, made["id"]) == expected


def test_a_canceled_one(acme, account):
    made = account.subscribe(1)
    account.cancel(made["id"])
    assert refused(acme, made["customer"], made["id"]) == (
        "subscription_id",
        "canceled",
        "The subscription is canceled.",
    )


def _answering(change):
    """Change what Stripe answers, to what its server here cannot have."""

    def fault(handler, seen, forward):
        whole = forward()
        found = json.loads(whole.body)
        change(found)
        whole.body = json.dumps(found).encode()
        handler.answer(whole)

    return fault


def _meter(found):
    for row in found["items"]["data"]:
        row["price"]["recurring"]["usage_type"] = "metered"
        del row["quantity"]


def test_a_metered_one(acme, account, proxy):
    made = account.subscribe(1)
    proxy.reads(_answering(_meter))
    field, code, words = refused(acme, made["customer"], made["id"])
    assert (field, code) == ("subscription_id", "metered")
    assert words == "The subscription is billed by usage: it has no number of seats that could be set."


def test_one_that_another_organization_has(acme, account, linked, make_organization):
    found = linked()
    globex = make_organization(name="Globex")
    expected = ("subscription_id", "taken", "The subscription is linked to another organization.")
    assert refused(globex, found.customer_id, found.subscription_id) == expected


@pytest.fixture
def several(account):
    """A subscription of two items."""
    return account.subscribe(3, prices=[account.price("Seat"), account.price("Support", amount=500)])


def test_of_several_items_one_is_chosen(acme, account, several, make_member):
    make_member(acme)
    with pytest.raises(Several) as found:
        link(actor=acme.owner, organization=acme, wanted=Link(several["customer"], several["id"]))
    assert found.value.message_dict == {
        "item_id": ["The subscription has several items: choose the one for the seats."]
    }
    rows = several["items"]["data"]
    assert {each.id for each in found.value.items} == {row["id"] for row in rows}
    assert not Subscription.objects.exists()

    chosen = rows[1]["id"]
    subscription = link(actor=acme.owner, organization=acme, wanted=Link(several["customer"], several["id"], chosen))
    assert subscription.item_id == chosen
    quantities = {row["id"]: row["quantity"] for row in account.subscription(several["id"])["items"]["data"]}
    assert quantities == {rows[0]["id"]: 3, chosen: 2}


def test_an_item_that_it_does_not_have(acme, several):
    expected = ("item_id", "no_item", "The subscription has no such item for seats.")
    assert refused(acme, several["customer"], several["id"], "si_other") == expected


def test_of_several_items_the_one_of_the_configured_price(acme, several, settings):
    rows = several["items"]["data"]
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_PRICES": ["price_x", rows[1]["price"]["id"]]}
    found = link(actor=acme.owner, organization=acme, wanted=Link(several["customer"], several["id"]))
    assert found.item_id == rows[1]["id"]


def test_none_of_the_configured_prices(acme, several, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_PRICES": ["price_x"]}
    expected = ("subscription_id", "no_item", "The subscription has no item for seats.")
    assert refused(acme, several["customer"], several["id"]) == expected
    item = several["items"]["data"][0]["id"]
    assert refused(acme, several["customer"], several["id"], item)[:2] == ("item_id", "no_item")


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (error(401, **INVALID), "AuthenticationError", "Stripe does not take the API key."),
        (error(403, **INVALID), "PermissionError", "The API key may not change subscriptions at Stripe."),
        (error(429, **INVALID), "RateLimitError", "Stripe asks to wait: there were too many requests."),
        (error(500), "APIError", "Stripe failed at the request."),
        (page(503), "APIError", "Stripe is not available."),
        (silence(), "APIConnectionError", "Stripe did not answer."),
        (reset(), "APIConnectionError", "Stripe did not answer."),
    ],
)
def test_where_stripe_fails_nothing_is_stored(acme, account, proxy, impatient, fault, code, words):
    made = account.subscribe(1)
    proxy.reads(fault)
    assert refused(acme, made["customer"], made["id"]) == ("subscription_id", code, words)


def test_without_a_key(acme, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": ""}
    field, code, words = refused(acme, "cus_1", "sub_1")
    assert (field, code) == (None, "not_configured")
    assert words.startswith("Stripe is not set up")


def test_where_stripe_fails_only_after_it_is_stored_the_sync_goes_on_later(acme, account, proxy, make_member):
    make_member(acme)
    made = account.subscribe(1)
    proxy.writes(error(503))
    found = link(actor=acme.owner, organization=acme, wanted=Link(made["customer"], made["id"]))
    assert (found.error, found.settled) == ("Stripe is not available.", None)
    assert sync_until_quiet(found.pk).billed == account.quantity(made["id"]) == 2


def test_linking_again_resumes_and_keeps_the_history(acme, account, linked, make_member):
    found = linked(quantity=3)
    claims.notice(found.pk)
    Subscription.objects.update(parked_at=found.linked_at, error="Some error.", error_code="x", failures=4)
    again = link(actor=acme.owner, organization=acme, wanted=Link(found.customer_id, found.subscription_id))
    assert (again.pk, again.parked_at, again.error, again.failures) == (found.pk, None, "", 0)
    assert SeatChange.objects.count() == 1


def test_another_subscription_takes_its_place(acme, account, linked):
    first = linked(quantity=3)
    second = linked(quantity=7)
    assert first.pk != second.pk
    assert Subscription.objects.get() == second
    assert account.quantity(second.subscription_id) == account.quantity(first.subscription_id) == 1
    assert [(each.before, each.after) for each in SeatChange.objects.all()] == [(7, 1)]


def test_another_item_is_chosen_while_a_worker_is_at_the_first(acme, account, several, make_member):
    """What the worker writes afterwards does not take the choice back."""
    rows = [row["id"] for row in several["items"]["data"]]
    ids = several["customer"], several["id"]
    subscription = link(actor=acme.owner, organization=acme, wanted=Link(*ids, rows[0]))
    make_member(acme)
    attempt = claims.claim(subscription.pk)
    found = link(actor=acme.owner, organization=acme, wanted=Link(*ids, rows[1]))
    assert found.item_id == rows[1]
    from django_org_members.billing.sync import _settle

    assert _settle(attempt) is Result.NOTHING
    found = sync_until_quiet(subscription.pk)
    assert (found.item_id, found.billed, found.must_read) == (rows[1], 2, False)


def test_a_link_is_taken_away_and_nothing_changes_at_stripe(acme, account, linked):
    found = linked(quantity=4)
    assert unlink(actor=acme.owner, organization=acme) is True
    assert not Subscription.objects.exists()
    assert account.quantity(found.subscription_id) == 1
    details = AuditEvent.objects.get(verb="subscription_unlinked").details
    assert details == {"customer": found.customer_id, "subscription": found.subscription_id}
    assert unlink(actor=acme.owner, organization=acme) is False


def test_sync_now_without_a_link(acme):
    with pytest.raises(Subscription.DoesNotExist):
        sync_now(actor=acme.owner, organization=acme)


def test_sync_now_does_not_wait(acme, account, linked, proxy, make_member):
    found = linked()
    make_member(acme)
    proxy.writes(error(503))
    assert sync(found.pk) is Result.FAILED
    sync_now(actor=acme.owner, organization=acme)
    assert account.quantity(found.subscription_id) == 2


SERVICES = {
    "link": lambda actor, organization: link(actor=actor, organization=organization, wanted=Link("cus_1", "sub_1")),
    "unlink": lambda actor, organization: unlink(actor=actor, organization=organization),
    "sync_now": lambda actor, organization: sync_now(actor=actor, organization=organization),
}


@pytest.fixture
def person(acme, make_user, make_member, make_role, make_organization):
    """Somebody of a kind: `person("Owner")`."""

    def of_globex():
        return make_organization(name="Globex").owner

    def support(organization=acme):
        user = make_user(is_staff=True)
        assign_perm("manage_billing", user, organization)
        return user

    def disabled_admin():
        return make_member(acme, role="admin", disabled=True).user

    kinds = {
        "Owner": lambda: acme.owner,
        "Admin": lambda: make_member(acme, role="admin").user,
        "Member": lambda: make_member(acme).user,
        "custom role with it": lambda: make_member(acme, role=make_role(acme, "manage_billing")).user,
        "custom role without": lambda: make_member(acme, role=make_role(acme, "view_members", "invite_member")).user,
        "disabled Admin": disabled_admin,
        "superuser": lambda: make_user(is_staff=True, is_superuser=True),
        "inactive superuser": lambda: make_user(is_superuser=True, is_active=False),
        "staff": lambda: make_user(is_staff=True),
        "support of this organization": support,
        "Owner elsewhere": of_globex,
        "support of another organization": lambda: support(make_organization(name="Globex")),
        "stranger": make_user,
        "nobody": AnonymousUser,
    }
    return lambda kind: kinds[kind]()


MAY = {"Owner", "Admin", "custom role with it", "superuser", "support of this organization"}
MAY_NOT = {
    "Member",
    "custom role without",
    "disabled Admin",
    "inactive superuser",
    "staff",
    "Owner elsewhere",
    "support of another organization",
    "stranger",
    "nobody",
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("kind", sorted(MAY_NOT))
def test_who_may_not(acme, linked, proxy, person, service, kind):
    found = linked()
    actor = person(kind)
    proxy.seen.clear()
    with pytest.raises(Refused):
        SERVICES[service](actor, acme)
    assert not proxy.seen, "Stripe is not even asked"
    before = vars(found)
    after = vars(Subscription.objects.get())
    assert {name: after[name] for name in after if name != "_state"} == {
        name: before[name] for name in before if name != "_state"
    }


@pytest.mark.parametrize("kind", sorted(MAY))
def test_who_may(acme, account, linked, person, kind):
    actor, found = person(kind), linked()
    sync_now(actor=actor, organization=acme)
    assert unlink(actor=actor, organization=acme) is True
    again = link(actor=actor, organization=acme, wanted=Link(found.customer_id, found.subscription_id))
    assert again.billed == account.quantity(found.subscription_id)


@pytest.mark.parametrize("value", ["staff", "Staff"])
@pytest.mark.parametrize("kind", sorted(MAY))
def test_where_organizations_are_customers_only_the_platform_links(acme, linked, proxy, person, settings, kind, value):
    """A value that is misspelt lets no more people in."""
    actor, found = person(kind), linked()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SUBSCRIPTION_LINKERS": value}
    sync_now(actor=actor, organization=acme)
    if kind in ("superuser", "support of this organization"):
        assert unlink(actor=actor, organization=acme) is True
        link(actor=actor, organization=acme, wanted=Link(found.customer_id, found.subscription_id))
        return
    proxy.seen.clear()
    for service in ("link", "unlink"):
        with pytest.raises(Refused, match="platform's staff"):
            SERVICES[service](actor, acme)
    assert not proxy.seen, "Stripe is not even asked"
    assert Subscription.objects.get().pk == found.pk


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("service", ["link", "sync_now", "sync"])
def test_not_in_a_transaction(acme, linked, proxy, service):
    found = linked()
    proxy.seen.clear()
    notices = Subscription.objects.get().notices
    services = {**SERVICES, "sync": lambda actor, organization: sync(found.pk)}
    with pytest.raises(RuntimeError), transaction.atomic():
        services[service](acme.owner, acme)
    assert not proxy.seen
    assert Subscription.objects.get().notices == notices


@pytest.mark.threads
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("real_transactions")
class TestRaces:
    def test_two_organizations_link_the_same_at_once(self, account, make_organization):
        organizations = [make_organization() for _ in range(6)]
        made = account.subscribe(1)
        wanted = Link(made["customer"], made["id"])
        results = at_once([partial(link, actor=each.owner, organization=each, wanted=wanted) for each in organizations])
        (first,) = [each for each in results if isinstance(each, Subscription)]
        others = [each for each in results if each is not first]
        assert all(isinstance(each, ValidationError) for each in others), results
        assert {each.error_dict["subscription_id"][0].code for each in others} == {"taken"}
        assert Subscription.objects.get() == first

    def test_one_organization_links_the_same_at_once(self, acme, account, make_member):
        make_member(acme)
        made = account.subscribe(1)
        wanted = Link(made["customer"], made["id"])
        results = at_once([partial(link, actor=acme.owner, organization=acme, wanted=wanted)] * 6)
        assert all(isinstance(each, Subscription) for each in results), results
        found = sync_until_quiet(Subscription.objects.get().pk)
        assert account.steps(found.customer_id) == [(1, 2)]
        assert (found.billed, found.must_read) == (2, False)

    def test_one_organization_links_two_at_once(self, acme, account):
        made = [account.subscribe(number) for number in (3, 4, 5)]
        wanted = [Link(each["customer"], each["id"]) for each in made]
        results = at_once([partial(link, actor=acme.owner, organization=acme, wanted=each) for each in wanted])
        assert all(isinstance(each, (Subscription, Subscription.DoesNotExist)) for each in results), results
        found = sync_until_quiet(Subscription.objects.get().pk)
        assert account.quantity(found.subscription_id) == found.billed == 1

    def test_it_is_unlinked_while_workers_are_at_it(self, acme, account, linked, make_member):
        found = linked()
        make_member(acme)
        claims.notice(found.pk)
        results = at_once([partial(sync, found.pk)] * 4 + [partial(unlink, actor=acme.owner, organization=acme)])
        assert all(isinstance(each, (Result, bool)) for each in results), results
        assert not Subscription.objects.exists()
        assert linking.unlink(actor=acme.owner, organization=acme) is False
