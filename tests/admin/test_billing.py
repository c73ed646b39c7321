"""The tab Billing: linking, what is known of the subscription, Sync Now, the history, unlinking."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.contrib.messages import get_messages
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.shortcuts import assign_perm

from django_org_members.billing import receivers, stripe
from django_org_members.billing.linking import Link, link
from django_org_members.models import AuditEvent, SeatChange, Subscription
from django_org_members.moments import moment

from .test_asking import grow_old

pytestmark = pytest.mark.django_db
NAMES = ("organization_billing", "billing_sync", "billing_link", "billing_unlink")


@pytest.fixture
def url(page_url):
    return page_url("organization_billing")


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def post(manager, page_url):
    """Post to a page of the tab: `post("billing_link", customer_id=…)`."""
    return lambda name, **data: manager.post(page_url(name), data)


def words_of(response):
    return " ".join(unescape(re.sub("<[^>]+>", " ", response.content.decode())).split())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors_of(response):
    found = response.context["form"].errors.as_data()
    return {field: [error.code for error in errors] for field, errors in found.items()}


def known(**fields):
    """Change what is known of the subscription."""
    Subscription.objects.update(**fields)


# Linking


def test_without_a_subscription_the_tab_says_so_and_links_one(manager, account, acme, url, post):
    page = manager.get(url)
    assert "Members can be added and removed freely" in words_of(page)
    made = account.subscribe(5)
    response = post("billing_link", customer_id=f" {made['customer']} ", subscription_id=made["id"])
    assert told(response) == ["The subscription is linked.", "Synced: Stripe bills 2 seats."]
    assert account.quantity(made["id"]) == 2
    words = words_of(manager.get(url))
    for said in (made["customer"], made["id"], "Seats wanted 2", "Seats billed 2", "Nothing: both are the same."):
        assert said in words
    assert AuditEvent.objects.filter(verb="subscription_linked", organization=acme).count() == 1


@pytest.fixture
def wrong(account, acme, make_organization):
    """What somebody may type by mistake: `wrong[kind]` makes (customer, subscription)."""

    def subscribed(**how):
        made = account.subscribe(1, **how)
        return made["customer"], made["id"]

    def canceled():
        ids = subscribed()
        account.cancel(ids[1])
        return ids

    def taken():
        ids, other = subscribed(), make_organization()
        link(actor=other.owner, organization=other, wanted=Link(*ids))
        return ids

    return {
        "nothing": lambda: ("", ""),
        "no such subscription": lambda: (subscribed()[0], "sub_nothing"),
        "another customer": lambda: (account.customer()[0], subscribed()[1]),
        "canceled": canceled,
        "linked elsewhere": taken,
        "no id": lambda: ("cus_1/../x", "sub_1"),
        "too long": lambda: ("cus_1", "x" * 300),
    }


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        ("nothing", {"customer_id": ["required"], "subscription_id": ["required"]}),
        ("no such subscription", {"subscription_id": ["resource_missing"]}),
        ("another customer", {"customer_id": ["other_customer"]}),
        ("canceled", {"subscription_id": ["canceled"]}),
        ("linked elsewhere", {"subscription_id": ["taken"]}),
        ("no id", {"customer_id": ["invalid"]}),
        ("too long", {"subscription_id": ["max_length"]}),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_stored(acme, post, wrong, kind, errors):
    customer, subscription = wrong[kind]()
    before = Subscription.objects.count()
    response = post("billing_link", customer_id=customer, subscription_id=subscription)
    assert errors_of(response) == errors
    form = response.context["form"]
    assert (form["customer_id"].value(), form["subscription_id"].value()) == (customer, subscription)
    assert Subscription.objects.count() == before
    assert not AuditEvent.objects.filter(verb="subscription_linked", organization=acme).exists()


@pytest.fixture
def several(account):
    """A subscription of two items, and its ids as a form holds them."""
    made = account.subscribe(3, prices=[account.price("Platform", 9900), account.price("Seat <b>", 1250)])
    return made, {"customer_id": made["customer"], "subscription_id": made["id"]}


def test_of_several_items_one_is_chosen(account, several, post):
    made, ids = several
    items = {item["price"]["unit_amount"]: item["id"] for item in made["items"]["data"]}
    page = post("billing_link", **ids)
    assert not page.context["form"].errors, "nothing is wrong yet"
    words = words_of(page)
    assert "The subscription has several items: choose the one for the seats." in words
    assert "12.50 USD per month · 3 now" in words
    assert "Seat <b>" in words
    assert "Platform" in words
    assert "<strong><bdi>Seat &lt;b&gt;</bdi></strong>" in page.content.decode()
    assert not Subscription.objects.exists()

    again = post("billing_link", **ids, choosing="1")
    assert errors_of(again) == {"item_id": ["choose"]}
    unknown = post("billing_link", **ids, choosing="1", item_id="si_other")
    assert errors_of(unknown) == {"item_id": ["no_item"]}
    assert "Platform" in words_of(unknown)
    assert not Subscription.objects.exists()

    assert told(post("billing_link", **ids, choosing="1", item_id=items[1250]))[0] == "The subscription is linked."
    quantities = {item["id"]: item["quantity"] for item in account.subscription(made["id"])["items"]["data"]}
    assert quantities == {items[9900]: 3, items[1250]: 2}


def test_another_item_is_said_to_leave_the_one_before_as_it_is(account, several, post):
    made, ids = several
    first, second = (item["id"] for item in made["items"]["data"])
    assert "keeps its quantity at Stripe" not in words_of(post("billing_link", **ids))
    assert post("billing_link", **ids, item_id=first, choosing="1").status_code == 302
    assert "keeps its quantity at Stripe" in words_of(post("billing_link", **ids))
    assert post("billing_link", **ids, item_id=second, choosing="1").status_code == 302
    quantities = {item["id"]: item["quantity"] for item in account.subscription(made["id"])["items"]["data"]}
    assert quantities[first] == quantities[second] == 2, "both are billed now"


def test_an_item_that_is_left_over_from_a_choice_does_not_hold_anybody_up(account, post):
    made = account.subscribe(1)
    ids = {"customer_id": made["customer"], "subscription_id": made["id"]}
    response = post("billing_link", **ids, choosing="1", item_id="si_other")
    assert "The subscription has no such item for seats." in words_of(response)
    assert "si_other" not in response.content.decode()
    assert post("billing_link", **ids).status_code == 302


def test_the_same_form_again_links_the_same(account, linked, post):
    found = linked()
    ids = {"customer_id": found.customer_id, "subscription_id": found.subscription_id}
    post("billing_link", **ids)
    assert Subscription.objects.get().pk == found.pk
    assert account.changes() == 1, "the Owner and the Admin"


def test_the_link_is_changed_to_another_subscription(manager, account, linked, page_url, post):
    found = linked(quantity=3)
    assert found.subscription_id in manager.get(page_url("billing_link")).content.decode()
    made = account.subscribe(7)
    post("billing_link", customer_id=made["customer"], subscription_id=made["id"])
    assert Subscription.objects.get().subscription_id == made["id"]
    assert account.quantity(made["id"]) == 2
    assert account.quantity(found.subscription_id) == 2, "as it was"
    assert [change.before for change in SeatChange.objects.all()] == [7], "the history is of the new one"


def test_a_failure_at_linking_is_told_with_what_was_linked(settings, account, post):
    """The key may read, and not write: linked, and parked."""
    made = account.subscribe(5)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BILLING_GATEWAY": f"{__name__}.ReadsOnly"}
    response = post("billing_link", customer_id=made["customer"], subscription_id=made["id"])
    first, second = told(response)
    assert first == "The subscription is linked."
    assert second == "Not allowed. Correct it at Stripe, then press Sync Now."


class ReadsOnly(stripe.StripeGateway):
    def set_quantity(self, *arguments, **more):
        raise stripe.Permanent("Not allowed.", code="nope", request_id="req_1")


@pytest.mark.parametrize("without", ["key", "library"])
def test_without_stripe_it_says_so_and_offers_nothing_that_cannot_work(
    settings, manager, account, linked, url, page_url, post, monkeypatch, without
):
    ids = {"customer_id": "cus_1", "subscription_id": "sub_1"}

    def take_away():
        if without == "key":
            settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_KEY": ""}
        else:
            monkeypatch.setattr(stripe, "stripe", None)

    def check(found):
        for page in (manager.get(url), manager.get(page_url("billing_link")), post("billing_link", **ids)):
            assert "Stripe is not set up" in words_of(page)
            assert "customer_id" not in page.content.decode()
        assert ("Sync Now" in words_of(manager.get(url))) is False
        assert Subscription.objects.count() == found

    linked()
    take_away()
    check(1)
    assert told(post("billing_sync"))[-1].startswith("Stripe is not set up")
    Subscription.objects.all().delete()
    check(0)


def test_without_the_library_the_tab_of_a_linked_organization_works(manager, acme, url, page_url, post, monkeypatch):
    """Also where it is really not installed: nothing here needs it."""
    monkeypatch.setattr(stripe, "stripe", None)
    Subscription.objects.create(
        organization=acme, customer_id="cus_1", subscription_id="sub_1", item_id="si_1", status="active", billed=1
    )
    words = words_of(manager.get(url))
    for said in ("Stripe is not set up", "Seats wanted 2", "Seats billed 1", "1 seat is to be added at Stripe."):
        assert said in words
    assert told(post("billing_sync"))[-1].startswith("Stripe is not set up")
    assert "sub_1" in words_of(manager.get(url))
    assert told(post("billing_unlink"))[-1] == "The subscription is unlinked. Nothing has changed at Stripe."
    assert "Members can be added and removed freely" in words_of(manager.get(url))


# What is known


def test_after_a_change_the_tab_shows_all_of_it(manager, acme, linked, account, make_member, url, post):
    found = linked(quantity=5)
    make_member(acme)
    post("billing_sync")
    found.refresh_from_db()
    response = manager.get(url)
    words, content = words_of(response), response.content.decode()
    when = words_of(SimpleNamespace(content=moment(found.synced_at, with_time=True).encode()))
    assert f"Last sync {when}" in words
    for said in ("Active", "Seats wanted 3", "Seats billed 3", "Owed Nothing: both are the same.", "Sync Now"):
        assert said in words
    assert f'href="https://dashboard.stripe.com/test/subscriptions/{found.subscription_id}"' in content
    rows = list(SeatChange.objects.all())
    assert [(row.before, row.after, row.get_reason_display()) for row in rows] == [
        (2, 3, "Members changed"),
        (5, 2, "Subscription linked"),
    ]
    for row in rows:
        when = words_of(SimpleNamespace(content=moment(row.created_at, with_time=True).encode()))
        assert row.request_id.startswith("req_")
        said = f"from {row.before} to {row.after} {row.get_reason_display()} {when} {row.request_id}"
        assert said in words


def test_no_seats_are_a_number(manager, linked, url):
    linked()
    known(billed=0)
    assert "Seats billed 0 " in words_of(manager.get(url))
    known(billed=None)
    assert "Seats billed – " in words_of(manager.get(url))


def test_what_is_only_reported_is_nothing_that_is_owed(manager, linked, account, settings, url, page_url, post):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEAT_DRIFT": "report"}
    found = linked()
    account.set_quantity(found.subscription_id, 7)
    assert told(post("billing_sync"))[-1] == "Synced: Stripe bills 7 seats."
    assert "Nothing: the number was changed in Stripe, which is only reported here." in words_of(manager.get(url))
    words = words_of(manager.get(page_url("billing_unlink")))
    assert "goes on with 7 seats" in words
    assert "given up" not in words


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "trialing"}, "In trial"),
        ({"status": "past_due"}, "A payment is past due"),
        ({"status": "brand_new"}, "brand_new"),
        ({"billed": 1}, "1 seat is to be added at Stripe."),
        ({"billed": 5, "settled": 5}, "3 seats are to be removed at Stripe."),
        ({"billed": 5}, "the number was changed in Stripe, which is only reported here."),
        ({"attempt_key": "k"}, "its outcome is not known yet"),
        ({"notices": 99}, "Stripe is to be asked what it has."),
        ({"billed": None, "settled": None, "synced_at": None}, "Last sync None yet"),
        ({"ends_at_period_end": True}, "The subscription ends on "),
        ({"is_live": True}, "Subscription Customer"),
        ({"leased_until": timezone.now() + timedelta(hours=1)}, "A sync is going on now."),
        ({"error": "Stripe did not answer.", "failures": 1, "retry_at": timezone.now()}, "on it is tried again. "),
        ({"status": "canceled", "notices": 99}, "Nothing: the subscription has ended."),
        ({"error": "Stripe did not answer.", "failures": 3, "retry_at": timezone.now()}, "It failed 3 times in a row"),
    ],
)
def test_the_tab_says_how_it_stands(manager, linked, url, fields, said):
    linked()
    if fields == {"billed": 1}:
        fields = {"billed": 1, "settled": 1}
    known(**fields)
    assert said in words_of(manager.get(url))


def test_a_parked_subscription_tells_why_and_what_to_do(manager, account, linked, url, make_member, acme, post):
    found = linked()
    account.cancel(found.subscription_id)
    make_member(acme)
    response = post("billing_sync")
    assert told(response)[-1] == "The subscription is canceled. Link another subscription, or unlink this one."
    words = words_of(manager.get(url))
    assert "Parked since" in words
    assert "Link another subscription, or unlink this one." in words
    assert "Code: canceled" in words
    assert f"Request at Stripe: {Subscription.objects.get().error_request_id}" in words
    assert Subscription.objects.get().error_request_id.startswith("req_")
    assert "Canceled" in words
    assert "Owed Nothing: the subscription has ended." in words
    assert "then the next one begins" not in words


@pytest.mark.parametrize("is_live", [False, True])
def test_a_link_leads_to_stripe(manager, linked, url, is_live):
    found = linked()
    known(is_live=is_live)
    content = manager.get(url).content.decode()
    mode = "" if is_live else "test/"
    assert f'href="https://dashboard.stripe.com/{mode}subscriptions/{found.subscription_id}"' in content
    assert 'rel="noopener noreferrer"' in content
    assert ("Test mode" in content) is not is_live


def test_what_stripe_says_is_escaped(manager, linked, url):
    linked()
    known(error="<script>x</script>", status="<i>", retry_at=timezone.now(), error_code="<b>", error_request_id="<u>")
    content = manager.get(url).content.decode()
    for wrong in ("<script>x", "<i>", "<b>", "<u>"):
        assert wrong not in content


# Sync Now


def test_sync_now_settles_what_is_owed(manager, account, linked, acme, make_member, url, post):
    found = linked()
    make_member(acme)
    assert "1 seat is to be added at Stripe." in words_of(manager.get(url))
    assert told(post("billing_sync"))[-1] == "Synced: Stripe bills 3 seats."
    assert account.quantity(found.subscription_id) == 3
    assert told(post("billing_sync"))[-1] == "Synced: Stripe bills 3 seats."
    assert account.changes() == 2, "to 2 when it was linked, and to 3"


def test_sync_now_resumes_what_is_parked_and_what_waits(linked, post):
    linked()
    later = timezone.now() + timedelta(hours=1)
    for fields in ({"parked_at": timezone.now()}, {"retry_at": later}):
        known(error="Something.", failures=4, **fields)
        assert told(post("billing_sync"))[-1] == "Synced: Stripe bills 2 seats."
        found = Subscription.objects.get()
        assert (found.error, found.parked_at, found.retry_at) == ("", None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lease": "another", "leased_until": timezone.now() + timedelta(hours=1)}, "Another sync is going on"),
        ({"calls_left": 0, "calls_counted_at": timezone.now() + timedelta(hours=1)}, "too often in the last hour"),
    ],
)
def test_sync_now_says_why_nothing_came_of_it(linked, post, fields, said):
    linked()
    known(**fields)
    assert said in told(post("billing_sync"))[-1]


def test_sync_now_tells_a_failure(settings, linked, post):
    linked()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "STRIPE_API_BASE": "http://127.0.0.1:9"}
    assert told(post("billing_sync"))[-1] == "Stripe did not answer. It is tried again by itself."


def test_sync_now_hands_it_to_workers_where_there_are_some(linked, post, monkeypatch):
    linked()
    monkeypatch.setattr(receivers, "sync_subscription", SimpleNamespace(enqueue=lambda pk: None))
    known(error="From before.", failures=1)
    assert told(post("billing_sync"))[-1] == "The sync has begun. Look again in a moment."


def test_sync_now_without_a_subscription_says_so(post):
    assert told(post("billing_sync")) == ["There is no subscription to sync."]


class Watches(stripe.StripeGateway):
    in_transaction: list[bool] = []

    def _client(self, *arguments):
        self.in_transaction.append(connection.in_atomic_block)
        return super()._client(*arguments)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site", ["admin", "org"])
def test_stripe_is_asked_in_no_transaction(settings, acme, staff, as_user, account, page_url, monkeypatch, site):
    """Not in a project either that has each request in one."""
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BILLING_GATEWAY": f"{__name__}.Watches"}
    Watches.in_transaction.clear()
    client, made = as_user(staff if site == "admin" else acme.owner), account.subscribe(5)
    ids = {"customer_id": made["customer"], "subscription_id": made["id"]}
    for name, data in (("billing_link", ids), ("billing_sync", {})):
        assert client.post(page_url(name, site=site), data).status_code == 302
    assert len(Watches.in_transaction) >= 3
    assert set(Watches.in_transaction) == {False}


# The history


@pytest.fixture
def changed(linked):
    """A subscription with so many changes, numbered from 1 by `after`."""

    def make(count):
        found = linked()
        SeatChange.objects.all().delete()
        SeatChange.objects.bulk_create(
            SeatChange(
                subscription=found, before=number - 1, after=number, reason="members", request_id=f"req_{number}"
            )
            for number in range(1, count + 1)
        )

    return make


def shown(response):
    return [change.after for change in response.context["history"].changes]


def test_the_history_is_read_page_by_page_newest_first(manager, changed, url):
    changed(60)
    page = manager.get(url)
    words = words_of(page)
    assert "from 59 to 60 Members changed" in words
    assert "req_60" in words

    def follow(page, label):
        return manager.get(dict(page.context["history"].pages)[label])

    second = follow(page, "Older")
    third = follow(second, "Older")
    assert [shown(each) for each in (page, second, third)] == [
        list(range(60, 35, -1)),
        list(range(35, 10, -1)),
        list(range(10, 0, -1)),
    ]
    assert [label for label, _url in third.context["history"].pages] == ["Newest", "Newer"]
    assert shown(follow(third, "Newer")) == shown(second)
    assert shown(follow(second, "Newer")) == shown(page)
    assert shown(follow(third, "Newest")) == shown(page)


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "after=" + "9" * 40, "before=0", "after=0&before=", "before=²"]
)
def test_an_address_that_makes_no_sense_shows_the_newest(manager, changed, url, query):
    changed(3)
    assert shown(manager.get(f"{url}?{query}")) == [3, 2, 1]


def test_queries_are_constant(manager, changed, url):
    def queries(count):
        Subscription.objects.all().delete()
        changed(count)
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(url).status_code == 200
        return len(captured)

    queries(1)
    assert queries(1) == queries(200) <= 8


# Unlinking


def test_unlinking_says_what_follows_and_leaves_stripe_as_it_is(
    manager, account, acme, linked, make_member, page_url, post
):
    found = linked()
    make_member(acme)
    words = words_of(manager.get(page_url("billing_unlink")))
    assert "the subscription goes on with 2 seats" in words
    assert "What is owed is given up: 1 seat is to be added at Stripe." in words
    assert Subscription.objects.exists(), "looking changes nothing"
    assert told(post("billing_unlink"))[-1] == "The subscription is unlinked. Nothing has changed at Stripe."
    assert not Subscription.objects.exists()
    assert account.quantity(found.subscription_id) == 2
    assert told(post("billing_unlink"))[-1] == "No subscription is linked."
    assert AuditEvent.objects.filter(verb="subscription_unlinked").count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"attempt_key": "k"}, "Stripe may have made it. It is not sent again."),
        ({"billed": 5}, ""),  # changed by hand, and only reported
    ],
)
def test_unlinking_does_not_promise_what_is_not_done_any_more(manager, linked, page_url, fields, said):
    linked()
    known(**fields)
    words = words_of(manager.get(page_url("billing_unlink")))
    assert said in words
    assert "it is sent again" not in words
    assert "given up" not in words


def test_before_linking_the_page_says_how_many_seats_will_be_billed(manager, account, acme, url, page_url, make_member):
    make_member(acme)
    said = f"Stripe bills {acme.memberships.count()} seats: one for each member, disabled ones too."
    assert said in words_of(manager.get(url))
    assert said in words_of(manager.get(page_url("billing_link")))


def test_unlinking_one_that_has_ended_does_not_say_that_it_goes_on(manager, linked, page_url):
    linked()
    known(status="canceled", settled=None)
    words = words_of(manager.get(page_url("billing_unlink")))
    assert "the subscription has ended there" in words
    assert "goes on" not in words
    assert "given up" not in words


# Who


@pytest.fixture
def people(acme, make_member, make_role, make_user, staff):
    """Kinds of person to (user, site, whether they manage billing)."""
    return {
        "owner": (acme.owner, "org", True),
        "admin": (make_member(acme, role="admin").user, "org", True),
        "accountant": (make_member(acme, role=make_role(acme, "manage_billing")).user, "org", True),
        "staff": (staff, "admin", True),
        "viewer": (make_member(acme, role=make_role(acme, "view_members", "remove_member")).user, "org", False),
        "member": (make_member(acme).user, "org", False),
    }


@pytest.mark.parametrize("kind", ["owner", "admin", "accountant", "staff", "viewer", "member"])
def test_the_tab_is_for_those_who_manage_billing(people, linked, as_user, page_url, kind):
    user, site, may = people[kind]
    linked()
    client = as_user(user)
    for name in NAMES:
        for method in ("get", "post"):
            status = getattr(client, method)(page_url(name, site=site)).status_code
            assert (status in (200, 302, 405)) if may else (status in (302, 403, 404)), (name, method)
    assert Subscription.objects.exists() is not may, "only who may has unlinked it"
    entrance = client.get(page_url("organization_settings", site=site), follow=True)
    assert (page_url("organization_billing", site=site) in entrance.content.decode()) is may


@pytest.mark.parametrize("is_linked", [False, True])
def test_where_the_platform_links_a_manager_is_offered_no_way_to(
    settings, manager, linked, account, url, page_url, is_linked
):
    if is_linked:
        linked()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SUBSCRIPTION_LINKERS": "staff"}
    ways = [page_url(name) for name in ("billing_link", "billing_unlink")]
    page = manager.get(url).content.decode()
    assert not [way for way in ways if way in page]
    assert (page_url("billing_sync") in page) is is_linked
    for way in ways:
        assert {manager.get(way).status_code, manager.post(way, {}).status_code} == {403}
    assert Subscription.objects.exists() is is_linked


def test_billing_is_all_that_an_accountant_needs(people, as_user, page_url, url):
    client = as_user(people["accountant"][0])
    assert client.get(page_url("organization_settings")).url == url


@pytest.mark.parametrize("name", NAMES)
def test_another_organization_s_billing_is_missing(make_organization, linked, manager, page_url, name):
    globex = make_organization()
    linked(globex)
    for method in ("get", "post"):
        assert getattr(manager, method)(page_url(name, organization=globex)).status_code == 404
    assert Subscription.objects.filter(organization=globex).exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("site", ["admin", "org"])
def test_a_grant_on_one_organization_opens_no_other_s_billing(
    acme, make_user, make_organization, linked, as_user, page_url, name, site
):
    support, globex = make_user(is_staff=True), make_organization()
    assign_perm("org_members.manage_billing", support, globex)
    found, client = linked(acme), as_user(support)
    for method in ("get", "post"):
        response = getattr(client, method)(page_url(name, organization=acme, site=site))
        assert response.status_code in (302, 403, 404)
        assert found.subscription_id not in response.content.decode()
    assert Subscription.objects.get(organization=acme).notices == found.notices


def test_nothing_changes_by_get(manager, account, linked, page_url):
    found = linked()
    before = Subscription.objects.values().get()
    other = account.subscribe(3)
    manager.get(page_url("billing_link"), {"customer_id": other["customer"], "subscription_id": other["id"]})
    manager.get(page_url("billing_unlink"), {"confirmed": "1"})
    assert manager.get(page_url("billing_sync")).status_code == 405
    assert Subscription.objects.values().get() == before
    assert account.quantity(found.subscription_id) == 2


@pytest.mark.parametrize("name", ["billing_link", "billing_unlink"])
def test_a_project_may_ask_who_it_is_first(settings, manager, linked, page_url, name):
    found = linked()
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "ASK_AGAIN_FOR": ["billing"]}
    grow_old(manager)
    ids = {"customer_id": found.customer_id, "subscription_id": "sub_other"}
    response = manager.post(page_url(name), ids)
    assert "Confirm it is you" in words_of(response)
    assert Subscription.objects.get().pk == found.pk
