"""The example project's own pages: what a person may do there comes from the role in the ticket's organization."""

from __future__ import annotations

import re

import pytest

from .browser import Browser
from .test_demo import PASSWORD, query

pytestmark = pytest.mark.example


@pytest.fixture
def as_(server):
    """Sign somebody in, and return the browser: `as_("agent@acme.example")`."""

    def sign_in(name, *, site="/org/"):
        browser = Browser(server.url)
        _, address, _, _ = browser.sign_in(site, name, PASSWORD, to="/tickets/")
        assert address.endswith("/tickets/")
        return browser

    return sign_in


@pytest.fixture
def ticket_of(server):
    """Find a ticket: `ticket_of("acme", "open")` returns its pk."""

    def find(slug, status):
        sql = (
            "SELECT t.id FROM tickets_ticket t JOIN org_members_organization o ON o.id = t.organization_id "
            f"WHERE o.slug = '{slug}' AND t.status = '{status}' ORDER BY t.id LIMIT 1"
        )
        return query(server, sql)[0][0]

    return find


def titles(browser, where="?status=all"):
    status, _, page, _ = browser.get(f"/tickets/{where}")
    assert status == 200
    return set(re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', page))


def test_nobody_sees_anything_without_signing_in(server):
    _, address, _, _ = Browser(server.url).get("/tickets/")
    assert "/org/login/?next=/tickets/" in address


def test_a_list_shows_the_organizations_in_which_one_may_look(as_):
    acme, globex = titles(as_("owner@acme.example")), titles(as_("owner@globex.example"))
    assert "VPN drops every hour" in acme
    assert "Van 7 needs new tyres" in globex
    assert not acme & globex
    assert titles(as_("staff@example.com")) == acme | globex
    assert titles(as_("agent@acme.example")) == titles(as_("support@example.com")) == acme
    assert titles(as_("emre.aksoy@globex.example")) == globex


def test_a_list_is_narrowed_by_organization_and_status(as_):
    browser = as_("staff@example.com")
    everything = titles(browser)
    assert titles(browser, "?organization=acme&status=all") | titles(browser, "?organization=globex&status=all") == (
        everything
    )
    assert titles(browser, "?status=open") | titles(browser, "?status=closed") == everything
    assert titles(browser, "?organization=globex&status=closed") == {"Two sets of keys for the depot"}
    assert titles(browser, "?organization=nowhere&page=x&status=") == set()
    assert titles(as_("agent@acme.example"), "?organization=globex&status=all") == set()


def test_who_has_no_right_is_told_so(as_):
    _, _, page, _ = as_("member@acme.example").get("/tickets/")
    assert "Your role does not let you see the tickets of any organization." in page
    assert "New ticket: your role does not let you open tickets." in page


def test_anothers_ticket_is_as_missing_as_one_that_does_not_exist(as_, ticket_of):
    browser = as_("agent@acme.example")
    theirs = ticket_of("globex", "open")
    for path in (f"/tickets/{theirs}/", f"/tickets/{theirs}/edit/", "/tickets/999999/"):
        assert browser.get(path)[0] == 404
    assert browser.post("/tickets/", to=f"/tickets/{theirs}/close/")[0] == 404


def test_an_agent_closes_a_ticket_and_does_nothing_else(as_, ticket_of):
    browser, pk = as_("agent@acme.example"), ticket_of("acme", "open")
    _, _, page, _ = browser.get(f"/tickets/{pk}/")
    assert f'action="/tickets/{pk}/close/"' in page
    assert "Edit: your role in Acme does not let you edit tickets." in page
    assert browser.get(f"/tickets/{pk}/close/")[0] == 405, "reading changes nothing"
    for path, reason in ((f"/tickets/{pk}/edit/", "edit tickets"), ("/tickets/new/", "open tickets")):
        status, _, page, _ = browser.get(path)
        assert status == 403
        assert f"does not let you {reason}" in page
        assert browser.post("/tickets/", to=path, title="Forced", body="", organization=1)[0] == 403
    status, address, page, _ = browser.post(f"/tickets/{pk}/", to=f"/tickets/{pk}/close/")
    assert (status, address) == (200, f"{browser.base_url}/tickets/{pk}/")
    assert "Close ticket: it is closed already." in page


def test_who_may_not_close_is_refused_by_the_server_too(as_, ticket_of):
    pk = ticket_of("globex", "open")
    browser = as_("noor.alsayed@globex.example")
    assert "Close ticket: your role in Globex does not let you close tickets." in browser.get(f"/tickets/{pk}/")[2]
    status, _, page, _ = browser.post(f"/tickets/{pk}/", to=f"/tickets/{pk}/close/")
    assert status == 403
    assert "does not let you close tickets" in page
    assert pk == ticket_of("globex", "open")


def test_a_ticket_is_opened_and_edited_where_one_may(as_, server):
    browser = as_("emre.aksoy@globex.example")
    organizations = dict(query(server, "SELECT slug, id FROM org_members_organization"))
    fields = {"title": "Fuel <cards>", "body": "Two of them\n\nare blocked."}
    _, _, page, _ = browser.post("/tickets/new/", organization=organizations["acme"], **fields)
    assert "Select a valid choice" in page
    _, _, page, _ = browser.post("/tickets/new/", organization=organizations["globex"], title="", body="")
    assert "This field is required" in page
    _, address, page, _ = browser.post("/tickets/new/", organization=organizations["globex"], **fields)
    assert "Opened “Fuel &lt;cards&gt;”." in page
    assert "Emre Aksoy" in page
    path = address.removeprefix(server.url)
    _, _, page, _ = browser.post(f"{path}edit/", title="Fuel cards", body="Sorted out.")
    assert "Saved “Fuel cards”." in page
    assert ("Fuel cards", "open") in query(server, "SELECT title, status FROM tickets_ticket")


def test_the_ordinary_admin_honours_permissions_on_the_organization(as_, ticket_of):
    """Platform staff who look after Acme: its tickets by a grant, and nothing of Globex's."""
    support, ours, theirs = (
        as_("support@example.com", site="/admin/"),
        ticket_of("acme", "open"),
        ticket_of("globex", "open"),
    )
    assert "/admin/tickets/ticket/" in support.get("/admin/")[2]
    status, _, page, _ = support.get("/admin/tickets/ticket/")
    assert status == 200
    assert page.count('class="field-organization') == len(titles(support))
    assert "Globex" not in page
    assert "Close selected tickets" not in page
    _, _, page, _ = support.get(f"/admin/tickets/ticket/{ours}/change/")
    assert 'name="title"' not in page, "shown, not edited"
    assert "does" in support.get(f"/admin/tickets/ticket/{theirs}/change/")[2], "told that it does not exist"
    assert support.get("/admin/tickets/ticket/add/")[0] == 403


def test_a_superuser_closes_and_opens_in_the_ordinary_admin(as_, ticket_of, server):
    staff, pk = as_("staff@example.com", site="/admin/"), ticket_of("acme", "open")
    fields = {"action": "close", "_selected_action": [pk], "index": 0}
    assert "Closed: 1." in staff.post("/admin/tickets/ticket/", **fields)[2]
    acme = query(server, "SELECT id FROM org_members_organization WHERE slug = 'acme'")[0][0]
    fields = {"organization": acme, "title": "From the admin", "body": ""}
    assert "was added successfully" in staff.post("/admin/tickets/ticket/add/", **fields)[2]
    assert query(
        server,
        "SELECT u.email FROM tickets_ticket t JOIN auth_user u ON u.id = t.created_by_id WHERE t.title = 'From the admin'",
    ) == [("staff@example.com",)]


GIVE = """
from django.contrib.auth.models import Permission, User
from django_org_members.models import Organization, OrganizationUserGrant
user, acme = User.objects.get(email="support@example.com"), Organization.objects.get(slug="acme")
view, close = (Permission.objects.get(content_type__app_label="tickets", codename=each + "_ticket") for each in ("view", "close"))
user.user_permissions.{change}(view)
OrganizationUserGrant.objects.{write}
"""


def test_an_action_of_the_admin_asks_about_each_row(as_, ticket_of, server):
    """Somebody who sees every organization's tickets, and closes those of one."""
    write = "bulk_create([OrganizationUserGrant(user=user, content_object=acme, permission=close)])"
    server.run("shell", "--command", GIVE.format(change="add", write=write))
    ours, theirs = ticket_of("acme", "open"), ticket_of("globex", "open")
    support = as_("support@example.com", site="/admin/")
    fields = {"action": "close", "_selected_action": [ours, theirs], "index": 0}
    page = support.post("/admin/tickets/ticket/", **fields)[2]
    server.run("shell", "--command", GIVE.format(change="remove", write="filter(permission=close).delete()"))
    assert "Closed: 1." in page
    assert "Left out, as you may not close them: 1." in page
    assert theirs == ticket_of("globex", "open")
    assert "Close selected tickets" not in support.get("/admin/tickets/ticket/")[2], "and at once no more"


COUNT = """
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_org_members.models import Organization
from tickets.models import Ticket
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.get(email="owner@acme.example"))
def count(path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)
acme = Organization.objects.get(slug="acme")
pages = "/tickets/", f"/tickets/{acme.tickets.first().pk}/"
[client.get(path) for path in pages]
before = [count(path) for path in pages]
with transaction.atomic():
    Ticket.objects.bulk_create(Ticket(organization=acme, title=f"Ticket {n}") for n in range(100))
    after = [count(path) for path in pages]
    transaction.set_rollback(True)
print(before, after)
"""


def test_a_page_costs_the_same_for_a_hundred_tickets(project):
    """Of the list: session, user, organizations, number, page, and whether there is one to open tickets in."""
    assert project.run("shell", "--verbosity", "0", "--command", COUNT).stdout.split("\n")[-2] == "[6, 5] [6, 5]"


def test_the_pages_have_a_strict_policy_and_nothing_inline(as_, ticket_of):
    browser = as_("owner@globex.example")
    for path in ("/tickets/", f"/tickets/{ticket_of('globex', 'open')}/", "/tickets/new/"):
        _, _, page, headers = browser.get(path)
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", page)
        for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
            assert browser.get(asset)[0] == 200, asset


def test_one_signs_out(as_):
    browser = as_("agent@acme.example")
    _, address, _, _ = browser.post("/tickets/", to="/account/sign-out/?next=/")
    assert address == f"{browser.base_url}/"
    assert "/login/" in browser.get("/tickets/")[1]
