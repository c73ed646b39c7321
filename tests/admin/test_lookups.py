"""Query strings and addresses that ask for more than the page shows: they give nothing beyond one's own organizations."""

from __future__ import annotations

import json

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.urls import NoReverseMatch, reverse
from guardian.shortcuts import assign_perm

from django_org_members.models import Membership, Organization

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]
MISSING = 987654
LONG = {"q": "a " * 3000}
CHANGELIST = "admin:org_members_organization_changelist"


@pytest.fixture
def globex(make_organization, make_user):
    """The organization that nobody here has to do with; every word of it is a secret."""
    owner = make_user(email="secret.owner@globex.example", full_name="Sarah Secret")
    return make_organization(name="Globex Secret", slug="globex-secret", owner=owner)


@pytest.fixture
def support(make_user, acme, globex):
    """Platform staff who look after Acme: everything there is, granted on it."""
    from django_org_members.policy.permissions import grantable

    user = make_user(email="support@example.com", is_staff=True)
    for name in grantable():
        assign_perm(name, user, acme)
    return user


def names(response):
    return [organization.name for organization in response.context["cl"].result_list]


def reveals(response, globex):
    """Whether anything of the other organization stands on the page."""
    words = response.content.decode()
    return any(
        secret in words for secret in (globex.name, "Sarah Secret", "secret.owner@", f"organization/{globex.pk}/")
    )


# The site for managers

MANAGERS_QUERIES = [
    {"user__password__startswith": "m"},
    {"organization__name__startswith": "G"},
    {"organization__id__exact": "987654"},
    {"organization": "987654"},
    {"organization_id": "987654"},
    {"user__memberships__organization__slug": "globex-secret"},
    {"_popup": "1"},
    {"_popup": "1", "_to_field": "id"},
    {"_to_field": "id"},
    {"_to_field": "user__password"},
    {"_to_field": "password"},
    {"_to_field": "organization"},
    {"_facets": "1"},
    {"_changelist_filters": "user__password__startswith=m"},
    {"e": "1"},
    {"o": "x.-y.99"},
    {"o": "-1.-2.-3.1"},
    {"p": "x"},
    {"p": "-1"},
    {"p": "999"},
    {"q": "\x00"},
    {"q": "secret"},
    {"q": "%"},
    {"all": ""},
]


@pytest.mark.parametrize("query", MANAGERS_QUERIES, ids=str)
def test_the_members_list_shows_its_own_members_or_nothing(as_user, acme, globex, list_url, make_member, query):
    make_member(globex, email="victim@globex.example")
    for site in ("org", "admin"):
        user = acme.owner
        user.is_staff = True
        user.save()
        response = as_user(user).get(list_url(acme, site), query)
        assert response.status_code in (200, 302, 400), site
        assert not reveals(response, globex)
        if response.status_code == 200 and response.context and "cl" in response.context:
            assert {member.organization_id for member in response.context["cl"].result_list} <= {acme.pk}


@pytest.mark.parametrize("query", MANAGERS_QUERIES, ids=str)
def test_the_page_that_picks_shows_ones_own_organizations(as_user, acme, globex, make_organization, query):
    make_organization(name="Acme Two", owner=acme.owner)
    response = as_user(acme.owner).get(reverse("org:index"), query)
    assert response.status_code == 200
    assert {each.organization.name for each in response.context["choices"]} <= {"Acme", "Acme Two"}
    assert not reveals(response, globex)


@pytest.mark.parametrize(
    "path",
    [
        "autocomplete/?app_label=org_members&model_name=membership&field_name=organization&term=",
        "autocomplete/?app_label=org_members&model_name=organization&field_name=owner&term=",
        "r/1/1/",
        "jsi18n/../auth/user/",
        "auth/",
        "auth/user/",
        "auth/group/add/",
        "org_members/",
        "org_members/organization/",
        "org_members/organization/?user__password__startswith=m",
        "org_members/organization/add/?_popup=1&_to_field=id",
        "org_members/organization/{acme}/",
        "org_members/organization/{acme}/change/",
        "org_members/organization/{acme}/change/?_popup=1&_to_field=id",
        "org_members/organization/{acme}/delete/",
        "org_members/organization/{acme}/history/",
        "org_members/organization/{acme}/access/",
        "org_members/organization/{globex}/members/",
        "org_members/organization/{globex}/settings/",
        "org_members/organization/{globex}/roles/",
        "org_members/membership/",
        "org_members/auditevent/",
    ],
)
def test_the_site_for_managers_has_no_such_address(as_user, acme, globex, path):
    client = as_user(acme.owner)
    address = f"/org/{path.format(acme=acme.pk, globex=globex.pk)}"
    for response in (client.get(address), client.post(address, {"post": "yes", "name": "Mine"})):
        assert response.status_code == 404
        assert not reveals(response, globex)


@pytest.mark.parametrize("name", ["autocomplete", "view_on_site", "app_list", "org_members_organization_history"])
def test_its_names_lead_nowhere(name):
    arguments = {"view_on_site": [1, 1], "app_list": ["auth"], "org_members_organization_history": [1]}
    with pytest.raises(NoReverseMatch):
        reverse(f"org:{name}", args=arguments.get(name, []))


def test_its_translations_are_those_of_the_admin(as_user, acme):
    response = as_user(acme.owner).get(reverse("org:jsi18n"))
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/javascript")


# The ordinary site, for staff who were granted something on one organization


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "globex"},
        {"q": "secret"},
        {"q": "%"},
        {"q": "\x00"},
        LONG,
        {"o": "x.-y.99"},
        {"o": "-4.3.2.1"},
        {"p": "x"},
        {"p": "-1"},
        {"p": "999"},
        {"e": "1"},
        {"all": ""},
        {"_popup": "1"},
        {"_popup": "1", "_to_field": "id"},
        {"_popup": "1", "_to_field": "slug"},
        {"_popup": "1", "_to_field": "owner"},
        {"_to_field": "owner__password"},
        {"_facets": "1"},
        {"name__startswith": "G"},
        {"name__isnull": "0"},
        {"pk__in": "1,2,3,4"},
        {"id__gte": "0"},
        {"slug": "globex-secret"},
        {"owner": "1"},
        {"owner__isnull": "0"},
        {"memberships__isnull": "0"},
        {"memberships__gte": "0"},
        {"roles__isnull": "1"},
        {"audit_events__isnull": "0"},
        {"user_grants__isnull": "0"},
        {"member_count__gte": "0"},
    ],
    ids=lambda query: str(query)[:40],
)
def test_the_list_shows_granted_organizations_whatever_is_asked(as_user, support, globex, query):
    response = as_user(support).get(reverse(CHANGELIST), query)
    assert response.status_code in (200, 302, 400)
    assert not reveals(response, globex)
    if response.status_code == 200 and "cl" in (response.context or {}):
        assert set(names(response)) <= {"Acme"}


@pytest.mark.parametrize(
    "lookup",
    [
        "owner__password__startswith",
        "owner__email__startswith",
        "owner__is_superuser",
        "owner__groups__name",
        "memberships__user__password__startswith",
        "memberships__user__email__startswith",
        "memberships__email__startswith",
        "invitations__email__startswith",
        "invitations__nonce__startswith",
        "invitations__token_hash__startswith",
        "roles__permissions__codename",
        "user_grants__user__password__startswith",
        "group_grants__group__name__startswith",
        "audit_events__actor_email__startswith",
        "owner__memberships__organization__name__startswith",
        "owner__org_members_account__phone__startswith",
    ],
)
@pytest.mark.parametrize("who", ["support", "superuser", "model permission"])
def test_no_lookup_reads_letter_by_letter_what_the_list_does_not_show(as_user, support, staff, make_user, lookup, who):
    viewer = make_user(is_staff=True)
    assign_perm("org_members.view_organization", viewer)
    user = {"support": support, "superuser": staff, "model permission": viewer}[who]
    assert as_user(user).get(reverse(CHANGELIST), {lookup: "a"}).status_code in (302, 400)


@pytest.mark.parametrize("page", ["change", "delete", "history"])
@pytest.mark.parametrize(
    "query", [{}, {"_popup": "1"}, {"_popup": "1", "_to_field": "id"}, {"_to_field": "owner"}], ids=str
)
def test_a_foreign_organization_has_no_pages_for_them(as_user, support, globex, page, query):
    client = as_user(support)
    answers = []
    for pk in (globex.pk, MISSING):
        address = reverse(f"admin:org_members_organization_{page}", args=[pk])
        response = client.get(address, query)
        assert response.status_code in (302, 400, 403), page
        followed = client.get(address, query, follow=True)
        assert not reveals(followed, globex) or str(globex.pk) in query.values()
        answers.append((response.status_code, response.get("Location"), response.content))
        posted = client.post(address, {"post": "yes", "name": "Mine", "slug": "mine"})
        assert posted.status_code in (302, 403)
    assert answers[0] == answers[1]
    globex.refresh_from_db()
    assert globex.name == "Globex Secret"


@pytest.mark.parametrize("page", ["settings", "members", "roles", "access"])
def test_the_settings_of_a_foreign_organization_are_missing(as_user, support, globex, page):
    client = as_user(support)
    answers = []
    for pk in (globex.pk, MISSING):
        response = client.get(f"/admin/org_members/organization/{pk}/{page}/")
        answers.append((response.status_code, response.content))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_the_history_of_their_own_organization_is_theirs(as_user, support, staff, acme, globex):
    kind = ContentType.objects.get_for_model(Organization)
    for organization in (acme, globex):
        LogEntry.objects.create(
            user=staff, content_type=kind, object_id=organization.pk, object_repr=organization.name, action_flag=CHANGE
        )
    response = as_user(support).get(reverse("admin:org_members_organization_history", args=[acme.pk]))
    assert response.status_code == 200
    assert not reveals(response, globex)


def autocomplete(client, term="", model="membership", field="organization"):
    query = {"app_label": "org_members", "model_name": model, "field_name": field, "term": term}
    return client.get(reverse("admin:autocomplete"), query)


@pytest.mark.parametrize("term", ["", "secret", "e", "globex-secret", "%", "\x00"])
@pytest.mark.parametrize("model", ["membership", "invitation", "role", "organizationusergrant"])
def test_autocomplete_offers_granted_organizations_only(as_user, support, globex, term, model):
    field = "content_object" if model == "organizationusergrant" else "organization"
    response = autocomplete(as_user(support), term, model, field)
    assert response.status_code == 200
    assert {each["text"] for each in json.loads(response.content)["results"]} <= {"Acme"}


def test_autocomplete_offers_nothing_to_staff_without_rights(as_user, make_user, acme):
    assert autocomplete(as_user(make_user(is_staff=True))).status_code == 403


def test_autocomplete_offers_no_users(as_user, support):
    assert autocomplete(as_user(support), "", "organization", "owner").status_code == 403


def test_the_bulk_actions_of_the_list_delete_nothing(as_user, support, acme, globex):
    for pk in (acme.pk, globex.pk):
        data = {"action": "delete_selected", "_selected_action": [pk], "post": "yes"}
        response = as_user(support).post(reverse(CHANGELIST), data, follow=True)
        assert not reveals(response, globex)
    assert Organization.objects.count() == 2


@pytest.mark.parametrize("query", [{"_popup": "1", "_to_field": "id"}, {"_popup": "1"}], ids=str)
def test_nothing_is_added_in_a_popup_by_who_may_not(as_user, support, query):
    address = reverse("admin:org_members_organization_add")
    client = as_user(support)
    assert client.get(address, query).status_code == 403
    form = {"name": "Mine", "slug": "mine", "owner_email": "support@example.com", **query}
    assert client.post(f"{address}?_popup=1", form).status_code == 403
    assert not Organization.objects.filter(slug="mine").exists()


def test_the_members_of_all_organizations_are_nowhere_a_list():
    for model in ("membership", "invitation", "role", "account", "auditevent", "livesession"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:org_members_{model}_changelist")
    with pytest.raises(NoReverseMatch):  # the platform's staff see it in the ordinary site
        reverse("org:org_members_loginevent_changelist")
    assert Membership._meta.app_label == "org_members"
