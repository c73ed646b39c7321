"""The members list: its columns, search, toggle, order, menus, buttons and pending invitations."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from django import forms
from django.contrib import admin as django_admin
from django.contrib.admin.helpers import ActionForm
from django.test import override_settings
from django.utils import timezone as django_timezone

from django_org_members.accounts.adapter import UserAdapter
from django_org_members.admin import OrganizationAdmin
from django_org_members.admin.badges import color_of, initials
from django_org_members.admin.members import MembersAdmin, RoleFilter, StatusFilter
from django_org_members.models import Invitation, Membership, Role
from django_org_members.moments import moment

pytestmark = pytest.mark.django_db


class Pictures(UserAdapter):
    """Gives everybody a picture."""

    def avatar_url(self, user):
        return "/media/face.png?a=1&b=2"


class Filtered(MembersAdmin):
    list_filter = (RoleFilter, StatusFilter)


class Parser(HTMLParser):
    """Collects the elements of a page: `found` is a list of (tag, attributes)."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def people(acme, admin_member, make_member, make_role):
    """Acme with five members; names say the alphabetical order."""
    day = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    desk = make_role(acme, "view_members", "reset_member_mfa", name="Help Desk", color="teal")
    bob = make_member(acme, full_name="Bob Kahn", email="bob@acme.example")
    cleo = make_member(acme, role=desk, full_name="Cleo Cern", email="cleo@acme.example")
    zoe = make_member(acme, full_name="zoe Zuse", email="zoe@elsewhere.example", disabled=True)
    for number, member in enumerate((bob, cleo, zoe, admin_member, acme.memberships.get(user=acme.owner))):
        Membership.objects.filter(pk=member.pk).update(joined_at=day + timedelta(days=number))
    return {"bob": bob, "cleo": cleo, "zoe": zoe, "ada": admin_member}


@pytest.fixture
def visit(acme, list_url, as_user):
    """Open the list: `visit(query="", user=owner, site="org")` returns the response."""
    return lambda query="", user=None, site="org": as_user(user or acme.owner).get(list_url(acme, site) + query)


def names(response):
    return [member.display_name for member in response.context["cl"].result_list]


def elements(response, **attributes):
    return [
        found
        for _tag, found in Parser(response.content.decode()).found
        if all(found.get(name.replace("_", "-")) == value for name, value in attributes.items())
    ]


# What is shown


def test_the_columns_are_those_of_the_description(people, visit):
    page = visit()
    columns = [str(getattr(MembersAdmin, name).short_description) for name in MembersAdmin.list_display[:-1]]
    assert columns == ["User", "Role", "Availability", "Status", "Joined"]
    text = page.content.decode()
    assert all(f">{column}" in text for column in columns)


def test_a_row_shows_who_what_and_since_when(people, visit):
    page = visit("?q=cleo").content.decode()
    assert ">Cleo Cern<" in page
    assert ">cleo@acme.example<" in page
    assert ">CC<" in page
    assert 'om-badge om-color-teal"><span class="om-badge__text">Help Desk' in page
    assert ">Available<" in page
    assert ">Active<" in page
    assert "2026-03-02T12:00:00+00:00" in page


def test_the_exact_time_is_in_the_viewers_time_zone(people, visit):
    with django_timezone.override("Asia/Tokyo"):
        page = visit("?q=cleo").content.decode()
    assert "2026-03-02T21:00:00+09:00" in page
    assert "9 p.m. JST" in page


def test_a_disabled_member_is_unavailable(people, visit):
    page = visit("?q=zoe").content.decode()
    assert ">Disabled<" in page
    assert 'om-badge__text">Unavailable<' in page


def test_names_are_escaped(acme, make_member, visit):
    make_member(acme, full_name="<b>Bobby</b> & 'Co'", email="bobby@acme.example")
    page = visit("?q=bobby").content.decode()
    assert "<b>Bobby" not in page
    assert "&lt;b&gt;Bobby&lt;/b&gt; &amp; &#x27;Co&#x27;" in page


def test_who_has_no_name_is_known_by_the_email(acme, make_member, make_user, visit):
    member = make_member(acme)
    Membership.objects.filter(pk=member.pk).update(display_name="")
    assert visit().content.decode().count(f">{member.email}<") == 1


@override_settings(ORG_MEMBERS={"BASE_URL": "http://testserver", "USER_ADAPTER": f"{__name__}.Pictures"})
def test_a_project_can_show_pictures(people, visit):
    assert 'src="/media/face.png?a=1&amp;b=2" alt=""' in visit().content.decode()


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("Ada", "A"),
        ("Juan de la Cruz", "JC"),
        ("ada.lovelace@example.com", "AL"),
        ("王小明", "王"),
        ("(Ada) [x]", "AX"),
        ("", "?"),
        ("—", "?"),
    ],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_a_persons_colour_is_steady():
    assert color_of(5) == color_of(5)
    assert len({color_of(number) for number in range(200)}) == 9


def test_nothing_is_inline(people, visit):
    """A strict Content-Security-Policy passes."""
    found = Parser(visit().content.decode()).found
    assert not [attrs for _tag, attrs in found if "style" in attrs or any(name.startswith("on") for name in attrs)]
    assert not [attrs for tag, attrs in found if tag == "script" and "src" not in attrs]
    assert not [tag for tag, _attrs in found if tag == "style"]


def test_ids_are_unique(people, visit):
    ids = [attrs["id"] for _tag, attrs in Parser(visit().content.decode()).found if "id" in attrs]
    assert len(ids) == len(set(ids))


# Search, toggle, order


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bob", ["Bob Kahn"]),
        ("KAHN", ["Bob Kahn"]),
        ("kahn bob", ["Bob Kahn"]),
        ("@acme.example", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens"]),
        ("elsewhere", ["zoe Zuse"]),
        ("bob zuse", []),
        ("100%", []),
        ("_", []),
        ("  ", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
    ],
)
def test_search_finds_every_word_in_name_or_email(people, visit, words, found):
    assert names(visit(f"?q={words.replace('%', '%25')}")) == found


def test_search_does_not_leave_the_organization(people, visit, make_organization, make_member):
    make_member(make_organization(), full_name="Bob Elsewhere", email="bob@globex.example")
    assert names(visit("?q=bob")) == ["Bob Kahn"]


def test_an_empty_search_offers_a_way_back(people, visit):
    page = visit("?q=nobody&show=available&o=2").content.decode()
    assert "No members match “nobody” under “Available”." in page
    assert 'href="?o=2&amp;show=available">Clear search' in page, "the toggle and the order stay"
    assert 'href="?o=2&amp;q=nobody">Search all members' in page


def test_the_search_box(people, visit):
    (box,) = elements(visit("?q=bob&show=available"), name="q")
    assert box["placeholder"] == "Search members…"
    assert box["value"] == "bob"
    assert elements(visit("?q=bob&show=available"), name="show", value="available")


@pytest.mark.parametrize(
    ("show", "found"),
    [
        ("all", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
        ("available", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens"]),
        ("unavailable", ["zoe Zuse"]),
    ],
)
def test_the_toggle(people, visit, show, found):
    page = visit(f"?show={show}")
    assert names(page) == found
    assert page.context["cl"].result_count == len(found)
    (current,) = [each for each in page.context["cl"].shows() if each["current"]]
    assert str(current["label"]).lower() == show
    assert len(elements(page, aria_current="true")) == 1


def test_the_toggle_keeps_search_and_order(people, visit):
    urls = [each["url"] for each in visit("?q=acme&o=-5&show=available&p=1").context["cl"].shows()]
    assert urls == ["?o=-5&q=acme", "?o=-5&q=acme&show=available", "?o=-5&q=acme&show=unavailable"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
        ("-1", ["zoe Zuse", "Olivia Owens", "Cleo Cern", "Bob Kahn", "Ada Min"]),
        ("2", ["Olivia Owens", "Ada Min", "Bob Kahn", "zoe Zuse", "Cleo Cern"]),
        ("-2", ["Cleo Cern", "zoe Zuse", "Bob Kahn", "Ada Min", "Olivia Owens"]),
        ("4", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
        ("-4", ["zoe Zuse", "Olivia Owens", "Cleo Cern", "Bob Kahn", "Ada Min"]),
        ("5", ["Bob Kahn", "Cleo Cern", "zoe Zuse", "Ada Min", "Olivia Owens"]),
        ("-5", ["Olivia Owens", "Ada Min", "zoe Zuse", "Cleo Cern", "Bob Kahn"]),
        ("5.-1", ["Bob Kahn", "Cleo Cern", "zoe Zuse", "Ada Min", "Olivia Owens"]),
        ("3", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
        ("99", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
        ("x", ["Ada Min", "Bob Kahn", "Cleo Cern", "Olivia Owens", "zoe Zuse"]),
    ],
)
def test_the_order(people, visit, order, found):
    assert names(visit(f"?o={order}")) == found
    assert names(visit(f"?o={order}&q=e")) == [name for name in found if name]


def test_the_sorted_column_says_so(people, visit):
    (header,) = elements(visit("?o=-5"), aria_sort="descending")
    assert "column-joined" in header["class"]


@pytest.mark.parametrize("query", ["?show=maybe", "?p=2", "?p=99999999999999999999", "?nonsense=1", "?q=bob&p=2"])
def test_wacky_parameters_lead_back_to_the_list(people, visit, query):
    response = visit(query)
    assert (response.status_code, response["Location"].rpartition("?")[2]) == (302, "e=1")


@pytest.mark.parametrize("lookup", ["user__password__startswith", "search_text__regex", "organization", "id"])
def test_lookups_that_no_filter_declares_are_refused(people, visit, lookup):
    assert visit(f"?{lookup}=1").status_code == 400


def test_there_is_no_filter_by_default(people, visit):
    assert not visit().context["cl"].has_filters
    assert visit("?role=1").status_code == 400
    assert visit("?status=active").status_code == 302


def test_a_project_adds_the_filters(people, acme, make_organization, make_role, visit, monkeypatch):
    monkeypatch.setattr(OrganizationAdmin, "members_admin_class", Filtered)
    desk = Role.objects.get(name="Help Desk")
    foreign = make_role(make_organization(), name="Foreign")
    assert visit().context["cl"].has_filters
    assert names(visit(f"?role={desk.pk}")) == ["Cleo Cern"]
    assert names(visit("?status=disabled&o=2")) == ["zoe Zuse"]
    assert names(visit("?status=active&show=unavailable")) == []
    assert names(visit(f"?role={foreign.pk}")) == []
    assert "Foreign" not in visit().content.decode()


# Buttons and menus


def test_the_buttons_at_the_top(people, visit):
    page = visit().content.decode()
    assert "Invite User</a>" in page
    assert "Create User</a>" in page


def test_refused_buttons_say_why(people, visit):
    page = visit(user=people["cleo"].user)
    disabled = elements(page, aria_describedby="om-tools-reason")
    assert [found["aria-disabled"] for found in disabled] == ["true", "true"]
    assert "Invite User and Create User: Your role does not let you do this." in page.content.decode()
    assert "Pending Invitations" not in page.content.decode()


def test_one_refused_button_says_why(acme, make_member, make_role, visit):
    user = make_member(acme, role=make_role(acme, "view_members", "invite_member")).user
    assert "Create User: Your role does not let you do this." in visit(user=user).content.decode()


def test_the_menu_of_a_row(people, visit):
    page = visit("?q=bob")
    text = page.content.decode()
    assert "View / Edit" in text
    for label in ("Set as Admin", "Set as Help Desk", "Disable Access", "Remove"):
        assert f"</svg>{label}</" in text
    assert "Set as Owner" not in text
    assert "Set as Member" not in text
    assert "</svg>Enable Access</" not in text
    (button,) = elements(page, popovertarget=f"om-menu-{people['bob'].pk}")
    assert button["aria-label"] == "Actions for Bob Kahn"
    assert elements(page, id=f"om-menu-{people['bob'].pk}")[0]["popover"] is None


def test_set_as_posts_a_form_of_its_own(people, visit):
    admin_role = Role.objects.admin()
    page = visit("?q=bob")
    (button,) = elements(page, name="role", value=str(admin_role.pk))
    assert button["form"] == "om-row-form"
    assert button["formaction"].endswith(f"/members/{people['bob'].pk}/set-role/")
    (form,) = elements(page, id="om-row-form")
    assert form["method"] == "post"


def test_refused_entries_are_shown_with_the_reason(acme, people, visit):
    owner = acme.memberships.get(user=acme.owner)
    page = visit("?q=olivia", user=people["ada"].user)
    refused = [found for found in elements(page, aria_disabled="true") if found.get("type") == "button"]
    assert len(refused) == 5
    assert {found["aria-describedby"] for found in refused} == {f"om-menu-{owner.pk}-1"}
    (reason,) = elements(page, id=f"om-menu-{owner.pk}-1")
    assert reason["class"] == "om-menu__reason"
    assert "This is the Owner of the organization." in page.content.decode()


def test_a_disabled_member_is_offered_to_be_enabled(people, visit):
    page = visit("?q=zoe").content.decode()
    assert "</svg>Enable Access</" in page
    assert "</svg>Disable Access</" not in page


# Pending invitations


@pytest.fixture
def invite(acme):
    """Store an invitation without sending it."""

    def make(email, *, days=7, role="member", organization=None):
        now = django_timezone.now()
        return Invitation.objects.create(
            organization=organization or acme,
            email=email,
            role=Role.objects.get(key=role),
            invited_by=acme.owner,
            sent_at=now,
            expires_at=now + timedelta(days=days),
        )

    return make


def test_pending_invitations_are_below_the_list(people, visit, invite, make_organization):
    new, late = invite("new@example.com", role="admin"), invite("late@example.com", days=-1)
    invite("foreign@example.com", organization=make_organization())
    revoked = invite("revoked@example.com")
    Invitation.objects.filter(pk=revoked.pk).update(is_pending=None, revoked_at=django_timezone.now())

    page = visit().content.decode()
    card = page[page.index("Pending Invitations") :]

    assert "new@example.com" in card
    assert ">Admin<" in card
    assert card.count(">Expired<") == 1
    assert "foreign@example.com" not in page
    assert "revoked@example.com" not in page
    for invitation in (new, late):
        for action in ("resend", "link", "revoke"):
            assert f"/invitations/{invitation.pk}/{action}/" in card


def test_thousands_of_invitations_are_paged(people, visit, acme, invite):
    for number in range(30):
        invite(f"guest{number}@example.com")
    first = visit("?q=bob")
    assert first.content.decode().count('om-table__main"') == 25
    assert "?invitations=2&amp;q=bob#invitations" in first.content.decode()
    second = visit("?invitations=2")
    assert second.content.decode().count('om-table__main"') == 5
    assert 'href="?#invitations">Newer' in second.content.decode()
    assert "No invitations" in visit("?invitations=9").content.decode()
    assert visit("?invitations=x").status_code == 200


def test_there_is_no_list_of_all_organizations_members():
    assert Membership not in django_admin.site._registry


class People(MembersAdmin):
    """A project's own list: other columns, and a field of its own beside the bulk actions."""

    list_display = ("person", "status")

    class action_form(ActionForm):  # as ModelAdmin names it
        note = forms.CharField(required=False, label="Note of the project")

    def person(self, member):
        return str(member)


def test_a_project_has_columns_and_fields_of_its_own(people, visit, monkeypatch):
    monkeypatch.setattr(OrganizationAdmin, "members_admin_class", People)
    page = visit().content.decode()
    assert "Note of the project" in page
    assert '<option value="disable">' in page


def test_invitations_are_listed_the_newest_first(acme, visit, invite):
    for day, email in enumerate(("old@example.com", "new@example.com", "middle@example.com")):
        sent_at = django_timezone.now() - timedelta(days=[5, 0, 2][day])
        Invitation.objects.filter(pk=invite(email).pk).update(sent_at=sent_at)
    shown = [row.invitation.email for row in visit().context["pending"].rows]
    assert shown == ["new@example.com", "middle@example.com", "old@example.com"]


def test_times_of_a_project_without_time_zones_are_shown():
    naive = datetime(2026, 11, 24, 12, 30, tzinfo=timezone.utc).replace(tzinfo=None)
    assert ">Nov. 24, 2026, 12:30 p.m.<" in moment(naive, with_time=True)


def test_an_invitation_with_a_role_beyond_ones_own_has_its_buttons_refused_with_the_reason(
    acme, make_member, make_role, invite, visit
):
    invite("boss@example.com", role="admin")
    invite("guest@example.com")
    helper = make_member(acme, role=make_role(acme, "view_members", "invite_member"))
    page = visit(user=helper.user).content.decode()
    assert "Revoke the invitation to guest@example.com" in page
    assert "Revoke the invitation to boss@example.com" not in page
    card = page[page.index('id="invitations"') :]
    assert card.count("This role has permissions that you do not have.") == 1
    assert card.count('aria-disabled="true" aria-describedby="om-invitation-') == 3
