"""Before somebody comes in or leaves, the page says what becomes of the seats, and what Stripe prorates."""

from __future__ import annotations

import time

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from django_org_members.billing import money, stripe
from django_org_members.billing.gateway import Amount
from django_org_members.models import Subscription

from .test_billing import words_of

pytestmark = pytest.mark.django_db
LATE = "Stripe did not tell in time what it changes on the invoice."


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def setting(settings):
    def change(**more):
        settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, **more}

    return change


@pytest.fixture
def page(manager, page_url):
    """The page of one member: `page("remove", member, client=…)`."""
    return lambda action, member, client=manager: client.get(
        page_url("member_action", member_id=member.pk, action=action)
    )


@pytest.fixture
def bulk(manager, acme, list_url):
    def make(name, members, client=manager, **more):
        data = {"action": name, ACTION_CHECKBOX_NAME: [member.pk for member in members], **more}
        return client.post(list_url(acme), data)

    return make


@pytest.fixture
def joining_page(manager, page_url):
    return lambda name, client=manager: client.get(page_url(f"member_{name}"))


def seats_of(response):
    """Return what the page says of seats and money, and nothing else of what follows."""
    context = response.context
    told = context["preview"].consequences if "preview" in context else context["consequences"]
    found = [str(each.words) for each in told if each.icon in ("users", "card", "alert")]
    words = words_of(response)
    assert all(sentence.replace("\xa0", " ") in words for sentence in found)
    return found


# One, many, and those who come in; the organization has an Owner and an Admin


def test_removing_tells_the_seats_and_the_credit(page, bulk, linked, previews, provisioned):
    members = [provisioned(), provisioned(disabled=True), provisioned()]
    linked()
    server = previews(rest=1333)
    assert seats_of(page("remove", members[0])) == [
        "Seats: 5 now, 4 afterwards.",
        "A credit of about 13.33\xa0USD for the rest of the period is put on the next invoice.",
    ]
    assert len(server.asked) == 1, "one preview a page"
    assert seats_of(bulk("remove", members)) == [
        "Seats: 5 now, 2 afterwards.",
        "A credit of about 39.99\xa0USD for the rest of the period is put on the next invoice.",
    ]
    assert len(server.asked) == 2
    assert server.asked[-1]["subscription_details[proration_behavior]"] == "create_prorations"


def test_creating_and_inviting_tell_the_seats_and_the_amount(joining_page, linked, previews):
    linked()
    previews(rest=123456)
    added = "About 1,234.56\xa0USD for the rest of the period is added to the next invoice."
    assert seats_of(joining_page("create")) == ["Seats: 2 now, 3 afterwards.", added]
    invited = "Seats: 2 now, 3 once the invitation is accepted. Until then it takes none."
    assert seats_of(joining_page("invite")) == [invited, added]


def test_disabling_keeps_the_seats_and_asks_stripe_nothing(page, bulk, linked, previews, provisioned):
    member, other = provisioned(), provisioned(disabled=True)
    linked()
    server = previews()
    assert seats_of(page("disable", member)) == ["Seats: 4 now, 4 afterwards. A disabled member keeps the seat."]
    assert seats_of(bulk("disable", [member]))[0].endswith("A disabled member keeps the seat.")
    assert seats_of(page("enable", other)) == seats_of(bulk("enable", [other])) == []
    assert server.asked == []


def test_where_active_members_count_disabling_frees_and_enabling_takes_seats(
    setting, page, bulk, linked, previews, provisioned
):
    setting(SEATS="active")
    active, disabled = [provisioned(), provisioned()], [provisioned(disabled=True), provisioned(disabled=True)]
    linked()
    previews(rest=1000)
    credit = "A credit of about {}\xa0USD for the rest of the period is put on the next invoice."
    assert seats_of(page("disable", active[0])) == ["Seats: 4 now, 3 afterwards.", credit.format("10.00")]
    assert seats_of(bulk("disable", active)) == ["Seats: 4 now, 2 afterwards.", credit.format("20.00")]
    assert seats_of(page("enable", disabled[0]))[0] == "Seats: 4 now, 5 afterwards."
    assert seats_of(bulk("enable", disabled))[1].startswith("About 20.00")
    assert seats_of(bulk("remove", [*active, *disabled])) == ["Seats: 4 now, 2 afterwards.", credit.format("20.00")]
    assert seats_of(page("remove", disabled[0])) == ["Seats: 4 now, 4 afterwards."]


def twice_as_many(organization):
    return 2 * organization.member_count


def test_where_the_project_counts_no_number_is_made_up(setting, page, joining_page, linked, previews, provisioned):
    setting(SEATS=f"{__name__}.twice_as_many")
    member = provisioned()
    linked()
    server = previews()
    unknown = ["Seats: 6 now. How many there are afterwards is counted then."]
    assert seats_of(page("remove", member)) == seats_of(page("disable", member)) == unknown
    assert seats_of(joining_page("create")) == unknown
    assert seats_of(joining_page("invite")) == ["Seats: 6 now. An invitation takes none until it is accepted."]
    assert server.asked == []


@pytest.mark.parametrize(
    ("seats", "name", "said"),
    [
        ("members", "remove", "Seats: 12 now, and one less for each member that is removed."),
        ("active", "remove", "Seats: 11 now, and one less for each active member that is removed."),
        ("members", "disable", "Seats: 12 now, 12 afterwards. Disabled members keep their seats."),
        ("active", "disable", "Seats: 11 now, and one less for each member that is disabled."),
        ("active", "enable", "Seats: 11 now, and one more for each member that is enabled."),
        ("members", "enable", None),
    ],
)
def test_of_too_many_to_look_at_it_tells_the_rule(
    setting, acme, bulk, crowd, linked, previews, provisioned, seats, name, said
):
    setting(SEARCH_LIMIT=5, SEATS=seats)
    crowd(acme, 9)
    provisioned(disabled=True)
    linked()
    server = previews()
    assert seats_of(bulk(name, list(acme.memberships.all()))) == ([said] if said else [])
    assert server.asked == []


def test_without_a_subscription_nobody_is_stopped_or_told_of_money(page, joining_page, provisioned):
    member = provisioned()
    assert seats_of(page("remove", member)) == ["Seats: 3 now, 2 afterwards."]
    assert seats_of(joining_page("create")) == seats_of(joining_page("invite")) == []


# What Stripe says, or does not


def test_only_this_change_is_told_not_what_waits_for_the_invoice(linked, previews, page, provisioned):
    """The server answers with the lines of an earlier change and of the next period, too."""
    member = provisioned()
    linked()
    previews(rest=1)
    assert "0.01\xa0USD" in seats_of(page("remove", member))[1]


def test_a_removal_that_brings_back_what_is_billed_costs_nothing(page, linked, previews, provisioned):
    """Whoever came in was not told to Stripe yet."""
    linked()
    server = previews()
    assert seats_of(page("remove", provisioned())) == ["Seats: 3 now, 2 afterwards."]
    assert server.asked == []


@pytest.mark.parametrize(
    ("currency", "rest", "said"),
    [("jpy", 1234, "1,234\xa0JPY"), ("kwd", 1230, "1.230\xa0KWD"), ("isk", 50000, "500.00\xa0ISK")],
)
def test_money_is_told_by_currency(joining_page, linked, previews, currency, rest, said):
    linked()
    previews(rest=rest, currency=currency)
    assert f"About {said} for the rest" in seats_of(joining_page("create"))[1]


def test_money_is_told_in_the_viewers_language():
    with translation.override("de"):
        assert money.in_words(Amount(-123456, "eur")) == "1.234,56\xa0EUR"


@pytest.mark.parametrize(
    ("proration", "name", "said"),
    [
        ("none", "create", "Stripe does not prorate it: the new number counts from the next period on."),
        ("always_invoice", "create", "Stripe invoices about 13.33\xa0USD at once, for the rest of the period."),
        ("always_invoice", "remove", "Stripe credits about 13.33\xa0USD at once, for the rest of the period."),
    ],
)
def test_the_proration_is_told_as_it_is_set(
    setting, joining_page, page, linked, previews, provisioned, proration, name, said
):
    setting(SEAT_PRORATION=proration)
    member = provisioned()
    linked()
    server = previews()
    assert seats_of(joining_page(name) if name == "create" else page(name, member))[1] == said
    assert len(server.asked) == (proration != "none")


def test_what_is_not_prorated_costs_nothing_now(joining_page, linked, previews):
    """In a trial, for one."""
    linked()
    previews(prorates=False)
    assert seats_of(joining_page("create"))[1] == "Nothing is prorated for the rest of the period."


def test_without_an_answer_the_page_says_so_and_goes_on(page, page_url, manager, linked, previews, provisioned):
    member = provisioned()
    linked()
    server = previews(is_silent=True)
    begin = time.monotonic()
    assert seats_of(page("remove", member))[1] == LATE
    assert time.monotonic() - begin < 30, "it does not wait for ever"
    server.close()
    assert seats_of(page("remove", member))[1] == LATE, "nobody listens any more"
    url = page_url("member_action", member_id=member.pk, action="remove")
    assert manager.post(url).status_code == 302
    assert not type(member).objects.filter(pk=member.pk).exists()


def test_the_server_without_previews_is_no_error(page, linked, provisioned):
    member = provisioned()
    linked()
    assert seats_of(page("remove", member))[1] == LATE


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"status": "canceled"}, "The subscription is canceled: nothing is billed for seats."),
        ({"parked_at": timezone.now()}, "The seats at Stripe do not change for now: the sync is parked."),
    ],
)
def test_an_ended_or_parked_subscription_is_told_and_not_asked(
    page, bulk, joining_page, linked, previews, provisioned, fields, said
):
    member = provisioned()
    linked()
    server = previews()
    Subscription.objects.update(**fields)
    for response in (page("remove", member), bulk("remove", [member]), joining_page("invite")):
        told = seats_of(response)
        assert told[0].startswith("Seats: 3 now, ")
        assert told[1].startswith(said)
    assert server.asked == []


# To whom, and at what cost


def test_who_does_not_manage_billing_reads_the_seats_and_no_money(
    page, bulk, joining_page, linked, previews, provisioned, acme, make_member, make_role, as_user
):
    role = make_role(acme, "view_members", "remove_member", "invite_member", "create_member")
    client, member = as_user(make_member(acme, role=role).user), provisioned()
    linked()
    server = previews()
    Subscription.objects.update(parked_at=None)
    assert seats_of(page("remove", member, client)) == ["Seats: 4 now, 3 afterwards."]
    assert seats_of(bulk("remove", [member], client)) == ["Seats: 4 now, 3 afterwards."]
    assert seats_of(joining_page("create", client)) == ["Seats: 4 now, 5 afterwards."]
    assert server.asked == []
    Subscription.objects.update(parked_at=timezone.now())
    assert seats_of(page("remove", member, client)) == ["Seats: 4 now, 3 afterwards."]


def test_neither_the_list_nor_what_is_done_asks_stripe_what_it_costs(
    manager, acme, list_url, page_url, bulk, linked, previews, provisioned
):
    members = [provisioned(), provisioned()]
    linked()
    server = previews()
    manager.get(list_url(acme))
    manager.get(page_url("member_profile", member_id=members[0].pk))
    manager.post(page_url("member_action", member_id=members[0].pk, action="remove"))
    bulk("remove", members[1:], confirmed="1")
    assert acme.memberships.count() == 2
    assert server.asked == []


def test_a_refused_action_asks_nothing(page, acme, linked, previews):
    linked()
    server = previews()
    page("remove", acme.memberships.get(user=acme.owner))
    assert server.asked == []


@pytest.mark.parametrize("name", ["remove", "disable"])
def test_the_pages_cost_the_same_for_few_and_for_many(setting, acme, bulk, page, linked, previews, provisioned, name):
    setting(SEATS="active")
    members = [provisioned() for _ in range(30)]
    linked()
    previews()

    def queries(count):
        with CaptureQueriesContext(connection) as captured:
            assert len(seats_of(bulk(name, members[:count]))) == 2
        return len(captured)

    queries(1)
    assert queries(2) == queries(30)
    with CaptureQueriesContext(connection) as captured:
        page(name, members[0])
    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) <= 15


class Watches(stripe.StripeGateway):
    in_transaction: list[bool] = []

    def preview(self, *arguments):
        self.in_transaction.append(connection.in_atomic_block)
        return super().preview(*arguments)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site", ["admin", "org"])
def test_stripe_is_asked_in_no_transaction(
    setting, acme, staff, as_user, page_url, list_url, linked, previews, provisioned, monkeypatch, site
):
    """Not in a project either that has each request in one: what is rendered comes after it."""
    member = provisioned()
    linked()
    previews()
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    setting(BILLING_GATEWAY=f"{__name__}.Watches")
    Watches.in_transaction.clear()
    client = as_user(staff if site == "admin" else acme.owner)
    selected = {"action": "remove", ACTION_CHECKBOX_NAME: [member.pk]}
    for response in (
        client.get(page_url("member_action", site=site, member_id=member.pk, action="remove")),
        client.get(page_url("member_create", site=site)),
        client.get(page_url("member_invite", site=site)),
        client.post(list_url(acme, site), selected),
    ):
        assert "13.33" in words_of(response)
    assert Watches.in_transaction == [False] * 4
