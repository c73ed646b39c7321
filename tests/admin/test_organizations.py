"""Organizations in the ordinary admin site."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.db.models import ProtectedError
from django.urls import reverse
from guardian.shortcuts import assign_perm

from django_org_members.admin import OrganizationAdmin
from django_org_members.models import Invitation, Membership, Organization, Role

pytestmark = pytest.mark.django_db

LIST = "admin:org_members_organization_changelist"
ADD = "admin:org_members_organization_add"


@pytest.fixture
def support(make_user, acme):
    """Platform staff who look after one organization."""
    user = make_user(is_staff=True)
    assign_perm("view_members", user, acme)
    return user


def test_a_superuser_sees_all_and_goes_on_to_their_members(acme, make_organization, staff, as_user, list_url, page_url):
    make_organization(name="Globex")
    client = as_user(staff)
    page = client.get(reverse(LIST)).content.decode()
    assert "Acme" in page
    assert "Globex" in page
    entrance = page_url("organization_settings", site="admin")
    assert entrance in page
    assert client.get(entrance)["Location"] == list_url(acme, "admin")
    assert "owner@acme.example" in page


def test_granted_staff_see_just_their_organization(acme, make_organization, support, as_user, list_url, page_url):
    globex = make_organization(name="Globex")
    client = as_user(support)
    page = client.get(reverse(LIST)).content.decode()
    assert page_url("organization_settings", site="admin") in page
    assert "Globex" not in page
    assert "Organizations" in client.get(reverse("admin:index")).content.decode()
    assert client.get(list_url(acme, "admin")).status_code == 200
    assert client.get(list_url(globex, "admin")).status_code == 404


def test_staff_without_any_right_see_no_organizations(acme, make_user, as_user):
    client = as_user(make_user(is_staff=True))
    assert "Organizations" not in client.get(reverse("admin:index")).content.decode()
    assert client.get(reverse(LIST)).status_code == 403


def test_granted_staff_change_and_delete_nothing(acme, support, as_user):
    client = as_user(support)
    change = reverse("admin:org_members_organization_change", args=[acme.pk])
    assert client.post(change, {"name": "Mine", "slug": "mine"}).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
    delete = reverse("admin:org_members_organization_delete", args=[acme.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_model_permissions_open_the_list_and_the_general_tab(acme, make_user, as_user, list_url):
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_organization", "change_organization"]))
    client = as_user(user)
    change = reverse("admin:org_members_organization_change", args=[acme.pk])
    assert change in client.get(reverse(LIST)).content.decode()
    assert client.get(list_url(acme, "admin")).status_code == 404
    response = client.post(change, {"name": "Acme Inc.", "slug": "acme-inc"})
    assert response.status_code == 302
    acme.refresh_from_db()
    assert (acme.name, acme.slug) == ("Acme Inc.", "acme-inc")


def test_the_general_tab_stands_in_the_frame(acme, staff, as_user, list_url):
    page = as_user(staff).get(reverse("admin:org_members_organization_change", args=[acme.pk]))
    assert list_url(acme, "admin") in page.content.decode()
    assert [str(tab["label"]) for tab in page.context["tabs"] if tab["current"]] == ["General"]


def test_managers_have_no_general_tab(acme, as_user, list_url):
    page = as_user(acme.owner).get(list_url(acme))
    labels = [str(tab["label"]) for tab in page.context["tabs"]]
    assert labels[0] == "Members"
    assert {"General", "Access"}.isdisjoint(labels)


def test_an_organization_is_added_with_an_existing_owner(make_user, staff, as_user):
    owner = make_user(email="olivia@example.com")
    form = {"name": "Initech", "slug": "initech", "owner_email": "Olivia@Example.com"}
    response = as_user(staff).post(reverse(ADD), form)
    assert response.status_code == 302
    initech = Organization.objects.get(slug="initech")
    assert initech.owner == owner
    assert Membership.objects.get(organization=initech).role.key == "owner"


def test_an_organization_is_added_with_a_new_owner(staff, as_user):
    form = {"name": "Initech", "slug": "initech", "owner_email": "new@example.com", "owner_name": "Nell New"}
    assert as_user(staff).post(reverse(ADD), form).status_code == 302
    owner = Organization.objects.get(slug="initech").owner
    assert owner.email == "new@example.com"
    assert not owner.has_usable_password()
    assert Membership.objects.get(user=owner).display_name == "Nell New"


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("owner_email", {"name": "X", "slug": "x", "owner_email": ""}),
        ("owner_email", {"name": "X", "slug": "x", "owner_email": "not an address"}),
        ("owner_email", {"name": "X", "slug": "x", "owner_email": "twice@example.com"}),
        ("slug", {"name": "X", "slug": "taken", "owner_email": "new@example.com"}),
        ("name", {"name": "", "slug": "x", "owner_email": "new@example.com"}),
    ],
)
def test_what_is_wrong_is_said_at_the_field(make_organization, make_user, staff, as_user, field, form):
    make_organization(slug="taken")
    make_user(email="twice@example.com")
    # Another username, where there is one: MariaDB takes names that differ in case only for the same.
    make_user(email="Twice@example.com", **({} if get_user_model().USERNAME_FIELD == "email" else {"username": "2"}))
    users = get_user_model()._default_manager.count()

    response = as_user(staff).post(reverse(ADD), form)

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == [field]
    assert Organization.objects.count() == 1
    assert get_user_model()._default_manager.count() == users


def test_only_a_superuser_deletes_and_sees_what_goes(acme, make_member, staff, as_user):
    make_member(acme)
    delete = reverse("admin:org_members_organization_delete", args=[acme.pk])
    assert "Are you sure" in as_user(staff).get(delete).content.decode()
    assert as_user(staff).post(delete, {"post": "yes"}).status_code == 302
    assert not Organization.objects.filter(pk=acme.pk).exists()


def test_the_history_is_there(acme, staff, as_user):
    history = reverse("admin:org_members_organization_history", args=[acme.pk])
    assert as_user(staff).get(history).status_code == 200


@pytest.mark.parametrize("how", ["page", "list"])
def test_what_the_project_protects_is_named_and_nothing_is_deleted(as_user, staff, make_organization, monkeypatch, how):
    organization = make_organization()

    def protected(self, *args):
        raise ProtectedError("Orders refer to it.", {Role.objects.member()})

    monkeypatch.setattr(OrganizationAdmin, "delete_model" if how == "page" else "delete_queryset", protected)
    client = as_user(staff)
    if how == "page":
        url = reverse("admin:org_members_organization_delete", args=[organization.pk])
        response = client.post(url, {"post": "yes"})
    else:
        data = {"action": "delete_selected", "_selected_action": [organization.pk], "post": "yes"}
        response = client.post(reverse("admin:org_members_organization_changelist"), data)
    assert response["Location"] == reverse("admin:org_members_organization_changelist")
    words = [str(message) for message in get_messages(response.wsgi_request)]
    assert words == ["Nothing was deleted. These have to go first: roles."]
    assert not LogEntry.objects.filter(action_flag=DELETION).exists(), "and the log does not say that it was"
    assert Organization.objects.filter(pk=organization.pk).exists()


def test_granted_staff_act_on_the_pages_of_the_ordinary_admin(as_user, acme, make_user, make_member, page_url):
    """Who is no member, with just the permissions granted on this one organization."""
    granted = make_user(is_staff=True)
    for permission in ("view_members", "invite_member", "disable_member"):
        assign_perm(permission, granted, acme)
    client = as_user(granted)
    member = make_member(acme)
    form = {"email": "guest@example.com", "role": Role.objects.member().pk}
    assert client.post(page_url("member_invite", site="admin"), form).status_code == 302
    assert Invitation.objects.get().invited_by == granted
    assert (
        client.post(page_url("member_action", site="admin", member_id=member.pk, action="disable")).status_code == 302
    )
    member.refresh_from_db()
    assert member.disabled_by == granted
    assert client.get(page_url("member_create", site="admin")).status_code == 403
    assert client.post(page_url("member_action", site="admin", member_id=member.pk, action="remove")).status_code == 403
