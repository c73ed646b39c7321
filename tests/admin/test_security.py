"""The tab Security, the filter of those without MFA, the notice, and what the member's own tab says."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from django_org_members.admin.members import MembersAdmin
from django_org_members.admin.members.filters import NoMFAFilter, StatusFilter
from django_org_members.admin.organizations import OrganizationAdmin
from django_org_members.models import AuditEvent, Membership
from tests.otp import StaticDevice, TOTPDevice, needs_otp
from tests.security.test_requiring import CannotTell

pytestmark = [pytest.mark.django_db, needs_otp]
DAY = timedelta(days=1)


@pytest.fixture
def url(page_url):
    return page_url("organization_security")


@pytest.fixture
def manager(admin_member, as_user):
    """A client of an Admin who has MFA."""
    TOTPDevice.objects.create(user=admin_member.user, confirmed=True)
    return as_user(admin_member.user)


@pytest.fixture
def opted_in(monkeypatch):
    """A project that offers the filter."""

    class People(MembersAdmin):
        list_filter = (NoMFAFilter, StatusFilter)

    monkeypatch.setattr(OrganizationAdmin, "members_admin_class", People)


def require(acme, *, since=DAY, grace=7 * DAY):
    acme.mfa_required_since, acme.mfa_grace = timezone.now() - since, grace
    acme.save(update_fields=["mfa_required_since", "mfa_grace"])


def words_of(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# The tab


def test_a_change_is_reviewed_in_words_and_then_made(acme, manager, url, make_member):
    make_member(acme)
    assert "2 active members have no MFA yet." in words_of(manager.get(url)), "with the Owner"

    review = manager.post(url, {"grace": "14"})
    acme.refresh_from_db()
    assert acme.mfa_required_since is None
    words = words_of(review)
    assert "2 active members have no MFA yet." in words
    assert "they have time. Whoever has no MFA then" in words
    assert "Whoever joins later has 14 days from joining." in words

    assert told(manager.post(url, {"grace": "14", "confirmed": "1"})) == ["MFA is required of every member now."]
    acme.refresh_from_db()
    assert acme.mfa_required_since is not None
    assert acme.mfa_grace == 14 * DAY
    assert "Each has 14 days from then" in words_of(manager.get(url))


def test_the_grace_is_changed_later(acme, manager, url):
    require(acme, since=3 * DAY)
    assert "Change the grace period" in words_of(manager.post(url, {"grace": "5"}))
    assert "must set it up at the next request" in words_of(manager.post(url, {"grace": "2"}))
    assert told(manager.post(url, {"grace": "7"})) == ["Nothing to change."]
    manager.post(url, {"grace": "0", "confirmed": "1"})
    acme.refresh_from_db()
    assert acme.mfa_grace == timedelta(0)


def test_it_is_turned_off(acme, manager, url):
    require(acme)
    assert "Nothing changes for those who have MFA" in words_of(manager.post(url, {"stop": "1"}))
    acme.refresh_from_db()
    assert acme.mfa_required_since is not None
    assert told(manager.post(url, {"stop": "1", "confirmed": "1"})) == ["MFA is not required any more."]
    acme.refresh_from_db()
    assert acme.mfa_required_since is None


@pytest.mark.parametrize("form", [{"grace": "9", "back": "1"}, {"stop": "1", "back": "1"}])
def test_back_leads_to_the_form(acme, manager, url, form):
    require(acme)
    response = manager.post(url, form)
    assert response.templates[0].name == "org_members/security/page.html"
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("grace", ["", "-1", "91", "x", "1.5", "9" * 400])
def test_a_wrong_number_is_told_at_its_field(acme, manager, url, grace):
    response = manager.post(url, {"grace": grace, "confirmed": "1"})
    assert list(response.context["form"].errors) == ["grace"]
    acme.refresh_from_db()
    assert acme.mfa_required_since is None


def test_without_mfa_of_ones_own_it_is_refused_with_the_way_to_it(acme, admin_member, as_user, url):
    client = as_user(admin_member.user)
    page = client.get(url)
    assert "Set MFA up for your own account first." in words_of(page)
    assert f"/account/mfa/add/?next={url}" in page.content.decode()
    assert client.post(url, {"grace": "7", "confirmed": "1"}).status_code == 403
    acme.refresh_from_db()
    assert acme.mfa_required_since is None
    require(acme)
    client.post(url, {"stop": "1", "confirmed": "1"})
    acme.refresh_from_db()
    assert acme.mfa_required_since is None, "turning it off needs none"


def test_nothing_changes_by_get(acme, manager, url):
    manager.get(url, {"grace": "7", "confirmed": "1"})
    require(acme)
    manager.get(url, {"stop": "1", "confirmed": "1"})
    acme.refresh_from_db()
    assert acme.mfa_required_since is not None
    assert AuditEvent.objects.count() == 0


def test_the_tab_is_for_those_who_decide(acme, make_member, make_role, as_user, page_url, url):
    client = as_user(make_member(acme, role=make_role(acme, "view_members", "view_roles")).user)
    response = client.get(page_url("organization_members"))
    assert url not in response.content.decode()
    assert client.get(url).status_code == 403


@pytest.mark.parametrize("members", [1, 50])
def test_the_page_costs_the_same_at_any_size(acme, manager, url, crowd, members):
    require(acme)
    crowd(acme, members)
    manager.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert manager.get(url).status_code == 200
    assert len(queries) == 6, [query["sql"] for query in queries]


def test_more_than_the_limit_is_not_counted(acme, manager, url, crowd, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEARCH_LIMIT": 3}
    crowd(acme, 5)
    assert "More than 3 active members have no MFA." in words_of(manager.get(url))


def test_an_adapter_that_cannot_tell_leaves_the_number_out(acme, manager, url, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": [f"{CannotTell.__module__}.CannotTell"]}
    assert "MFA yet" not in words_of(manager.get(url))


# The filter


def names(response):
    return {member.user_id for member in response.context["cl"].result_list}


@pytest.fixture
def several(acme, make_member):
    """Members by what they have."""
    people = {name: make_member(acme).user for name in ("nothing", "phone", "begun", "codes", "used up")}
    TOTPDevice.objects.create(user=people["phone"], confirmed=True)
    TOTPDevice.objects.create(user=people["begun"], confirmed=False)
    StaticDevice.objects.create(user=people["codes"]).token_set.create(token="x")
    StaticDevice.objects.create(user=people["used up"])
    return people


def test_the_filter_finds_those_without_a_confirmed_method(acme, manager, several, opted_in, list_url):
    response = manager.get(list_url(acme), {"mfa": "none"})
    found = {several[name].pk for name in ("nothing", "begun", "used up")} | {acme.owner_id}
    assert names(response) == found
    assert "No MFA" in words_of(response)
    assert names(manager.get(list_url(acme), {"mfa": "none", "q": "person", "o": "-5"})) == found - {acme.owner_id}


def test_something_else_finds_nobody(acme, manager, several, opted_in, list_url):
    assert names(manager.get(list_url(acme), {"mfa": "some"})) == set()


def test_the_list_has_no_filter_unless_the_project_opts_in(acme, manager, several, list_url, url):
    assert "No MFA" not in words_of(manager.get(list_url(acme)))
    assert manager.get(list_url(acme), {"mfa": "none"}).status_code == 302, "an unknown parameter, as any"
    page = manager.get(url)
    assert "have no MFA yet" in words_of(page)
    assert "mfa=none" not in page.content.decode()


def test_the_tab_leads_to_the_filter(acme, manager, several, opted_in, url, list_url):
    page = manager.get(url)
    assert f'href="{list_url(acme)}?mfa=none"' in page.content.decode()


def test_the_filter_is_not_offered_where_an_adapter_cannot_tell(acme, manager, several, opted_in, list_url, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": [f"{CannotTell.__module__}.CannotTell"]}
    response = manager.get(list_url(acme))
    assert "No MFA" not in words_of(response)
    assert names(manager.get(list_url(acme), {"mfa": "none"})) in (set(), names(response))


def test_the_filtered_list_keeps_to_its_budget(acme, manager, opted_in, crowd, list_url, settings):
    def measured():
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(list_url(acme), {"mfa": "none"}).status_code == 200
        return len(queries)

    measured()
    few = measured()
    crowd(acme, 100)
    assert measured() == few <= 8
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEARCH_LIMIT": 60}
    response = manager.get(list_url(acme), {"mfa": "none"})
    assert response.context["cl"].is_limited
    assert measured() <= 8 + 2, "two more look where so many are"


def test_a_bulk_reminder_reaches_those_whom_the_filter_shows(acme, manager, several, opted_in, list_url):
    require(acme)
    form = {"action": "remind-mfa", "select_across": "1", "_selected_action": ["0"], "confirmed": "1"}
    manager.post(f"{list_url(acme)}?mfa=none", form)
    reminded = set(AuditEvent.objects.filter(verb="mfa_reminded").values_list("user", flat=True))
    assert reminded == {several[name].pk for name in ("nothing", "begun", "used up")}, "the Owner has more rights"


def test_a_bulk_reminder_says_who_is_left_out(acme, manager, several, list_url):
    require(acme)
    selected = list(Membership.objects.filter(user__in=[user.pk for user in several.values()]))
    form = {"action": "remind-mfa", "_selected_action": [member.pk for member in selected]}
    words = words_of(manager.post(list_url(acme), form))
    assert "This member has MFA." in words
    assert "3 members" in words


# The notice


@pytest.mark.parametrize("name", ["organization_members", "organization_roles", "organization_security"])
def test_who_has_time_left_is_told_on_every_page(acme, admin_member, as_user, page_url, name):
    require(acme)
    client = as_user(admin_member.user)
    assert "Set up multi-factor authentication by" in words_of(client.get(page_url(name)))
    TOTPDevice.objects.create(user=admin_member.user, confirmed=True)
    assert "Set up multi-factor authentication by" not in words_of(client.get(page_url(name)))


def test_the_notice_stays_within_the_budget_of_the_list(acme, admin_member, as_user, list_url, crowd):
    require(acme)
    crowd(acme, 10)
    client = as_user(admin_member.user)
    for device in (False, True):
        TOTPDevice.objects.create(user=admin_member.user, confirmed=device)
        for _visit in range(2):
            with CaptureQueriesContext(connection) as queries:
                client.get(list_url(acme))
        assert len(queries) <= 8


# The member's own tab


def security_of(client, page_url, member):
    return client.get(page_url("member_security", member_id=member.pk))


def test_the_members_tab_says_until_when(acme, manager, make_member, page_url):
    member = make_member(acme)
    assert "Required by the organization" not in words_of(security_of(manager, page_url, member))
    require(acme)
    words = words_of(security_of(manager, page_url, member))
    assert "Required by the organization: to be set up by" in words
    assert "Send MFA Reminder" in words
    Membership.objects.update(joined_at=timezone.now() - 90 * DAY)
    require(acme, since=30 * DAY)
    assert "must be set up at the next request" in words_of(security_of(manager, page_url, member))


def test_the_members_tab_shows_an_exemption_with_its_end(acme, manager, make_member, page_url):
    require(acme)
    member = make_member(acme)
    action = page_url("member_action", member_id=member.pk, action="exempt-from-mfa")
    day = timezone.localdate() + 30 * DAY
    manager.post(action, {"until": day.isoformat(), "reason": "Lost phone"})
    words = words_of(security_of(manager, page_url, member))
    assert "Exempt until" in words
    assert "End MFA Exemption" in words
    manager.post(page_url("member_action", member_id=member.pk, action="end-mfa-exemption"))
    words = words_of(security_of(manager, page_url, member))
    assert "Exempt until" not in words
    assert "End MFA Exemption" not in words


def test_those_who_do_not_decide_see_no_buttons(acme, make_member, make_role, as_user, page_url):
    require(acme)
    client = as_user(make_member(acme, role=make_role(acme, "view_members")).user)
    words = words_of(security_of(client, page_url, make_member(acme)))
    assert "Required by the organization" in words
    assert "Exempt from MFA" not in words


def test_exempting_by_the_page_asks_for_a_reason_and_a_day(acme, manager, make_member, page_url):
    require(acme)
    action = page_url("member_action", member_id=make_member(acme).pk, action="exempt-from-mfa")
    assert set(manager.post(action, {}).context["form"].errors) == {"until", "reason"}
