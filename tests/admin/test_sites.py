"""Who gets into which site, and that the site for managers knows nothing else of the project."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from guardian.shortcuts import assign_perm

from django_org_members.admin import shell
from django_org_members.admin.shell import TABS, Tab
from django_org_members.models import Membership, Organization, Role

pytestmark = pytest.mark.django_db


def is_sign_in(response):
    return response.status_code == 302 and "/login/" in response["Location"]


def test_nobody_is_let_in_without_signing_in(acme, list_url):
    for url in (reverse("org:index"), list_url(acme)):
        assert is_sign_in(Client().get(url))


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_a_manager_goes_straight_to_the_one_organization(acme, admin_member, as_user, list_url, role):
    user = acme.owner if role == "owner" else admin_member.user
    response = as_user(user).get(reverse("org:index"))
    assert (response.status_code, response["Location"]) == (302, list_url(acme))
    assert as_user(user).get(list_url(acme)).status_code == 200


# Picking an organization


def test_a_manager_of_several_picks_one(acme, make_organization, make_member, as_user, page_url, list_url):
    globex = make_organization(name="Globex")
    initech = make_organization(name="Initech")
    hooli = make_organization(name="Hooli")
    make_member(globex, role="admin", user=acme.owner)
    make_member(initech, role="member", user=acme.owner)
    make_member(hooli, role="admin", user=acme.owner, disabled=True)
    client = as_user(acme.owner)

    page = client.get(reverse("org:index"))

    assert [(each.organization.name, each.role.label) for each in page.context["choices"]] == [
        ("Acme", "Owner"),
        ("Globex", "Admin"),
    ]
    for organization, members in ((acme, "1 member"), (globex, "2 members")):
        address = page_url("organization_settings", organization=organization)
        assert address in page.content.decode()
        assert members in page.content.decode()
        response = client.get(address)
        assert (response.status_code, response["Location"]) == (302, list_url(organization))
    assert "Initech" not in page.content.decode()
    assert "Hooli" not in page.content.decode()


@pytest.fixture
def manager_of_many(make_user):
    """Make somebody who is an Admin of so many organizations: `manager_of_many(1000)`."""

    def make(number):
        manager, owner = make_user(), make_user()
        organizations = Organization.objects.bulk_create(
            Organization(name=f"Customer {each:04}", slug=f"customer-{each}", owner=owner) for each in range(number)
        )
        for user, role in ((owner, Role.objects.owner()), (manager, Role.objects.admin())):
            Membership.objects.bulk_create(
                Membership(organization=each, user=user, role=role) for each in organizations
            )
        return manager

    return make


def session_queries(client, url):
    """Return the queries of a page, without those that tell who is signed in."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    return response, [query["sql"] for query in captured if not ABOUT_THE_SESSION.search(query["sql"])]


ABOUT_THE_SESSION = re.compile(r"FROM .?(django_session|auth_user|email_user_app_person)\b")


@pytest.mark.parametrize("number", [2, 1000])
def test_picking_costs_the_same_for_a_thousand_organizations(manager_of_many, as_user, number):
    client = as_user(manager_of_many(number))
    for query in ("", "?p=20", "?q=customer", "?q=0001"):
        response, queries = session_queries(client, reverse("org:index") + query)
        assert response.status_code == 200
        assert len(queries) <= 3, (query, queries)


def test_a_thousand_organizations_are_paged_and_searched(manager_of_many, as_user):
    client, seen = as_user(manager_of_many(120)), []
    url = reverse("org:index")
    while url:
        page = client.get(url).context
        seen += [each.organization.name for each in page["choices"]]
        url = reverse("org:index") + page["next_url"] if page["next_url"] else ""
    assert seen == [f"Customer {number:04}" for number in range(120)]
    found = client.get(reverse("org:index"), {"q": "CUSTOMER 011"}).context["choices"]
    assert [each.organization.name[-4:] for each in found] == ["0011", *(f"011{number}" for number in range(10))]
    assert "No organization matches “nothing”" in client.get(reverse("org:index"), {"q": "nothing"}).content.decode()
    second = client.get(reverse("org:index"), {"q": "customer", "p": "2"}).context
    assert second["previous_url"] == "?q=customer&p=1"


def test_a_search_that_finds_one_goes_nowhere_by_itself(manager_of_many, as_user):
    response = as_user(manager_of_many(10)).get(reverse("org:index"), {"q": "0003"})
    assert (response.status_code, len(response.context["choices"])) == (200, 1)


def test_the_search_finds_nothing_of_others(manager_of_many, make_organization, as_user):
    make_organization(name="Secret customer", slug="secret")
    client = as_user(manager_of_many(10))
    for query in ("secret", "Secret customer", "%", "_"):
        assert client.get(reverse("org:index"), {"q": query}).context["choices"].count() == 0


def test_who_manages_several_gets_back_to_the_list_at_no_cost(acme, make_organization, make_member, as_user, list_url):
    """The link stands on every page; one query tells of it together with the organization."""
    client, back = as_user(acme.owner), f'<a href="{reverse("org:index")}">All organizations</a>'
    response, alone = session_queries(client, list_url(acme))
    assert back not in response.content.decode()
    globex = make_organization(name="Globex")
    membership = make_member(globex, role="member", user=acme.owner)
    assert back not in client.get(list_url(acme)).content.decode(), "a member of the other, who manages nothing"
    Membership.objects.filter(pk=membership.pk).update(role=Role.objects.admin())
    response, several = session_queries(client, list_url(acme))
    assert back in response.content.decode()
    assert len(several) == len(alone)


def test_the_ordinary_site_has_its_list_instead(acme, make_organization, staff, as_user, list_url):
    make_organization(owner=staff)
    make_organization(owner=staff)
    assert "All organizations</a>" not in as_user(staff).get(list_url(acme, "admin")).content.decode()


# Coming in by the first page that one may open

ENTRANCES = [
    (["view_members"], "organization_members"),
    (["view_members", "view_roles", "view_audit_log"], "organization_members"),
    (["view_roles"], "organization_roles"),
    (["manage_roles"], "organization_roles"),
    (["view_audit_log"], "organization_audit"),
    (["invite_member"], None),
    (["reset_member_mfa", "create_member"], None),
]


@pytest.mark.parametrize(("names", "tab"), ENTRANCES)
def test_everybody_comes_in_where_they_may(acme, make_member, make_role, make_user, as_user, page_url, names, tab):
    """By a role in the site for managers, and by a grant in the ordinary one."""
    manager = make_member(acme, role=make_role(acme, *names)).user
    granted = make_user(is_staff=True)
    for name in names:
        assign_perm(name, granted, acme)
    for user, site in ((manager, "org"), (granted, "admin")):
        client = as_user(user)
        entrance = page_url("organization_settings", site=site)
        wanted = page_url(tab, site=site) if tab else entrance
        response = client.get(entrance, follow=True)
        assert (response.status_code, response.request["PATH_INFO"]) == (200, wanted)
        if site == "org":
            response = client.get(reverse("org:index"), follow=True)
            assert (response.status_code, response.request["PATH_INFO"]) == (200, wanted)


def test_who_sees_no_tab_is_told_what_they_may_do(acme, make_member, make_role, as_user, page_url):
    user = make_member(acme, role=make_role(acme, "invite_member", "reset_member_mfa")).user
    page = as_user(user).get(page_url("organization_settings")).content.decode()
    assert "Invite people by e-mail and manage pending invitations" in page
    assert page_url("member_invite") in page
    assert page_url("member_create") not in page
    form = as_user(user).get(page_url("member_invite")).content.decode()
    assert page_url("organization_members") + '"' not in form, "no link to the list that is refused"
    response = as_user(user).post(
        page_url("member_invite"), {"email": "new@example.com", "role": Role.objects.member().pk}, follow=True
    )
    assert response.status_code == 200, "and is led back here, not to a list that is refused"
    assert "new@example.com" in response.content.decode()


def test_a_superuser_comes_in_by_the_members_not_by_the_stock_page(acme, staff, as_user, page_url, list_url):
    response = as_user(staff).get(page_url("organization_settings", site="admin"))
    assert response["Location"] == list_url(acme, "admin")


def test_an_own_tab_is_an_entrance_too(acme, make_member, make_role, as_user, page_url, monkeypatch):
    monkeypatch.setattr(shell, "TABS", [*TABS, Tab("members", "People", "org_members.reset_member_mfa")])
    user = make_member(acme, role=make_role(acme, "reset_member_mfa")).user
    response = as_user(user).get(page_url("organization_settings"))
    assert response["Location"] == page_url("organization_members")


@pytest.mark.parametrize("who", ["member", "stranger", "admin elsewhere"])
def test_the_entrance_is_closed_to_others(acme, make_member, make_organization, make_user, as_user, page_url, who):
    user = {
        "member": lambda: make_member(acme).user,
        "stranger": make_user,
        "admin elsewhere": lambda: make_member(make_organization(), role="admin").user,
    }[who]()
    for site in ("org", "admin"):
        response = as_user(user).get(page_url("organization_settings", site=site))
        assert is_sign_in(response) or response.status_code == 404


def test_who_has_no_right_by_a_role_is_not_let_in(acme, make_member, make_user, make_role, as_user, list_url):
    member = make_member(acme).user
    powerless = make_member(acme, role=make_role(acme)).user
    disabled = make_member(acme, role="admin", disabled=True).user
    for user in (member, powerless, disabled, make_user()):
        assert is_sign_in(as_user(user).get(reverse("org:index")))
        assert is_sign_in(as_user(user).get(list_url(acme)))


def test_neither_staff_nor_grants_open_the_site_for_managers(acme, make_user, staff, as_user, list_url):
    granted = make_user(is_staff=True)
    assign_perm("view_members", granted, acme)
    for user in (staff, granted):
        assert is_sign_in(as_user(user).get(list_url(acme)))
        assert as_user(user).get(list_url(acme, "admin")).status_code == 200


def test_a_custom_role_with_one_right_is_let_in(acme, make_member, make_role, as_user, list_url):
    help_desk = make_role(acme, "view_members", "reset_member_mfa")
    user = make_member(acme, role=help_desk).user
    assert as_user(user).get(list_url(acme)).status_code == 200


def test_who_may_do_something_but_not_see_members_is_told_so(acme, make_member, make_role, as_user, list_url):
    user = make_member(acme, role=make_role(acme, "invite_member")).user
    assert as_user(user).get(list_url(acme)).status_code == 403


def test_another_organization_is_as_missing_as_none(acme, make_organization, as_user, list_url):
    globex = make_organization()
    client = as_user(acme.owner)
    foreign = client.get(list_url(globex))
    missing = client.get(list_url(globex).replace(f"/{globex.pk}/", "/999999/"))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_a_manager_is_no_staff(acme, as_user, list_url):
    client = as_user(acme.owner)
    assert is_sign_in(client.get(reverse("admin:index")))
    assert is_sign_in(client.get(list_url(acme, "admin")))


@pytest.mark.parametrize("name", ["autocomplete", "view_on_site", "org_members_organization_changelist"])
def test_the_site_for_managers_has_no_views_of_other_models(name):
    with pytest.raises(NoReverseMatch):
        reverse(f"org:{name}", args=[1, 1] if name == "view_on_site" else [])


@pytest.mark.parametrize(
    "path", ["auth/user/", "autocomplete/?app_label=auth", "r/1/1/", "org_members/", "org_members/organization/", "x/"]
)
def test_nothing_else_of_the_project_is_found_there(acme, as_user, path):
    assert as_user(acme.owner).get(f"/org/{path}").status_code == 404


def test_the_stock_pages_of_an_organization_are_not_there(acme, as_user):
    for page in ("change", "delete", "history"):
        assert as_user(acme.owner).get(f"/org/org_members/organization/{acme.pk}/{page}/").status_code == 404
    assert as_user(acme.owner).get("/org/org_members/organization/add/").status_code == 404


def test_the_pages_of_the_site_itself_work(acme, as_user):
    client = as_user(acme.owner)
    assert client.get(reverse("org:password_change")).status_code == 200
    assert client.get(reverse("org:jsi18n")).status_code == 200
    assert client.post(reverse("org:logout")).status_code == 200


def test_model_permissions_of_the_project_change_nothing_there(acme, make_member, as_user, list_url):
    user = make_member(acme).user
    user.user_permissions.set(Permission.objects.filter(codename="view_members"))
    assert is_sign_in(as_user(user).get(list_url(acme)))


# Beside other sites, and alone


def links(response):
    if response.streaming:  # a file, not a page
        return []
    return re.findall(r'(?:href|action)="(/[^"#]*)"', response.content.decode())


def crawl(client, start):
    """Follow every link from the start; yields each page with the addresses on it."""
    seen, waiting = set(), [start]
    while waiting:
        url = waiting.pop()
        if url in seen or url == "/" or url.startswith("/static/"):  # the project's own pages, beside ours
            continue
        seen.add(url)
        response = client.get(url, follow=True)
        found = links(response)
        yield url, response, found
        waiting += [each.replace("&amp;", "&") for each in found if "logout" not in each]


@pytest.mark.urls("tests.urls_org_only")
def test_it_works_without_the_ordinary_site(acme, admin_member, make_member, password, settings):
    settings.LOGIN_URL = "/org/login/"
    make_member(acme)
    client = Client()
    response = client.post("/org/login/", {"username": admin_member.email, "password": password}, follow=True)
    assert response.status_code == 200
    pages = {url: response.status_code for url, response, _ in crawl(client, "/org/")}
    assert set(pages.values()) <= {200, 405}, "405: addresses of forms that are only posted to"
    assert len(pages) > 20
    changed = {"old_password": password, "new_password1": "another-battery-9", "new_password2": "another-battery-9"}
    assert client.post("/org/password_change/", changed, follow=True).status_code == 200
    response = client.post("/org/logout/", follow=True)
    assert response.status_code == 200
    assert is_sign_in(client.get("/org/"))
    assert client.get("/admin/").status_code == 404


@pytest.mark.urls("tests.urls_two_sites")
@pytest.mark.parametrize(("prefix", "other"), [("/people/", "/org/"), ("/org/", "/people/")])
def test_a_second_site_keeps_to_itself(acme, admin_member, make_member, make_organization, as_user, prefix, other):
    make_member(make_organization(), role="admin", user=admin_member.user)
    make_member(acme)
    number = 0
    for url, _response, found in crawl(as_user(admin_member.user), prefix):
        assert url.startswith((prefix, "/account/")), "a person's own pages are no site's"
        assert not [each for each in found if each.startswith((other, "/admin/"))], url
        number += 1
    assert number > 20


@pytest.mark.urls("tests.urls_two_sites")
def test_new_members_are_led_to_the_site_that_the_setting_names(acme, admin_member, as_user, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MEMBERS_SITE": "people"}
    page = as_user(admin_member.user).get(reverse("org_members:joined", args=[acme.pk]))
    assert page.context["next"] == reverse("people:org_members_organization_settings", args=[acme.pk])
