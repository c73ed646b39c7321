"""Roles & Permissions: the list, the matrix, the review before saving, the pages of one role."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members import joining, roles
from django_org_members.models import AuditEvent, Membership, Role
from django_org_members.policy import Judge

pytestmark = pytest.mark.django_db

VIEW, INVITE, RESET = "org_members.view_members", "org_members.invite_member", "org_members.reset_member_mfa"
PAGES = ("role_edit", "role_duplicate", "role_delete")


@pytest.fixture
def help_desk(acme, make_role):
    return make_role(acme, "view_members", "reset_member_mfa", name="Help Desk", description="First line.")


@pytest.fixture
def admin(as_user, admin_member):
    return as_user(admin_member.user)


@pytest.fixture
def editor_of(acme, make_role, make_member, as_user):
    """A client of somebody with a role of just these permissions: `editor_of("manage_roles", …)`."""
    return lambda *codenames: as_user(make_member(acme, role=make_role(acme, *codenames)).user)


def held(role):
    return Judge(role.organization.owner, role.organization).roles.authority_of(role).permissions


def boxes(role, *names, actor=None):
    """What the matrix posts for one role."""
    judge = Judge(actor or role.organization.owner, role.organization)
    return {
        "role": [f"{role.pk}:{roles.fingerprint(judge, role)}"],
        "grant": [f"{role.pk}:{name}" for name in names],
    }


def test_the_list_tells_what_each_role_is_and_how_many_have_it(admin, acme, help_desk, make_member, page_url):
    make_member(acme, role=help_desk)
    joining.invite(actor=acme.owner, organization=acme, email="new@example.com", role=help_desk)
    page = admin.get(page_url("organization_roles")).content.decode()
    row = re.search(r"<tr>\s*<th scope=\"row\"[^>]*>.*?Help Desk.*?</tr>", page, re.DOTALL)[0]
    assert "First line." in row
    assert "2 of 18" in row
    assert re.search(r"<td>1<", row)
    assert "and 1 invited" in row
    assert page.index(">Owner<") < page.index(">Admin<") < page.index(">Help Desk<")


def test_the_matrix_has_a_box_where_the_actor_may_change_it_and_a_reason_elsewhere(
    editor_of, acme, make_role, page_url
):
    mine, more = make_role(acme, "view_members", name="Mine"), make_role(acme, "remove_member", name="More")
    page = editor_of("manage_roles", "view_members").get(page_url("organization_roles")).content.decode()
    assert f'value="{mine.pk}:{VIEW}" checked' in page
    assert f'value="{mine.pk}:{INVITE}"' not in page, "not the editor's own to give"
    assert "You do not have this permission yourself." in page
    assert f'value="{more.pk}:{VIEW}"' not in page
    assert "This role has permissions that you do not have." in page
    assert "Only the Owner has this." in page
    assert "Built-in roles cannot be changed." in page


def test_who_only_sees_has_no_boxes(editor_of, help_desk, page_url):
    page = editor_of("view_roles").get(page_url("organization_roles")).content.decode()
    assert 'type="checkbox"' not in page
    assert "Review changes" not in page
    assert "Your role does not let you do this." in page


@pytest.mark.parametrize("codenames", [("view_members",), ("set_member_role", "invite_member")])
def test_others_do_not_see_the_tab(editor_of, page_url, list_url, acme, codenames):
    client = editor_of(*codenames)
    assert client.get(page_url("organization_roles")).status_code == 403
    if "view_members" in codenames:
        assert "Roles &amp; Permissions" not in client.get(list_url(acme)).content.decode()


def test_nothing_is_saved_before_it_was_reviewed(admin, acme, help_desk, make_member, page_url):
    make_member(acme, role=help_desk)
    url, form = page_url("organization_roles"), boxes(help_desk, VIEW, INVITE)
    page = admin.post(url, form).content.decode()
    assert "1 member" in page
    assert page.index("Can do from now on") < page.index("Invite people by e-mail and manage pending invitations")
    assert page.index("Can no longer do") < page.index("Reset members&#x27; multi-factor authentication")
    assert held(help_desk) == {VIEW, RESET}
    again = admin.post(url, {**form, "back": "1"}).content.decode()
    assert f'value="{help_desk.pk}:{INVITE}" checked' in again, "what was ticked is not lost"
    assert f'value="{help_desk.pk}:{RESET}" aria' in again
    answer = admin.post(url, {**form, "confirmed": "1"}, follow=True)
    assert "Saved the permissions of Help Desk." in answer.content.decode()
    assert held(help_desk) == {VIEW, INVITE}


def test_what_changes_stands_under_the_heading_of_its_role(admin, acme, help_desk, make_role, page_url):
    other = make_role(acme, name="Engineer")
    form = {key: boxes(help_desk)[key] + boxes(other, VIEW)[key] for key in ("role", "grant")}
    page = admin.post(page_url("organization_roles"), form).content.decode()
    headings = re.findall(r"<(h[23])\b[^>]*>(.*?)</\1>", page, re.DOTALL)
    assert [(level, re.sub("<[^>]+>", "", words).strip()) for level, words in headings] == [
        ("h2", "Help Desk 0 members"),
        ("h3", "Can no longer do"),
        ("h2", "Engineer 0 members"),
        ("h3", "Can do from now on"),
    ]


def test_the_own_role_is_pointed_out(editor_of, acme, page_url):
    client = editor_of("manage_roles", "view_members")
    mine = Role.objects.filter(organization=acme).last()
    page = client.post(page_url("organization_roles"), boxes(mine, "org_members.manage_roles")).content.decode()
    assert "This is your own role: what it loses, you lose as well." in page


def test_a_form_without_a_change_says_so(admin, help_desk, page_url):
    answer = admin.post(page_url("organization_roles"), boxes(help_desk, VIEW, RESET), follow=True)
    assert "Nothing to change." in answer.content.decode()
    assert not AuditEvent.objects.exists()


def test_a_form_made_before_somebody_else_s_change_is_not_saved_and_not_lost(admin, acme, help_desk, page_url):
    form = boxes(help_desk, VIEW)
    roles.edit(actor=acme.owner, role=help_desk, permissions=[VIEW, RESET, INVITE])
    page = admin.post(page_url("organization_roles"), {**form, "confirmed": "1"}).content.decode()
    assert "changed meanwhile" in page
    assert held(help_desk) == {VIEW, RESET, INVITE}
    assert f'value="{help_desk.pk}:{VIEW}" checked' in page
    assert f'value="{help_desk.pk}:{INVITE}" aria' in page


@pytest.mark.parametrize("step", [{}, {"confirmed": "1"}])
@pytest.mark.parametrize("attack", ["lacking", "ownership", "more", "built_in", "foreign", "missing", "nonsense"])
def test_forms_made_by_hand_change_nothing(editor_of, acme, make_organization, make_role, page_url, attack, step):
    mine, more = make_role(acme, "view_members"), make_role(acme, "remove_member")
    foreign, builtin = make_role(make_organization(), "view_members"), Role.objects.member()
    before = {role.pk: set(role.permissions.all()) for role in (mine, more, foreign, builtin)}
    grants = {
        "lacking": f"{mine.pk}:{RESET}",
        "ownership": f"{mine.pk}:org_members.transfer_ownership",
        "more": f"{more.pk}:{VIEW}",
        "built_in": f"{builtin.pk}:{VIEW}",
        "foreign": f"{foreign.pk}:{INVITE}",
        "missing": f"999999:{VIEW}",
        "nonsense": f"{mine.pk}:auth.delete_user",
    }
    pk = grants[attack].partition(":")[0]
    client = editor_of("manage_roles", "view_members")
    form = {"role": [f"{pk}:x"], "grant": [grants[attack]], **step}
    answer = client.post(page_url("organization_roles"), form)
    assert answer.status_code == (200 if attack in ("lacking", "ownership", "nonsense") else 403)
    after = {role.pk: set(role.permissions.all()) for role in (mine, more, foreign, builtin)}
    assert after == before
    assert not AuditEvent.objects.exists()


def test_junk_in_the_form_is_harmless(admin, help_desk, page_url):
    form = {"role": ["x", ":", "-1:y", "9" * 400 + ":z", "٣:a"], "grant": ["", ":", "x:y", f"{'9' * 30}:{VIEW}"]}
    assert admin.post(page_url("organization_roles"), form).status_code == 302
    assert held(help_desk) == {VIEW, RESET}


def test_a_role_is_created(admin, acme, page_url):
    form = {"name": "Help Desk", "description": "", "color": "teal", "permissions": [VIEW, RESET]}
    answer = admin.post(page_url("role_create"), form, follow=True)
    assert "Created the role Help Desk." in answer.content.decode()
    assert held(Role.objects.get(organization=acme, name="Help Desk")) == {VIEW, RESET}


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(editor_of, page_url):
    form = {"name": "Admin", "description": "Mine", "color": "teal", "permissions": [VIEW, RESET]}
    page = editor_of("manage_roles", "view_members").post(page_url("role_create"), form).content.decode()
    assert "There is a role of this name already." in page
    assert 'value="Mine"' in page
    assert f'value="{VIEW}" checked' in page


def test_an_edit_is_reviewed_if_it_reaches_somebody(admin, acme, help_desk, make_member, page_url):
    url = page_url("role_edit", role_id=help_desk.pk)
    seen = re.search(r'name="seen" value="(\w+)"', admin.get(url).content.decode())[1]
    form = {"name": "Support", "description": "", "color": "red", "permissions": [VIEW], "seen": seen}
    member = make_member(acme, role=help_desk)
    page = admin.post(url, form).content.decode()
    assert "Review changes" in page
    assert held(help_desk) == {VIEW, RESET}
    assert 'name="name" value="Support"' in page
    member.delete()
    admin.post(url, form)
    help_desk.refresh_from_db()
    assert (help_desk.name, held(help_desk)) == ("Support", {VIEW})


def test_a_locked_permission_stays_whatever_the_form_says(editor_of, acme, make_role, page_url, make_user):
    role = make_role(acme, "view_members", name="Help Desk")
    client = editor_of("manage_roles", "view_members")
    url = page_url("role_edit", role_id=role.pk)
    seen = re.search(r'name="seen" value="(\w+)"', client.get(url).content.decode())[1]
    form = {"name": "Help Desk", "color": "gray", "permissions": [VIEW, RESET], "seen": seen}
    assert "You do not have this permission yourself." in client.post(url, form).content.decode()
    assert held(role) == {VIEW}


def test_an_edit_of_a_state_that_is_gone_is_not_saved(admin, acme, help_desk, page_url):
    url = page_url("role_edit", role_id=help_desk.pk)
    form = {"name": "Help Desk", "color": "gray", "permissions": [VIEW], "seen": "old"}
    assert "changed meanwhile" in admin.post(url, form).content.decode()
    assert held(help_desk) == {VIEW, RESET}


def test_a_copy_begins_with_what_the_other_has(admin, acme, help_desk, page_url):
    url = page_url("role_duplicate", role_id=help_desk.pk)
    page = admin.get(url).content.decode()
    assert 'value="Copy of Help Desk"' in page
    assert f'value="{RESET}" checked' in page
    assert f'value="{INVITE}" checked' not in page
    admin.post(url, {"name": "Night shift", "color": "gray", "permissions": [VIEW, RESET]})
    assert held(Role.objects.get(organization=acme, name="Night shift")) == {VIEW, RESET}


def test_the_owner_s_role_is_copied_without_the_ownership(acme, as_user, page_url):
    url = page_url("role_duplicate", role_id=Role.objects.owner().pk)
    page = as_user(acme.owner).get(url).content.decode()
    assert 'value="org_members.remove_member" checked' in page
    assert 'value="org_members.transfer_ownership"' not in page


def test_a_role_with_more_is_neither_copied_nor_deleted_nor_edited(editor_of, acme, make_role, page_url):
    client, more = editor_of("manage_roles", "view_members"), make_role(acme, "remove_member", name="More")
    assert client.get(page_url("role_duplicate", role_id=more.pk)).status_code == 403
    assert client.post(page_url("role_delete", role_id=more.pk)).status_code == 403
    url = page_url("role_edit", role_id=more.pk)
    page = client.get(url).content.decode()
    assert "Remove members" in page
    assert "<form" not in page.partition('id="content-main"')[2].partition('id="footer"')[0]
    assert client.post(url, {"name": "Mine", "color": "gray"}).status_code == 403
    assert Role.objects.get(pk=more.pk).name == "More"


def test_deleting_asks_for_a_replacement_where_somebody_has_the_role(admin, acme, help_desk, make_member, page_url):
    member, url = make_member(acme, role=help_desk), page_url("role_delete", role_id=help_desk.pk)
    page = admin.get(url).content.decode()
    assert "1 member" in page
    assert "Choose the role that its people get instead." in admin.post(url).content.decode()
    foreign = {"replacement": "999999"}
    assert "Select a valid choice." in admin.post(url, foreign).content.decode()
    answer = admin.post(url, {"replacement": Role.objects.member().pk}, follow=True)
    assert "Deleted the role Help Desk." in answer.content.decode()
    member.refresh_from_db()
    assert member.role.key == "member"


def test_who_kept_the_role_is_named(admin, acme, help_desk, make_member, page_url):
    make_member(acme, role=help_desk, is_staff=True, full_name="Robin Staff")
    url = page_url("role_delete", role_id=help_desk.pk)
    page = admin.post(url, {"replacement": Role.objects.member().pk}, follow=True).content.decode()
    assert "Help Desk was not deleted: somebody still has it." in page
    assert "Robin Staff: Only a superuser can act on the platform&#x27;s staff." in page


def test_the_starter_set_is_added_by_one_click(admin, acme, page_url):
    url = page_url("roles_starters")
    assert admin.get(url).status_code == 405
    page = admin.post(url, follow=True).content.decode()
    assert "Added Billing Admin, Help Desk, Auditor and People Manager." in page
    assert "Add starter roles" not in page
    assert Role.objects.filter(organization=acme).count() == 4


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", PAGES)
def test_another_organization_s_role_is_as_missing_as_one_that_does_not_exist(
    admin, make_organization, make_role, page_url, name, method
):
    foreign = make_role(make_organization(), "view_members")
    answers = [getattr(admin, method)(page_url(name, role_id=pk)) for pk in (foreign.pk, 999999)]
    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize("name", ["organization_roles", "role_create", "roles_starters", *PAGES])
@pytest.mark.parametrize("site", ["org", "admin"])
def test_who_has_no_right_here_finds_nothing(acme, help_desk, make_member, as_user, page_url, name, site):
    ids = {"role_id": help_desk.pk} if name in PAGES else {}
    client = as_user(make_member(acme).user)
    answer = client.post(page_url(name, site=site, **ids))
    assert answer.status_code in (302, 404)
    assert Role.objects.filter(organization=acme).count() == 1
    assert not AuditEvent.objects.exists()


def test_the_matrix_costs_the_same_for_any_number_of_roles_and_members(admin, acme, make_role, make_member, page_url):
    counts = []
    for size in (1, 15):
        for _ in range(size):
            role = make_role(acme, "view_members", "invite_member", "reset_member_mfa")
            make_member(acme, role=role)
            joining.invite(actor=acme.owner, organization=acme, email=f"new{role.pk}@example.com", role=role)
        admin.get(page_url("organization_roles"))
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(page_url("organization_roles")).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_a_matrix_that_one_form_cannot_hold_is_only_shown(admin, acme, make_role, page_url, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 60
    role = make_role(acme, "view_members")
    page = admin.get(page_url("organization_roles")).content.decode()
    assert f'value="{role.pk}:{VIEW}"' not in page
    assert "There are too many roles to edit them all at once" in page
    assert page_url("role_edit", role_id=role.pk) in page


def test_a_new_role_is_offered_at_once_and_its_rights_count_at_the_next_request(
    admin, acme, make_member, as_user, page_url
):
    member = make_member(acme)
    client = as_user(member.user)
    assert client.get(page_url("organization_roles")).status_code == 302  # to the sign-in: manages nothing
    admin.post(page_url("role_create"), {"name": "Reader", "color": "gray", "permissions": ["org_members.view_roles"]})
    role = Role.objects.get(name="Reader")
    admin.post(page_url("member_action", member_id=member.pk, action="set-role"), {"role": role.pk})
    assert Membership.objects.get(pk=member.pk).role == role
    assert client.get(page_url("organization_roles")).status_code == 200
    roles.edit(actor=acme.owner, role=role, permissions=[])
    assert client.get(page_url("organization_roles")).status_code == 302


def test_a_project_s_own_permissions_stand_in_their_group(admin, acme, make_role, page_url, settings):
    own = [("Groups & teams", [("auth.view_group", "See the teams"), ("auth.change_group", "Change the teams")])]
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": own}
    role, url = make_role(acme, "view_members", name="Help Desk"), page_url("organization_roles")
    page = admin.get(url).content.decode()
    assert page.index("Groups &amp; teams") < page.index("See the teams") < page.index("Change the teams")
    assert "1 of 20" in page
    review = admin.post(url, boxes(role, VIEW, "auth.view_group")).content.decode()
    assert review.index("Can do from now on") < review.index("See the teams")
    admin.post(url, {**boxes(role, VIEW, "auth.view_group"), "confirmed": "1"})
    assert held(role) == {VIEW, "auth.view_group"}
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "PERMISSIONS": []}
    assert held(role) == {VIEW}, "what is not registered any more gives nothing"
