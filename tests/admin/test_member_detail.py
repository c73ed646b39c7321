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
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from django_org_members import actions
from django_org_members.models import Account, LoginEvent, Membership

pytestmark = pytest.mark.django_db
BUDGET = 15
TABS = ["profile", "security", "activity"]


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
    assert client.get(url).content.decode().count(">Signed in</td>") == 25
    assert client.get(f"{url}?page=2").content.decode().count(">Signed in</td>") == 5
    for odd in ("0", "-1", "x", "99999999999", "²"):
        assert client.get(url, {"page": odd}).status_code == 200


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
