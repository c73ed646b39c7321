"""Who gets into which site, and that the site for managers knows nothing else of the project."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from guardian.shortcuts import assign_perm

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


def test_a_manager_of_several_picks_one(acme, make_organization, make_member, as_user, list_url):
    globex = make_organization(name="Globex")
    initech = make_organization(name="Initech")
    make_member(globex, role="admin", user=acme.owner)
    make_member(initech, role="member", user=acme.owner)

    page = as_user(acme.owner).get(reverse("org:index")).content.decode()

    assert list_url(acme) in page
    assert list_url(globex) in page
    assert "Initech" not in page


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
