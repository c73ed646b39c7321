"""The detail of a member: Profile, Security, Activity."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import actions
from django_org_members.keyset import Cursor, written
from django_org_members.models import Account, LoginEvent, Membership
from tests.otp import StaticDevice, TOTPDevice

pytestmark = pytest.mark.django_db
BUDGET = 15
TABS = ["profile", "security", "activity"]


@pytest.fixture
def plan(acme, make_schedule, make_rotation, away):
    """Plan a member's time: schedule, time off now and later, an on-call shift now."""

    def make(member, count=1):
        make_schedule(acme, name="Berlin", zone="Europe/Berlin", members=[member])
        now = timezone.now()
        for number in range(count):
            away(member, now + timedelta(days=20 * number + 20), timedelta(days=1))
            make_rotation(acme, [member], name=f"Primary {number}", starts_on=now.date() - timedelta(days=1))

    return make


@pytest.fixture
def visit(as_user, page_url, admin_member):
    """Open a tab of the detail: `visit(member, "profile", user=admin)` returns the text of the page."""

    def open_page(member, tab="profile", *, user=None, site="org"):
        client = as_user(user or admin_member.user)
        response = client.get(page_url(f"member_{tab}", site=site, member_id=member.pk))
        assert response.status_code == 200
        return response.content.decode()

    return open_page


def test_the_profile_has_everything_that_the_description_names(visit, provisioned):
    member = provisioned(full_name="Grace Hopper", email="grace@acme.example")
    member.user.last_login = timezone.now()
    member.user.save()
    Account.objects.filter(user=member.user).update(phone="+1 202 555 0100")
    if hasattr(member.user, "phone"):
        member.user.phone = "+1 202 555 0100"
        member.user.save()

    page = visit(member)

    for words in ("Grace Hopper", "grace@acme.example", "+1 202 555 0100", "Password", "Edit Profile"):
        assert words in page
    for label in ("Email", "Phone", "Authentication", "Last login", "Joined", "Account created"):
        assert f"<dt>{label}</dt>" in page


def test_somebody_who_never_signed_in_is_told_so(visit, provisioned):
    member = provisioned()
    member.user.last_login = None
    member.user.save()
    assert "Never" in visit(member)


def test_the_banner_tells_when_and_by_whom_access_was_disabled(acme, visit, provisioned):
    member = provisioned()
    actions.perform("disable", actor=acme.owner, members=[member])
    when = timezone.now()
    for tab in TABS:
        page = visit(member, tab)
        assert "Access was disabled on" in page
        assert "by <bdi>Olivia Owens</bdi>" in page
        assert when.strftime("%Y-%m-%d") in page


def test_the_owner_s_profile_cannot_be_edited_and_the_role_is_not_shown(acme, visit):
    owner = Membership.objects.get(organization=acme, user=acme.owner)
    assert "This is the Owner of the organization." in visit(owner)
    security = visit(owner, "security")
    assert "Change Role" not in security
    assert "Multi-Factor Authentication" in security


def test_mfa_is_told_with_its_methods_and_can_be_reset(visit, provisioned):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, name="My phone", confirmed=True)
    TOTPDevice.objects.create(user=member.user, name="Started", confirmed=False)
    StaticDevice.objects.create(user=member.user, name="Backup").token_set.create(token="abc")

    page = visit(member, "security")

    assert ">Enabled<" in page
    for words in ("Authenticator app (My phone)", "not confirmed", "1 code left", "Reset MFA"):
        assert words in page


def test_without_mfa_there_is_nothing_to_reset(visit, provisioned):
    page = visit(provisioned(), "security")
    assert ">Not enabled<" in page
    assert "Reset MFA" not in page


def test_after_a_reset_the_page_says_that_mfa_is_due(visit, provisioned, admin_member):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    actions.perform("reset-mfa", actor=admin_member.user, members=[member])
    assert "Must be set up at the next sign-in." in visit(member, "security")


def test_only_password_accounts_have_a_password_to_reset(visit, provisioned):
    assert "Reset Password" in visit(provisioned(), "security")
    single_sign_on = provisioned(password=None)
    page = visit(single_sign_on, "security")
    assert "Reset Password" not in page
    assert "Single sign-on (SSO)" in page


def test_the_roles_are_offered_with_colour_and_description_but_never_owner(acme, visit, provisioned, make_role):
    make_role(acme, name="Billing", color="teal", description="Pays the bills.")
    page = visit(provisioned(), "security")
    assert "Pays the bills." in page
    assert "om-color-teal" in page
    assert 'name="role"' in page
    assert ">Owner<" not in page


def test_a_role_beyond_the_actor_s_authority_is_shown_with_the_reason(acme, visit, make_role, make_member):
    manager = make_member(acme, role=make_role(acme, "view_members", "set_member_role"))
    page = visit(make_member(acme), "security", user=manager.user)
    assert "This role has permissions that you do not have." in page
    assert len(re.findall(r'name="role" value="\d+" aria-disabled="true"', page)) == 1, "Admin"


def test_activity_lists_what_happened_since_joining(visit, provisioned):
    member = provisioned()
    now = timezone.now()
    failed = LoginEvent.Action.SIGN_IN_FAILED
    LoginEvent.objects.create(
        user=member.user,
        action=failed,
        succeeded=False,
        reason=LoginEvent.Reason.WRONG_PASSWORD,
        ip_address="192.0.2.7",
        user_agent="Firefox <3",
    )
    LoginEvent.objects.create(
        user=member.user,
        action=LoginEvent.Action.SIGNED_IN,
        ip_address="192.0.2.99",
        created_at=now - timedelta(days=400),
    )
    page = visit(member, "activity")
    for words in ("Recent Login Activity", "Sign-in failed", "Failure", "Wrong password", "192.0.2.7", "Firefox &lt;3"):
        assert words in page
    assert "192.0.2.99" not in page, "before joining"


def test_activity_is_paged(visit, provisioned, as_user, page_url, admin_member):
    member = provisioned()
    LoginEvent.objects.bulk_create(
        LoginEvent(user=member.user, action=LoginEvent.Action.SIGNED_IN, ip_address=f"192.0.2.{number}")
        for number in range(30)
    )
    url = page_url("member_activity", member_id=member.pk)
    client = as_user(admin_member.user)
    newest = client.get(url).content.decode()
    assert newest.count(">Signed in</td>") == 25
    (older,) = re.findall(r'href="(\?before=[^"]+)"[^>]*>Older<', newest)
    oldest = client.get(url + older).content.decode()
    assert oldest.count(">Signed in</td>") == 5
    assert ">Older<" not in oldest
    (newer,) = re.findall(r'href="(\?after=[^"]+)"[^>]*>Newer<', oldest)
    assert rows(client.get(url + newer).content.decode()) == rows(newest)


def rows(page):
    """The addresses of the events of a page, in its order."""
    return re.findall(r"<bdi>(192\.0\.2\.\d+)</bdi>", page)


@pytest.mark.parametrize("odd", ["", "0", "-1", "x", "1-", "-", "9" * 5000, f"1-{2**63}", "²-1", "1-1\x00", "start"])
@pytest.mark.parametrize("name", ["before", "after", "page"])
def test_a_cursor_that_makes_no_sense_shows_the_newest(provisioned, as_user, page_url, admin_member, name, odd):
    member = provisioned()
    LoginEvent.objects.create(user=member.user, action=LoginEvent.Action.SIGNED_IN, ip_address="192.0.2.7")
    response = as_user(admin_member.user).get(page_url("member_activity", member_id=member.pk), {name: odd})
    assert rows(response.content.decode()) == ["192.0.2.7"]


def test_another_person_s_cursor_shows_nothing_of_theirs(provisioned, as_user, page_url, admin_member, make_user):
    member, stranger = provisioned(), make_user()
    for user, address in ((member.user, "192.0.2.7"), (stranger, "192.0.2.99"), (member.user, "192.0.2.8")):
        LoginEvent.objects.create(user=user, action=LoginEvent.Action.SIGNED_IN, ip_address=address)
    theirs = written(Cursor.of(LoginEvent.objects.get(user=stranger)))
    url = page_url("member_activity", member_id=member.pk)
    client = as_user(admin_member.user)
    assert rows(client.get(url, {"before": theirs}).content.decode()) == ["192.0.2.7"]
    assert "192.0.2.99" not in client.get(url, {"after": theirs}).content.decode()


def test_who_may_not_see_activity_is_told_so(acme, visit, make_member, make_role):
    viewer = make_member(acme, role=make_role(acme, "view_members"))
    member = make_member(acme)
    LoginEvent.objects.create(user=member.user, action=LoginEvent.Action.SIGNED_IN, ip_address="192.0.2.7")
    page = visit(member, "activity", user=viewer.user)
    assert "Your role does not let you do this." in page
    assert "192.0.2.7" not in page


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("site", ["org", "admin"])
def test_the_detail_keeps_to_its_budget(acme, provisioned, as_user, page_url, admin_member, staff, tab, site, crowd):
    member = provisioned()
    TOTPDevice.objects.create(user=member.user, confirmed=True)
    url = page_url(f"member_{tab}", site=site, member_id=member.pk)

    def queries():
        client = as_user(admin_member.user if site == "org" else staff)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    few = queries()
    crowd(acme, 200)
    LoginEvent.objects.bulk_create(LoginEvent(user=member.user, action=LoginEvent.Action.SIGNED_IN) for _ in range(200))
    assert queries() == few <= BUDGET


@override_settings(LANGUAGE_CODE="ar")
def test_a_right_to_left_language_turns_the_page_around(visit, provisioned):
    assert 'dir="rtl"' in visit(provisioned())


def test_names_cannot_bring_markup(visit, provisioned):
    page = visit(provisioned(full_name="<script>alert(1)</script> x", email="s@acme.example"))
    assert "<script>alert" not in page


def test_the_profile_tells_the_dates(visit, provisioned):
    member = provisioned()
    joined, last = (datetime(2026, month, 3, 10, 30, tzinfo=ZoneInfo("UTC")) for month in (2, 5))
    Membership.objects.filter(pk=member.pk).update(joined_at=joined)
    type(member.user).objects.filter(pk=member.user_id).update(last_login=last)
    facts = dict(re.findall(r"<dt>(.+?)</dt><dd>(.+?)</dd>", visit(member), re.DOTALL))
    assert "Feb. 3, 2026" in facts["Joined"]
    assert "May 3, 2026, 10:30 a.m." in facts["Last login"]


def test_activity_has_the_newest_first(visit, provisioned, as_user, page_url, admin_member):
    member = provisioned()
    for minute, address in enumerate(("192.0.2.1", "192.0.2.3", "192.0.2.2")):
        LoginEvent.objects.create(
            user=member.user,
            action=LoginEvent.Action.SIGNED_IN,
            ip_address=address,
            created_at=timezone.now() + timedelta(minutes=[1, 3, 2][minute]),
        )
    page = visit(member, "activity")
    assert page.index("192.0.2.3") < page.index("192.0.2.2") < page.index("192.0.2.1")


def test_the_profile_shows_what_is_planned(visit, acme, admin_member, provisioned, plan, away):
    member = provisioned()
    page = visit(member)
    for words in ("No schedule: Available at any time.", "None planned.", "None within two weeks."):
        assert words in page
    plan(member)
    row = away(member, timezone.now() + timedelta(days=40), timedelta(days=2))
    row.note = "Wedding <3"
    row.save()
    page = visit(member)
    for words in (
        "Berlin",
        "Europe/Berlin",
        "Mon–Fri",
        "9:00–17:00",
        "Wedding &lt;3",
        "On call now until",
        "Primary 0",
    ):
        assert words in page
    for words in ("Set Schedule", "Add Time Off", "Cancel Time Off"):
        assert words in page


def test_who_may_not_plan_sees_it_without_the_buttons(visit, acme, make_member, make_role, provisioned, plan):
    member = provisioned()
    plan(member)
    page = visit(member, user=make_member(acme, role=make_role(acme, "view_members")).user)
    assert "On call now until" in page
    assert "Cancel Time Off" not in page
    assert "Add Time Off" not in page


def test_a_plan_of_any_size_keeps_to_the_budget(acme, as_user, admin_member, page_url, provisioned, plan):
    member, client = provisioned(), as_user(admin_member.user)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(page_url("member_profile", member_id=member.pk))
        return len(captured)

    plan(member)
    few = queries()
    Membership.objects.filter(pk=member.pk).update(schedule=None)
    acme.schedules.all().delete()
    acme.rotations.all().delete()
    plan(member, count=20)
    assert queries() == few <= BUDGET


def test_an_overlap_is_told_at_its_field_and_nothing_typed_is_lost(as_user, admin_member, page_url, provisioned, away):
    member = provisioned()
    row = away(member, timezone.now(), timedelta(days=3))
    row.note = "Dentist"
    row.save()
    day = timezone.localdate() + timedelta(days=1)
    sent = {
        "starts_at_0": day.isoformat(),
        "starts_at_1": "",
        "ends_at_0": day.isoformat(),
        "ends_at_1": "",
        "note": "Mine",
    }
    url = page_url("member_action", member_id=member.pk, action="add-time-off")
    client = as_user(admin_member.user)
    answer = client.post(url, sent)
    assert answer.status_code == 200
    assert "Dentist" in str(answer.context["form"].errors["starts_at"])
    assert "Mine" in answer.content.decode()
    answer = client.post(url, {**sent, "starts_at_0": "2020-01-02", "ends_at_0": "2020-01-01"})
    assert set(answer.context["form"].errors) == {"ends_at"}
    later = (day + timedelta(days=9)).isoformat()
    answer = client.post(url, {**sent, "starts_at_0": later, "ends_at_0": later})
    assert answer.status_code == 302
    found = member.time_off.order_by("-starts_at").first()
    assert found.ends_at - found.starts_at == timedelta(days=1), "the last day is included"


def told_until(page):
    """Until when the badges of a page say that it lasts, as machines are told."""
    return [datetime.fromisoformat(at) for at in re.findall(r'class="om-until">until <time datetime="([^"]+)"', page)]


def test_the_list_and_the_detail_say_until_when(
    as_user, visit, acme, list_url, provisioned, away, make_schedule, make_rotation, monkeypatch
):
    noon = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("UTC"))  # a Monday
    monkeypatch.setattr(timezone, "now", lambda: noon)
    names = ("Aaron Away", "Bo Working", "Cleo On-Call", "Dan Next")
    member, working, on_call, following = (provisioned(full_name=name) for name in names)
    away(member, noon - timedelta(hours=1), noon + timedelta(days=2))
    make_schedule(acme, members=[working])
    make_schedule(acme, hours=[], members=[following])
    make_rotation(acme, [on_call, following], unit="days", starts_on=noon.date(), handoff="09:30")
    wanted = {
        "Aaron Away": ("Unavailable", noon + timedelta(days=2)),
        "Bo Working": ("Available", noon.replace(hour=17)),
        "Cleo On-Call": ("On-call", noon + timedelta(hours=21, minutes=30)),
        "Dan Next": ("Unavailable", noon + timedelta(hours=21, minutes=30)),
    }

    def rows():
        return as_user(acme.owner).get(list_url(acme)).content.decode().split("<tr")

    for found, (name, (state, until)) in zip((member, working, on_call, following), wanted.items(), strict=True):
        (row,) = (row for row in rows() if name in row)
        for page in (row, visit(found)):
            assert f'>{state}</span></span> <span class="om-until">' in page, name
            assert told_until(page) == [until], name
    Membership.objects.filter(pk=member.pk).disable(at=noon, by=None)
    assert told_until(visit(member)) == []
    (row,) = (row for row in rows() if "Aaron Away" in row)
    assert told_until(row) == []
