"""Bulk actions of the list: asked first, done as far as allowed, told afterwards."""

from __future__ import annotations

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.core.exceptions import ValidationError

from django_org_members import actions
from django_org_members.models import AuditEvent, Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(as_user, admin_member, acme, list_url):
    """Send the list's form: `send("disable", members, confirmed=False, across=False, user=admin, **fields)`."""

    def make(name, members, *, confirmed=False, across=False, user=None, query="", **fields):
        data = {"action": name, ACTION_CHECKBOX_NAME: [member.pk for member in members], **fields}
        data |= {"select_across": "1"} if across else {}
        data |= {"confirmed": "1"} if confirmed else {}
        return as_user(user or admin_member.user).post(list_url(acme) + query, data)

    return make


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def disabled(acme):
    return set(acme.memberships.disabled())


def test_it_asks_first_and_names_whom_it_reaches(acme, send, make_member):
    one, already = make_member(acme, full_name="Ann One"), make_member(acme, full_name="Bo Two", disabled=True)
    owner = acme.memberships.get(user=acme.owner)
    response = send("disable", [one, already, owner])
    preview = response.context["preview"]
    assert (preview.allowed, preview.names, preview.unchanged.who) == (1, ["Ann One"], "Bo Two")
    assert [(refusals.who, refusals.reason) for refusals in preview.left_out] == [
        ("Olivia Owens", "This is the Owner of the organization.")
    ]
    assert disabled(acme) == {already}


def test_confirmed_it_does_what_is_allowed_and_lists_the_rest(acme, send, make_member):
    members = [make_member(acme) for _ in range(3)]
    owner = acme.memberships.get(user=acme.owner)
    response = send("disable", [*members, owner], confirmed=True)
    assert disabled(acme) == set(members)
    assert told(response) == [
        "Access disabled for 3 members.",
        "Left out: Olivia Owens. This is the Owner of the organization.",
    ]


def test_all_that_match_are_selected_past_the_page(acme, send, crowd, make_member):
    crowd(acme, 120)
    other = make_member(acme, full_name="Somebody Else", email="else@acme.example")
    response = send("disable", [other], across=True, confirmed=True, query="?q=person")
    assert told(response) == ["Access disabled for 120 members."]
    assert acme.memberships.disabled().count() == 120
    other.refresh_from_db()
    assert other.is_active


def test_more_ticks_than_a_form_can_send_change_nothing_and_say_so(acme, send, make_member, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 20
    response = send("disable", [make_member(acme) for _ in range(25)], confirmed=True)
    assert response.status_code == 302
    assert "at most 20 ticked members" in told(response)[0]
    assert "Select all" in told(response)[0]
    assert not disabled(acme)


def test_the_role_is_chosen_and_none_is_chosen_beforehand(acme, send, make_member, make_role):
    make_role(acme, name="Engineer", description="Builds the product.")
    member = make_member(acme)
    page = send("set-role", [member]).content.decode()
    assert "Builds the product." in page
    assert " checked" not in page
    response = send("set-role", [member], confirmed=True)
    assert "role" in response.context["form"].errors
    response = send("set-role", [member], confirmed=True, role=Role.objects.admin().pk)
    assert told(response) == ["Changed the role of 1 member to Admin."]
    member.refresh_from_db()
    assert member.role == Role.objects.admin()


@pytest.mark.parametrize("where", ["bulk", "page"])
@pytest.mark.parametrize("whose", ["owner", "foreign", "none"])
def test_a_role_posted_by_hand_is_refused_at_its_field(
    acme, send, make_member, make_role, make_organization, as_user, admin_member, page_url, where, whose
):
    role = {
        "owner": lambda: Role.objects.owner().pk,
        "foreign": lambda: make_role(make_organization()).pk,
        "none": lambda: 987654,
    }[whose]()
    member = make_member(acme)
    if where == "bulk":
        response = send("set-role", [member], confirmed=True, role=role)
    else:
        url = page_url("member_action", member_id=member.pk, action="set-role")
        response = as_user(admin_member.user).post(url, {"role": role})
    assert list(response.context["form"].errors) == ["role"]
    member.refresh_from_db()
    assert member.role == Role.objects.member()


def test_a_permission_that_is_missing_refuses_the_whole(acme, send, make_member, make_role):
    helper = make_member(acme, role=make_role(acme, "view_members"))
    member = make_member(acme)
    assert send("disable", [member], confirmed=True, user=helper.user).status_code == 403
    assert not disabled(acme)


def test_a_csrf_token_is_needed(acme, as_user, admin_member, list_url, make_member):
    client = as_user(admin_member.user)
    client.handler.enforce_csrf_checks = True
    data = {"action": "disable", ACTION_CHECKBOX_NAME: [make_member(acme).pk], "confirmed": "1"}
    for headers in ({}, {"X-Org-Members-Dialog": "1"}):
        assert client.post(list_url(acme), data, headers=headers).status_code == 403
    assert not disabled(acme)


class Greet(actions.MemberAction):
    """A project's own, which some members make fail."""

    name, label, verb, done = "greet", "Greet", "greeted", "Greeted %(who)s."
    permission = "org_members.view_members"
    in_menu = in_bulk = True

    def apply(self, run):
        if any(member.display_name == "Grump" for member in run.members):
            raise ValidationError({"voice": "Grump does not want to."})


@pytest.fixture
def greet():
    actions.register(Greet)
    yield
    actions.unregister("greet")


def test_a_projects_own_action_has_a_menu_entry_a_bulk_action_a_button_and_a_page(
    greet, acme, send, as_user, admin_member, list_url, page_url, make_member
):
    member = make_member(acme)
    client = as_user(admin_member.user)
    url = page_url("member_action", member_id=member.pk, action="greet")
    page = client.get(list_url(acme)).content.decode()
    assert f'href="{url}"' in page
    assert '<option value="greet">Greet</option>' in page
    assert f'href="{url}"' in client.get(page_url("member_security", member_id=member.pk)).content.decode()
    assert told(client.post(url)) == [f"Greeted {member}."]
    assert told(send("greet", [member], confirmed=True)) == ["Greeted 1 member."]
    assert AuditEvent.objects.filter(verb="greeted").count() == 2


def test_an_error_half_way_tells_what_was_done_before(greet, acme, send, crowd, make_member, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BATCH_SIZE": 10}
    crowd(acme, 12)
    members = [*acme.memberships.filter(display_name__startswith="Person").order_by("pk")]
    members.append(make_member(acme, full_name="Grump"))
    response = send("greet", members, confirmed=True)
    assert told(response) == ["Greeted 10 members."]
    assert response.context["form"].non_field_errors() == ["Grump does not want to."]
    assert AuditEvent.objects.filter(verb="greeted").count() == 10


@pytest.mark.parametrize("name", [action.name for action in actions.all_actions()])
def test_an_action_that_a_project_takes_away_is_nowhere(
    acme, as_user, admin_member, page_url, list_url, make_member, name
):
    action = actions.get(name)
    member = make_member(acme)
    client = as_user(admin_member.user)
    actions.unregister(name)
    try:
        pages = [client.get(page_url(f"member_{tab}", member_id=member.pk)) for tab in ("profile", "security")]
        pages.append(client.get(list_url(acme)))
        assert [page.status_code for page in pages] == [200, 200, 200]
        url = page_url("member_action", member_id=member.pk, action=name)
        assert not any(url in page.content.decode() for page in pages)
        assert client.get(url).status_code == 404
    finally:
        actions.register(type(action))


def test_each_reason_is_told_even_where_one_rule_gives_several(acme, send, make_member, make_role):
    role = make_role(acme, "view_members", "set_member_role")
    helper = make_member(acme, role=role)
    boss, colleague = make_member(acme, role="admin", full_name="Boss"), make_member(acme, full_name="Colleague")
    response = send("set-role", [boss, colleague], user=helper.user, confirmed=True, role=role.pk)
    assert told(response) == [
        f"Changed the role of 1 member to {role.name}.",
        "Left out: Boss. This member has permissions that you do not have.",
    ]
