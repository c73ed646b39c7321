"""The tab Access, and the pages that grant permissions and take them back."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from guardian.shortcuts import assign_perm

from django_org_members import access
from django_org_members.access import holders
from django_org_members.models import AuditEvent, Membership, OrganizationGroupGrant, OrganizationUserGrant, Role
from django_org_members.policy.grants import query_name

pytestmark = pytest.mark.django_db
VIEW, DISABLE, ROLES = "org_members.view_members", "org_members.disable_member", "org_members.view_roles"
OWN = "org_members.transfer_ownership"


@pytest.fixture
def root(make_user):
    return make_user(email="root@example.com", full_name="Robin Root", is_staff=True, is_superuser=True)


@pytest.fixture
def sam(make_user):
    return make_user(email="sam@example.com", full_name="Sam Support", is_staff=True)


@pytest.fixture
def support(sam):
    group = Group.objects.create(name="Support")
    sam.groups.add(group)
    return group


@pytest.fixture
def globex(make_organization):
    return make_organization(name="Globex")


@pytest.fixture
def url(acme):
    """The address of a page: `url("grant", scope="one" or "all", pk=…)`; without a name, the tab."""

    def make(name="", *, scope="one", organization=acme, pk=None):
        page = f"access_{name}" if name else "access"
        ids = {} if pk is None else {f"{name}_id": pk}
        if scope == "all":
            return reverse(f"admin:org_members_everywhere_{page}", kwargs=ids)
        return reverse(f"admin:org_members_organization_{page}", kwargs={"organization_id": organization.pk, **ids})

    return make


def rows():
    """Everything that gives somebody a permission beside a role, and what was written down."""
    held = Permission.objects.filter(**{f"{query_name('user_permissions')}__isnull": False})
    return (
        set(OrganizationUserGrant.objects.values_list("user", "permission__codename", "content_object")),
        set(OrganizationGroupGrant.objects.values_list("group", "permission__codename", "content_object")),
        set(held.values_list(query_name("user_permissions"), "codename")),
        set(Permission.objects.filter(group__isnull=False).values_list("group", "codename")),
        AuditEvent.objects.count(),
    )


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def fresh(user):
    return get_user_model()._default_manager.get(pk=user.pk)


# Granting


@pytest.mark.parametrize("scope", ["one", "all"])
@pytest.mark.parametrize("kind", ["user", "group"])
def test_a_superuser_grants_and_takes_back(as_user, root, sam, support, acme, globex, url, scope, kind):
    client = as_user(root)
    assert client.get(url("grant", scope=scope)).status_code == 200
    form = {"user": " SAM@example.com "} if kind == "user" else {"group": support.pk}
    response = client.post(url("grant", scope=scope), {**form, "permissions": [VIEW, DISABLE]})
    assert (response.status_code, response["Location"]) == (302, url(scope=scope))
    who = "Sam Support" if kind == "user" else "Support"
    assert told(response) == [
        f"Granted to {who}: See the organization's members and Disable and enable members' access."
    ]
    assert fresh(sam).has_perm(VIEW, acme)
    assert fresh(sam).has_perm(VIEW, globex) == (scope == "all")
    assert AuditEvent.objects.get(verb="access_granted").actor_id == root.pk

    page = client.get(url(scope=scope)).content.decode()
    back = url(kind, scope=scope, pk=sam.pk if kind == "user" else support.pk)
    assert back in page
    assert client.get(back).content.decode().count(" checked") == 2
    assert fresh(sam).has_perm(VIEW, acme), "looking takes nothing back"
    response = client.post(back, {"permissions": [VIEW]})
    assert (response.status_code, response["Location"]) == (302, url(scope=scope))
    assert told(response) == [f"Taken back from {who}: See the organization's members."]
    assert not fresh(sam).has_perm(VIEW, acme)
    assert fresh(sam).has_perm(DISABLE, acme)


def test_who_is_no_staff_gets_it_with_a_warning(as_user, root, make_user, acme, url):
    user = make_user(email="sue@example.com", full_name="Sue Stranger")
    response = as_user(root).post(url("grant"), {"user": "sue@example.com", "permissions": [VIEW]})
    assert fresh(user).has_perm(VIEW, acme)
    assert "Sue Stranger is not staff" in told(response)[1]
    assert "Not staff" in as_user(root).get(url()).content.decode()


def test_doing_it_again_says_so(as_user, root, sam, url):
    client, form = as_user(root), {"user": "sam@example.com", "permissions": [VIEW]}
    client.post(url("grant"), form)
    before = rows()
    assert told(client.post(url("grant"), form))[-1] == "Sam Support had all of this already."
    assert rows() == before


def test_a_user_is_found_by_username_too(as_user, root, make_user, acme, url):
    if get_user_model().USERNAME_FIELD == "email":
        pytest.skip("The username is the address.")
    user = make_user(username="zoe", email="")
    assert as_user(root).post(url("grant"), {"user": "zoe", "permissions": [VIEW]}).status_code == 302
    assert fresh(user).has_perm(VIEW, acme)


def test_two_users_of_one_address_are_told_apart_by_username(as_user, root, make_user, url):
    if get_user_model().USERNAME_FIELD == "email":
        pytest.skip("There is one user with an address.")
    make_user(username="zoe", email="zoe@example.com")
    make_user(username="zed", email="ZOE@example.com")
    response = as_user(root).post(url("grant"), {"user": "zoe@example.com", "permissions": [VIEW]})
    assert "enter the username" in response.context["form"].errors["user"][0]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"permissions": [VIEW]}, "user"),
        ({"user": "", "group": "", "permissions": [VIEW]}, "user"),
        ({"user": "sam@example.com", "group": "the group", "permissions": [VIEW]}, "user"),
        ({"user": "nobody@example.com", "permissions": [VIEW]}, "user"),
        ({"user": "sam@", "permissions": [VIEW]}, "user"),
        ({"user": "sam@example.com\x00", "permissions": [VIEW]}, "user"),
        ({"user": "a" * 100_000, "permissions": [VIEW]}, "user"),
        ({"group": "987654", "permissions": [VIEW]}, "group"),
        ({"group": "x", "permissions": [VIEW]}, "group"),
        ({"group": "9" * 5000, "permissions": [VIEW]}, "group"),
        ({"user": "sam@example.com"}, "permissions"),
        ({"user": "sam@example.com", "permissions": [OWN]}, "permissions"),
        ({"user": "sam@example.com", "permissions": [VIEW, OWN]}, "permissions"),
        ({"user": "sam@example.com", "permissions": ["auth.change_user"]}, "permissions"),
        ({"user": "sam@example.com", "permissions": ["org_members.delete_organization"]}, "permissions"),
        ({"user": "sam@example.com", "permissions": ["\x00"]}, "permissions"),
    ],
)
@pytest.mark.parametrize("scope", ["one", "all"])
def test_what_does_not_fit_is_said_at_the_field_and_nothing_is_granted(
    as_user, root, sam, support, url, form, field, scope
):
    before = rows()
    sent = {**form, "group": support.pk} if form.get("group") == "the group" else form
    response = as_user(root).post(url("grant", scope=scope), sent)
    assert (response.status_code, list(response.context["form"].errors)) == (200, [field])
    assert rows() == before


@pytest.mark.parametrize("scope", ["one", "all"])
def test_no_box_offers_the_ownership(as_user, root, url, scope):
    page = as_user(root).get(url("grant", scope=scope)).content.decode()
    assert VIEW in page
    assert OWN not in page


@pytest.mark.parametrize("permissions", [[], [ROLES], [OWN], [VIEW, OWN]])
def test_only_what_is_held_is_taken_back(as_user, root, sam, acme, url, permissions):
    assign_perm(VIEW, sam, acme)
    before = rows()
    response = as_user(root).post(url("user", pk=sam.pk), {"permissions": permissions})
    assert (response.status_code, list(response.context["form"].errors)) == (200, ["permissions"])
    assert rows() == before


# Attacks


@pytest.fixture
def people(acme, globex, admin_member, make_user, make_member, make_role):
    """People without any business on these pages, and clever ones among them."""
    granted = make_user(is_staff=True)
    for name in (VIEW, ROLES, "org_members.manage_roles", "org_members.set_member_role"):
        assign_perm(name, granted, acme)
    everywhere = make_user(is_staff=True)
    everywhere.user_permissions.set(
        Permission.objects.filter(content_type__app_label__in=["org_members", "auth", "guardian"])
    )
    return {
        "nobody": None,
        "stranger": make_user(),
        "member": make_member(acme).user,
        "admin": admin_member.user,
        "owner": acme.owner,
        "plain staff": make_user(is_staff=True),
        "staff, an Admin here": make_member(acme, role="admin", is_staff=True).user,
        "staff, granted here": granted,
        "staff with every model permission": everywhere,
        "staff, an Admin elsewhere": make_member(globex, role="admin", is_staff=True).user,
        "superuser, inactive": make_user(is_staff=True, is_superuser=True, is_active=False),
    }


@pytest.mark.parametrize("scope", ["one", "all"])
def test_nobody_but_a_superuser_grants_or_takes_back(as_user, people, sam, support, acme, url, scope):
    assign_perm(VIEW, sam, acme)
    sam.user_permissions.add(Permission.objects.get(codename="view_members"))
    assign_perm(VIEW, support, acme)
    support.permissions.add(Permission.objects.get(codename="view_members"))
    before = rows()
    for name, user in people.items():
        client = Client() if user is None else as_user(user)
        own = "" if user is None else user.email
        attempts = [
            (url("grant", scope=scope), {"user": "sam@example.com", "permissions": [DISABLE]}),
            (url("grant", scope=scope), {"user": own, "permissions": [DISABLE]}),
            (url("grant", scope=scope), {"group": support.pk, "permissions": [DISABLE]}),
            (url("user", scope=scope, pk=sam.pk), {"permissions": [VIEW]}),
            (url("group", scope=scope, pk=support.pk), {"permissions": [VIEW]}),
        ]
        for address, form in attempts:
            for response in (client.get(address), client.get(address, form), client.post(address, form)):
                is_sign_in = response.status_code == 302 and "/login/" in response["Location"]
                assert is_sign_in or response.status_code in (403, 404), (name, address)
    assert rows() == before


def test_a_get_changes_nothing(as_user, root, sam, support, acme, url):
    assign_perm(VIEW, sam, acme)
    client, before = as_user(root), rows()
    for scope in ("one", "all"):
        client.get(url("grant", scope=scope), {"user": "sam@example.com", "permissions": [DISABLE]})
        client.get(url(scope=scope), {"permissions": [VIEW]})
    client.get(url("user", pk=sam.pk), {"permissions": [VIEW]})
    assert rows() == before


def test_without_a_token_nothing_is_granted(root, sam, url, sign_in):
    client = sign_in(Client(enforce_csrf_checks=True), root)
    before = rows()
    for scope in ("one", "all"):
        form = {"user": "sam@example.com", "permissions": [DISABLE]}
        assert client.post(url("grant", scope=scope), form).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("kind", ["user", "group"])
@pytest.mark.parametrize("scope", ["one", "all"])
def test_who_was_granted_nothing_here_is_as_missing_as_nobody(as_user, root, sam, support, globex, url, kind, scope):
    """Granted in another organization only, and not there at all."""
    to = sam if kind == "user" else support
    assign_perm(VIEW, to, globex)
    before = rows()
    missing = uuid.uuid4() if isinstance(to.pk, uuid.UUID) else 987654
    pages = []
    for pk in (to.pk, missing):
        client = as_user(root)
        address = url(kind, scope=scope, pk=pk)
        for response in (client.get(address), client.post(address, {"permissions": [VIEW]})):
            assert response.status_code == 404
            pages.append(response.content)
    assert len(set(pages)) == 1
    assert rows() == before


@pytest.mark.parametrize("pk", ["x", "0", "-1", "9" * 30, "9" * 5000, "é"])
def test_an_absurd_key_of_a_user_is_missing(as_user, root, url, pk):
    for scope in ("one", "all"):
        assert as_user(root).get(url("user", scope=scope, pk=pk)).status_code == 404


@pytest.mark.parametrize("page", ["access", "access_grant", "access_user", "access_group"])
def test_the_site_for_managers_has_none_of_it(as_user, acme, page):
    ids = {"access_user": {"user_id": 1}, "access_group": {"group_id": 1}}.get(page, {})
    for name, more in (("organization", {"organization_id": acme.pk}), ("everywhere", {})):
        with pytest.raises(NoReverseMatch):
            reverse(f"org:org_members_{name}_{page}", kwargs={**ids, **more})
    client = as_user(acme.owner)
    for path in (f"{acme.pk}/access/", f"{acme.pk}/access/grant/", f"{acme.pk}/access/users/1/", "access/"):
        assert client.get(f"/org/org_members/organization/{path}").status_code == 404


# Seeing


def test_the_tab_tells_who_can_act_and_why(as_user, root, sam, support, acme, admin_member, url):
    assign_perm(VIEW, sam, acme)
    assign_perm(ROLES, support, acme)
    page = as_user(root).get(url())
    assert [str(tab["label"]) for tab in page.context["tabs"] if tab["current"]] == ["Access"]
    people = {row["name"]: [rights.source for rights in row["sources"]] for row in page.context["people"]}
    assert people == {
        "Robin Root": ["Superuser"],
        "Sam Support": ["Granted on this organization", "Granted on this organization to the group Support"],
        "Ada Min": ["Role Admin"],
        "Olivia Owens": ["Role Owner"],
    }
    words = page.content.decode()
    assert "admin@acme.example" in words
    assert "See the organization&#x27;s members" in words
    assert "Every right but the transfer of ownership" in words


def test_staff_who_see_the_roles_see_it_and_are_told_why_not(as_user, acme, sam, root, make_user, url):
    viewer = make_user(is_staff=True)
    assign_perm(ROLES, viewer, acme)
    assign_perm(VIEW, sam, acme)
    page = as_user(viewer).get(url()).content.decode()
    assert "Sam Support" in page
    assert "Only a superuser grants permissions" in page
    assert page.count('aria-describedby="om-grants-reason"') == 3
    assert url("grant") not in page
    assert url("user", pk=sam.pk) not in page
    assert url(scope="all") not in page


@pytest.mark.parametrize("name", [VIEW, DISABLE])
def test_staff_without_that_right_do_not(as_user, acme, make_user, list_url, url, name):
    user = make_user(is_staff=True)
    assign_perm(name, user, acme)
    client = as_user(user)
    assert client.get(url()).status_code == 403
    assert url() not in client.get(list_url(acme, "admin")).content.decode()


def test_another_organization_is_missing(as_user, acme, globex, make_user, url):
    user = make_user(is_staff=True)
    assign_perm(ROLES, user, acme)
    foreign, missing = (
        as_user(user).get(url(organization=globex)),
        as_user(user).get(url().replace(f"/{acme.pk}/", "/987654/")),
    )
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


def test_all_organizations_are_for_superusers(as_user, root, people, url):
    changelist = reverse("admin:org_members_organization_changelist")
    assert url(scope="all") in as_user(root).get(changelist).content.decode()
    for name, user in people.items():
        if user is not None and user.is_staff and user.is_active:
            assert as_user(user).get(url(scope="all")).status_code == 403, name
            page = as_user(user).get(changelist)
            assert url(scope="all") not in page.content.decode(), name


def test_grants_to_the_inactive_are_seen_and_can_be_taken_back(as_user, root, make_user, acme, url):
    gone = make_user(full_name="Gil Gone", is_active=False)
    empty = Group.objects.create(name="Nobody in it")
    for to in (gone, empty):
        assign_perm(VIEW, to, acme)
    page = as_user(root).get(url())
    assert [row["name"] for row in page.context["granted"]] == ["Nobody in it", "Gil Gone"]
    assert "Deactivated" in page.content.decode()
    assert {row["name"] for row in page.context["people"]} == {"Robin Root", "Olivia Owens"}
    as_user(root).post(url("user", pk=gone.pk), {"permissions": [VIEW]})
    as_user(root).post(url("group", pk=empty.pk), {"permissions": [VIEW]})
    assert as_user(root).get(url()).context["granted"] == []


def test_what_the_registry_does_not_know_is_no_grant(as_user, root, sam, acme, url):
    assign_perm(OWN, sam, acme)
    sam.user_permissions.add(Permission.objects.get(codename="change_organization"))
    for scope in ("one", "all"):
        assert as_user(root).get(url(scope=scope)).context["granted"] == []
        assert as_user(root).get(url("user", scope=scope, pk=sam.pk)).status_code == 404


def test_people_are_searched_for(as_user, root, sam, acme, admin_member, url):
    assign_perm(VIEW, sam, acme)
    client = as_user(root)
    assert [row["name"] for row in client.get(url(), {"q": "ada"}).context["people"]] == ["Ada Min"]
    assert [row["name"] for row in client.get(url(), {"q": "sam@"}).context["people"]] == ["Sam Support"]
    nobody = client.get(url(), {"q": "<b>"}).content.decode()
    assert "Nobody who can act here matches “&lt;b&gt;”" in nobody


def test_the_pages_lead_on_with_the_search(as_user, root, acme, crowd, url):
    crowd(acme, 60, name="Person {:06} &")
    Membership.objects.filter(organization=acme, role__key="member").update(role=Role.objects.admin())
    client = as_user(root)
    first = client.get(url(), {"q": "person"})
    second = client.get(url() + first.context["next_url"])
    assert (len(first.context["people"]), len(second.context["people"])) == (50, 10)
    assert second.context["first_url"] == "?q=person"
    assert not second.context["next_url"]
    assert {row["address"] for row in first.context["people"]}.isdisjoint(
        row["address"] for row in second.context["people"]
    )


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "a " * 5000},
        {"after": "\x00"},
        {"after": "member:" + "9" * 5000},
        {"granted": "9" * 5000},
        {"granted": "-1"},
        {"granted": "2"},
        {"o": "9" * 5000},
        {"e": "1"},
        {"_popup": "1", "_to_field": "password"},
        {"user__password__startswith": "a"},
    ],
    ids=lambda query: next(iter(query)),
)
def test_an_absurd_query_string_is_no_error_of_the_server(as_user, root, url, query):
    for scope in ("one", "all"):
        assert as_user(root).get(url(scope=scope), query).status_code == 200


def test_holders_are_paged_through(as_user, root, acme, make_user, monkeypatch, url):
    monkeypatch.setattr(holders, "PER_PAGE", 2)
    for number in range(5):
        assign_perm(VIEW, make_user(email=f"h{number}@example.com"), acme)
    client, names = as_user(root), []
    for page in (1, 2, 3):
        context = client.get(url(), {"granted": page}).context
        names += [row["address"] for row in context["granted"]]
        assert bool(context["granted_next"]) == (page < 3)
        assert bool(context["granted_previous"]) == (page > 1)
    assert names == [f"h{number}@example.com" for number in range(5)]


def test_the_number_of_queries_does_not_grow(as_user, root, acme, crowd, make_user, support, url):
    assign_perm(VIEW, make_user(), acme)
    assign_perm(VIEW, support, acme)
    client = as_user(root)

    def queries(scope):
        with CaptureQueriesContext(connection) as captured:
            client.get(url(scope=scope))
        return len(captured)

    few = queries("one"), queries("all")
    crowd(acme, 40)
    Membership.objects.filter(organization=acme, role__key="member").update(role=Role.objects.admin())
    for number in range(10):
        user, group = make_user(), Group.objects.create(name=f"Group {number}")
        for to in (user, group):
            assign_perm(VIEW, to, acme)
        user.user_permissions.add(Permission.objects.get(codename="view_roles"))
        group.permissions.add(Permission.objects.get(codename="view_roles"))
    assert (queries("one"), queries("all")) == (few[0], few[1] + 2)
    assert few[0] <= 12


def test_pages_carry_nothing_inline(as_user, root, sam, acme, url):
    assign_perm(VIEW, sam, acme)
    sam.user_permissions.add(Permission.objects.get(codename="view_roles"))
    client = as_user(root)
    for scope in ("one", "all"):
        for address in (url(scope=scope), url("grant", scope=scope), url("user", scope=scope, pk=sam.pk)):
            page = client.get(address).content.decode()
            assert " style=" not in page, address
            assert "<style" not in page, address
            assert page.count("<script") == page.count("<script src="), address


def test_the_page_for_all_organizations_tells_what_was_granted_and_when(as_user, root, sam, url):
    client = as_user(root)
    assert "Changes" not in client.get(url(scope="all")).content.decode()
    for number in range(14):
        change = access.grant if number % 2 == 0 else access.revoke
        change(actor=root, to=sam, permissions=[VIEW])
        change(actor=root, to=sam, permissions=[ROLES])
    page = client.get(url(scope="all"))
    assert [row.action for row in page.context["changes"][:2]] == ["Permissions taken back"] * 2
    assert [row.event.user_id for row in page.context["changes"]] == [sam.pk] * 25
    older = dict(page.context["changes_pages"])["Older"]
    assert len(client.get(url(scope="all") + older).context["changes"]) == 3
