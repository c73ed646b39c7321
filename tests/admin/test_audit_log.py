"""The tab Audit Log, its filters and pages, and the changes in the member's detail."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from django_org_members import actions, joining, keyset, roles
from django_org_members.accounts.clients import Client, serving
from django_org_members.admin.audit import cursors
from django_org_members.admin.audit import page as pages
from django_org_members.audit.reading import Cursor
from django_org_members.models import Role

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 2, 3, 12, tzinfo=timezone.utc)
BUDGET = 12


@pytest.fixture
def reader(acme, make_member, make_role):
    """Somebody who may read the log and nothing else."""
    return make_member(acme, role=make_role(acme, "view_audit_log"), full_name="Rita Reader").user


@pytest.fixture
def visit(as_user, page_url, reader):
    """Open the log: `visit(who=reader, site="org", **filters)` returns the response."""

    def open_page(who=None, site="org", **filters):
        return as_user(who or reader).get(page_url("organization_audit", site=site), filters)

    return open_page


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


def shown(response):
    """The verbs of the rows."""
    text_of(response)
    return [row.event.verb for row in response.context["rows"]]


def links(response):
    return {str(label): url for label, url in response.context["pages"]}


# Who sees it


def test_the_tab_and_the_page_need_the_permission(acme, visit, make_member, make_role, list_url, as_user):
    other = make_member(acme, role=make_role(acme, "view_members")).user
    assert visit(who=other).status_code == 403
    assert "Audit Log" not in text_of(as_user(other).get(list_url(acme)))
    assert "Audit Log" in text_of(as_user(acme.owner).get(list_url(acme)))
    assert visit(who=acme.owner).status_code == 200


def test_granted_staff_read_it_in_the_ordinary_admin(acme, visit, make_user):
    granted = make_user(is_staff=True)
    assign_perm("view_audit_log", granted, acme)
    assert visit(who=granted, site="admin").status_code == 200


def test_who_may_only_read_the_log_is_led_to_it(acme, reader, as_user, page_url, list_url):
    response = as_user(reader).get("/org/", follow=True)
    assert response.redirect_chain[-1][0] == page_url("organization_audit")
    assert response.status_code == 200
    assert as_user(reader).get(list_url(acme)).status_code == 403


def test_another_organization_s_log_is_as_missing_as_none(visit, make_organization, as_user, page_url, reader):
    globex = make_organization(name="Globex")
    for name, ids in (("organization_audit", {}), ("audit_export", {"kind": "csv"})):
        foreign = page_url(name, organization=globex, **ids)
        missing = foreign.replace(f"/{globex.pk}/", "/987654/")
        assert as_user(reader).get(foreign).content == as_user(reader).get(missing).content
        assert as_user(reader).get(foreign).status_code == 404


def test_nothing_of_another_organization_is_shown(visit, make_organization, make_member, happened):
    globex = make_organization()
    sarah = make_member(globex, full_name="Sarah Secret")
    happened(globex, {"user": sarah.user, "verb": "secret_verb"})
    for filters in ({}, {"q": "sarah"}, {"user": sarah.user_id}, {"person": "sarah"}, {"verb": "secret_verb"}):
        page = text_of(visit(**filters))
        assert "Sarah Secret" not in page
        assert "Secret verb" not in page


# What a row tells


def test_a_row_tells_who_what_whom_when_and_from_where(acme, visit, happened, make_user):
    ada = make_user(full_name="Ada Min", email="ada@acme.example")
    details = {"role": ["Member", "Admin"], "phone": ["", "+1 202"]}
    with serving(Client(ip_address="192.0.2.7", user_agent="Firefox <3")):
        happened(acme, {"actor": acme.owner, "user": ada, "details": details, "at": NOON})
    page = text_of(visit())
    for words in (
        "Olivia Owens",
        "owner@acme.example",
        "Role changed",
        "Ada Min",
        "ada@acme.example",
        'title="Firefox &lt;3"',
        "192.0.2.7",
        'title="Feb. 3, 2026, noon UTC"',
        "<del><bdi>Member</bdi></del>",
        "<ins><bdi>Admin</bdi></ins>",
        "+1 202",
    ):
        assert words in page, words
    assert "[&quot;" not in page


def test_permissions_are_shown_in_words_as_added_and_removed(acme, visit):
    role = roles.create(actor=acme.owner, organization=acme, name="Night", permissions=["org_members.view_members"])
    roles.edit(actor=acme.owner, role=role, permissions=["org_members.invite_member"])
    page = text_of(visit(verb="role_edited"))
    assert re.search(r"Added:</span><ins><bdi>Invite people by e-mail and manage", page)
    assert re.search(r"Removed:</span><del><bdi>See the organization&#x27;s members", page)
    assert "org_members." not in page


def test_what_has_no_person_is_told_in_words(acme, visit, happened):
    with serving(Client(user_agent="manage.py prune_audit_log")):
        happened(acme, {"verb": "log_pruned", "name": "Acme"})
    happened(acme, {"verb": "ticket_closed", "email": "guest@example.com"})
    page = text_of(visit())
    for words in (
        "Management command",
        "manage.py prune_audit_log",
        "The system",
        "Ticket closed",
        "guest@example.com",
    ):
        assert words in page


def test_a_browser_does_not_pass_for_a_command(acme, visit, happened):
    with serving(Client(ip_address="192.0.2.7", user_agent="manage.py prune_audit_log")):
        happened(acme, {"verb": "account_deleted", "name": "Acme"})
    page = text_of(visit())
    assert "The system" in page
    assert "Management command" not in page


def test_names_and_details_cannot_bring_markup(acme, visit, happened):
    evil = "<script>alert(1)</script>"
    happened(acme, {"verb": evil[:60], "name": evil, "email": evil, "details": {evil: [evil, {evil: evil}]}})
    assert "<script>alert" not in text_of(visit())


def test_everything_that_the_services_write_can_be_shown(acme, visit, provisioned):
    role = Role.objects.member()
    invitation = joining.invite(actor=acme.owner, organization=acme, email="new@example.com", role=role)
    joining.revoke(actor=acme.owner, invitation=invitation)
    member = provisioned()
    for name, params in {"set-role": {"role": Role.objects.admin()}, "disable": {}, "enable": {}, "remove": {}}.items():
        actions.perform(name, actor=acme.owner, members=[member], **params)
    page = text_of(visit())
    for words in ("Invitation sent", "Invitation revoked", "Role changed", "Access disabled", "Member removed"):
        assert words in page


# Filters


@pytest.fixture
def week(acme, happened, make_user):
    """One thing a day, by two people, to two people."""
    ada, grace = make_user(full_name="Ada Lovelace"), make_user(full_name="Grace Hopper")
    for day in range(6):
        who, whom = (ada, grace) if day % 2 else (grace, ada)
        happened(acme, {"verb": f"day_{day}", "actor": who, "user": whom, "at": NOON + timedelta(days=day)})
    happened(acme, {"verb": "day_9", "actor": ada, "at": NOON + timedelta(days=9)})
    return ada, grace


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        ({}, [9, 5, 4, 3, 2, 1, 0]),
        ({"q": "lovelace HOPPER"}, [5, 4, 3, 2, 1, 0]),
        ({"q": "nobody"}, []),
        ({"verb": "day_3"}, [3]),
        ({"since": "2026-02-06"}, [9, 5, 4, 3]),
        ({"until": "2026-02-04"}, [1, 0]),
        ({"since": "2026-02-04", "until": "2026-02-04"}, [1]),
        ({"q": "grace", "since": "2026-02-06", "verb": "day_4"}, [4]),
        ({"person": "grace"}, [5, 4, 3, 2, 1, 0]),
        ({"person": "grace", "verb": "day_2"}, [2]),
    ],
)
def test_filters(week, visit, filters, days):
    assert shown(visit(**filters)) == [f"day_{day}" for day in days]


@override_settings(TIME_ZONE="Pacific/Kiritimati")
def test_days_are_those_of_the_viewer_s_time_zone(week, visit):
    assert shown(visit(since="2026-02-06", until="2026-02-06")) == ["day_2"], "noon in UTC is two in the morning there"


def test_only_this_person_from_a_row_as_actor_and_as_target(week, visit, as_user, reader):
    _ada, grace = week
    page = visit(q="hopper")
    (url,) = {row.who.url for row in page.context["rows"] if row.event.actor_id == grace.pk}
    assert parse_qs(urlsplit(url).query) == {"q": ["hopper"], "user": [str(grace.pk)]}
    response = as_user(reader).get(url)
    assert shown(response) == [f"day_{day}" for day in (5, 4, 3, 2, 1, 0)]
    assert 'class="om-chip"><bdi title="' in text_of(response)
    assert "Grace Hopper" in str(response.context["person"])
    assert f'href="{response.context["without_person"]}"' in text_of(response).replace("&amp;", "&")


def test_somebody_who_does_not_see_members_finds_people_in_the_log_only(week, visit, acme, make_member):
    make_member(acme, full_name="Hidden Person")
    assert "Nobody in this log has this name or address." in text_of(visit(person="hidden"))
    assert shown(visit(person="hidden", who=acme.owner)) == []


def test_several_people_are_offered_to_choose_from(week, visit, as_user, reader):
    response = visit(person="example.com", verb="day_3")
    page = text_of(response)
    assert "This may be several people. Choose one:" in page
    assert shown(response) == []
    urls = [url for person, url in response.context["several"] if person.name == "Ada Lovelace"]
    assert shown(as_user(reader).get(urls[0])) == ["day_3"]


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"since": "yesterday"}, "since"),
        ({"since": "0001-01-01"}, "since"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-02-04", "until": "2026-02-03"}, "until"),
        ({"verb": "unheard_of"}, "verb"),
        ({"q": "\x00"}, "q"),
        ({"person": "nobody at all"}, "person"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_nothing_is_shown(
    week, visit, as_user, reader, page_url, filters, field
):
    response = visit(**filters)
    assert list(response.context["form"].errors) == [field]
    assert shown(response) == []
    assert "Correct the filters to see events." in text_of(response)
    assert "Clear filters" in text_of(response)
    export = as_user(reader).get(page_url("audit_export", kind="csv"), filters)
    assert (export.status_code, urlsplit(export["Location"]).path) == (302, page_url("organization_audit"))


@pytest.mark.parametrize("user", ["x", "-1", "9" * 40, "1.5", "٣", "1 OR 1=1"])
def test_a_key_that_is_none_is_said_at_the_person(week, visit, user):
    response = visit(user=user)
    assert shown(response) == []
    assert response.context["form"].errors == {"person": ["Nobody in this log has this name or address."]}


def test_somebody_without_events_has_an_empty_log(week, visit, make_user, make_member, acme):
    stranger = make_user(full_name="Sam Stranger")
    page = text_of(visit(user=stranger.pk))
    assert "No events match these filters." in page
    assert "Sam Stranger" not in page, "a user of somewhere else"
    member = make_member(acme, full_name="Mia Member")
    assert "Mia Member" in text_of(visit(user=member.user_id, who=acme.owner))
    assert "Mia Member" not in text_of(visit(user=member.user_id)), "who does not see members"


def test_the_actions_offered_are_those_that_occur_in_words(week, visit):
    field = visit().context["form"].fields["verb"]
    words = [str(label) for _value, label in field.choices]
    assert words == ["All actions", *(f"Day {day}" for day in (0, 1, 2, 3, 4, 5, 9))]


def test_an_action_that_never_occurred_can_be_asked_for(week, visit):
    response = visit(verb="ownership_transferred")
    assert shown(response) == []
    assert not response.context["form"].errors


def test_an_empty_log_says_so(visit):
    page = text_of(visit())
    assert "Nothing has been recorded yet." in page
    assert "Clear filters" not in page


# Pages


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 3)


def test_pages_are_linked_both_ways_and_keep_the_filters(small_pages, week, visit, as_user, reader):
    client = as_user(reader)
    first = visit(q="grace")
    assert list(links(first)) == ["Older", "Oldest"]
    second = client.get(links(first)["Older"])
    assert shown(first) + shown(second) == [f"day_{day}" for day in (5, 4, 3, 2, 1, 0)]
    assert list(links(second)) == ["Newest", "Newer"]
    assert shown(client.get(links(second)["Newer"])) == shown(first)
    assert shown(client.get(links(first)["Oldest"])) == shown(second)
    for url in links(second).values():
        assert parse_qs(urlsplit(url).query)["q"] == ["grace"]


def test_a_person_found_by_name_is_picked_by_key_from_then_on(small_pages, week, visit):
    query = parse_qs(urlsplit(links(visit(person="grace"))["Older"]).query)
    assert query["user"] == [str(week[1].pk)]
    assert "person" not in query


@pytest.mark.parametrize("name", ["before", "after"])
@pytest.mark.parametrize(
    "place",
    ["", "x", "-", "1", "1-", "-1", "1-1-1", "²-1", "0x1-1", "9" * 30 + "-1", "1-" + "9" * 30, "١-١", "-1-1", "1 -1"],
)
def test_a_place_that_makes_no_sense_is_the_newest_page(small_pages, week, visit, name, place):
    assert shown(visit(**{name: place})) == ["day_9", "day_5", "day_4"]


@pytest.mark.parametrize("place", ["0-0", "253402300799999999-1", f"{keyset.LATEST}-{2**63 - 1}", "1-1"])
def test_a_place_at_the_end_of_time_is_no_error(small_pages, week, visit, place):
    for name in ("before", "after"):
        assert visit(**{name: place}).status_code == 200


def test_a_place_that_is_gone_leads_back(small_pages, week, visit):
    response = visit(before="0-0")
    assert "There are no events on this page any more." in text_of(response)
    assert list(links(response)) == ["Newest"]


@pytest.mark.parametrize("at", [NOON, NOON + timedelta(microseconds=1), datetime(1970, 1, 1, tzinfo=timezone.utc)])
def test_a_place_is_read_as_it_was_written(at):
    cursor = Cursor(at, 7)
    assert cursors.read(cursors.written(cursor)) == cursor


def test_a_project_without_time_zones_has_places_too():
    with override_settings(USE_TZ=False):
        cursor = Cursor(NOON.replace(tzinfo=None), 7)
        assert cursors.read(cursors.written(cursor)) == cursor


@pytest.mark.parametrize("site", ["org", "admin"])
@pytest.mark.parametrize("filters", [{}, {"q": "person"}, {"verb": "role_changed"}, {"user": 1}, {"person": "reader"}])
def test_the_page_keeps_to_its_budget(acme, as_user, page_url, happened, reader, staff, make_user, filters, site):
    people = [make_user() for _ in range(4)]

    def queries():
        client = as_user(reader if site == "org" else staff)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page_url("organization_audit", site=site), filters).status_code == 200
        return len(captured)

    happened(acme, *({"actor": reader, "user": people[0]} for _ in range(2)))
    few = queries()
    happened(acme, *({"actor": people[n % 4], "user": people[n % 3]} for n in range(120)))
    assert queries() <= few <= BUDGET


# The member's detail


def test_the_member_s_own_history_stands_below_the_sign_ins(acme, as_user, page_url, make_member, happened):
    member = make_member(acme, full_name="Ada Min")
    happened(
        acme, *({"user": member.user, "verb": f"day_{day}", "at": NOON + timedelta(days=day)} for day in range(12))
    )
    happened(acme, {"actor": member.user, "verb": "done_by_her"})
    page = text_of(as_user(acme.owner).get(page_url("member_activity", member_id=member.pk)))
    assert page.index("Recent Login Activity") < page.index(">Changes<")
    assert page.index("Day 11") < page.index("Day 10") < page.index("Day 2")
    assert "Day 1<" not in page, "the newest ten"
    assert "Done by her" not in page
    url = re.search(r'href="([^"]+)">All in the audit log', page)[1]
    found = as_user(acme.owner).get(url)
    assert len(shown(found)) == 13


def test_who_may_not_read_the_log_is_told_so(acme, as_user, page_url, make_member, make_role, happened):
    viewer = make_member(acme, role=make_role(acme, "view_members", "view_member_activity")).user
    member = make_member(acme)
    happened(acme, {"user": member.user, "verb": "hidden_thing"})
    page = text_of(as_user(viewer).get(page_url("member_activity", member_id=member.pk)))
    assert "Hidden thing" not in page
    assert "All in the audit log" not in page
    assert "Your role does not let you do this." in page
