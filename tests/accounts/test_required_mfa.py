"""MFA that an organization requires: nothing goes on without it once the time is over, and no query where it is there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse
from django.utils import timezone

from django_org_members import actions
from django_org_members.accounts import required_mfa
from django_org_members.admin import members_site
from django_org_members.models import Membership
from tests.otp import StaticDevice, TOTPDevice, needs_otp, totp
from tests.security.test_requiring import CannotTell

DAY = timedelta(days=1)
BACKENDS = ["django_org_members.policy.backend.MembersBackend", "django.contrib.auth.backends.ModelBackend"]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("org/", members_site.urls),
    path("account/", include("django_org_members.urls")),
    path("project/", lambda request: HttpResponse("hello"), name="project"),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__), needs_otp]
PROJECT = "/project/"


@pytest.fixture(params=BACKENDS)
def backend(request, settings):
    """Whichever backend loads the user: ours, with all that decides, or Django's own, and a query more."""
    settings.AUTHENTICATION_BACKENDS = [request.param]
    return request.param


def require(organization, *, since=10 * DAY, grace=7 * DAY):
    organization.mfa_required_since, organization.mfa_grace = timezone.now() - since, grace
    organization.save(update_fields=["mfa_required_since", "mfa_grace"])


def over(organization):
    """The grace period is over for everybody who was a member ten days ago."""
    require(organization)
    Membership.objects.filter(organization=organization).update(joined_at=timezone.now() - 100 * DAY)


def exempt(until):
    return lambda member: Membership.objects.filter(pk=member.pk).update(mfa_exempt_until=timezone.now() + until)


def joined(ago):
    return lambda member: Membership.objects.filter(pk=member.pk).update(joined_at=timezone.now() - ago)


def disabled(member):
    Membership.objects.filter(pk=member.pk).disable(at=timezone.now(), by=None)


def unconfirmed(member):
    TOTPDevice.objects.create(user=member.user, confirmed=False)


def with_device(member):
    TOTPDevice.objects.create(user=member.user, confirmed=True)


def with_codes(member):
    StaticDevice.objects.create(user=member.user).token_set.create(token="code0")


def is_sent_away(client, url=PROJECT):
    response = client.get(url)
    return response.status_code == 302 and response["Location"].startswith("/account/mfa/add/")


TABLE = {
    "the time is over": ((), True),
    "a member who joined within the grace period": ((joined(3 * DAY),), False),
    "a member who joined later, and whose time is over too": ((joined(8 * DAY),), True),
    "exempt": ((exempt(DAY),), False),
    "the exemption is over": ((exempt(-DAY),), True),
    "the exemption ended before the grace period did": ((joined(3 * DAY), exempt(-DAY)), False),
    "the membership is disabled": ((disabled,), False),
    "the member was removed": ((lambda member: member.delete(),), False),
    "a device that was never confirmed": ((unconfirmed,), True),
    "a device": ((with_device,), False),
    "backup codes": ((with_codes,), False),
}


@pytest.mark.parametrize("case", TABLE)
def test_who_is_sent_to_the_enrolment(acme, make_member, client, backend, case):
    changes, expected = TABLE[case]
    member = make_member(acme)
    over(acme)
    for change in changes:
        change(member)
    client.force_login(member.user, backend=backend)
    assert is_sent_away(client) is expected
    assert is_sent_away(client) is expected, "and again"


def test_nobody_is_asked_where_it_is_not_required(acme, make_member, client, backend):
    client.force_login(make_member(acme).user, backend=backend)
    assert not is_sent_away(client)


def test_nobody_is_asked_before_the_time_is_over(acme, make_member, client, backend):
    require(acme, since=DAY)
    member = make_member(acme)
    joined(50 * DAY)(member)
    client.force_login(member.user, backend=backend)
    assert not is_sent_away(client)


def test_a_session_from_before_is_asked_too(acme, make_member, client, backend):
    member = make_member(acme)
    client.force_login(member.user, backend=backend)
    assert not is_sent_away(client)
    over(acme)
    assert is_sent_away(client)


def test_a_second_organization_that_requires_it_is_enough(acme, make_member, make_organization, client, backend):
    member = make_member(acme)
    globex = make_organization()
    make_member(globex, user=member.user)
    client.force_login(member.user, backend=backend)
    require(acme, since=DAY)
    over(globex)
    assert is_sent_away(client)
    Membership.objects.filter(organization=globex, user=member.user).delete()
    assert not is_sent_away(client), "and is none any more when the person has left it"


def test_a_superuser_who_is_no_member_is_not_asked(acme, make_user, make_member, client, backend):
    over(acme)
    superuser = make_user(is_superuser=True, is_staff=True)
    client.force_login(superuser, backend=backend)
    assert not is_sent_away(client)
    make_member(acme, user=superuser)
    over(acme)
    assert is_sent_away(client), "as any member"


def test_the_owner_is_asked_as_any_member(acme, client, backend):
    over(acme)
    client.force_login(acme.owner, backend=backend)
    assert is_sent_away(client)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_async_stack_asks_too(acme, make_member, settings, backend):
    settings.AUTHENTICATION_BACKENDS = [backend]
    member = make_member(acme)
    over(acme)

    async def visit():
        client = AsyncClient()
        await client.aforce_login(member.user, backend=backend)
        first = await client.get(PROJECT)
        await TOTPDevice.objects.acreate(user=member.user, confirmed=True)
        return first, await client.get(PROJECT)

    first, second = async_to_sync(visit)()
    assert first["Location"] == f"/account/mfa/add/?next={PROJECT}"
    assert second.status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_is_done_meanwhile(acme, make_member, client, method):
    member = make_member(acme, role="admin")
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    other = make_member(acme)
    url = reverse(
        "org:org_members_member_action",
        kwargs={"organization_id": acme.pk, "member_id": other.pk, "action": "disable"},
    )
    response = getattr(client, method)(url)
    assert response["Location"] == "/account/mfa/add/"
    other.refresh_from_db()
    assert other.is_active


def test_after_the_enrolment_the_way_goes_on(acme, make_member, sign_in_by_form, client):
    member = make_member(acme, role="admin")
    over(acme)
    url = reverse("org:org_members_organization_members", kwargs={"organization_id": acme.pk})
    sign_in_by_form(member.user.get_username(), next=url)
    response = client.get(url, follow=True)
    assert response.redirect_chain[0][0] == f"/account/mfa/add/?next={url}"
    device = TOTPDevice.objects.get(user=member.user, confirmed=False)
    response = client.post("/account/mfa/add/", {"token": f"{totp(device.bin_key):06}", "next": url})
    assert response.context["codes"]
    assert client.get(response.context["next"]).status_code == 200


@pytest.mark.parametrize("url", ["/account/confirm/", "/org/logout/", "/account/sign-out/", "/account/mfa/add/"])
def test_what_leads_out_stays_open(acme, make_member, client, url):
    member = make_member(acme)
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    assert not is_sent_away(client, url)


def test_nobody_is_locked_out_where_there_is_no_page(acme, make_member, client, settings):
    member = make_member(acme)
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_otp.plugins.otp_static"]
    assert client.get(PROJECT).status_code == 200


def test_a_projects_own_page_serves(acme, make_member, client, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ENROLMENT_URL": "/project/"}
    member = make_member(acme)
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    assert client.get(PROJECT).status_code == 200
    assert client.get("/org/")["Location"] == "/project/?next=/org/"


def test_a_temporary_password_comes_first(acme, provisioned, client):
    member = provisioned()
    actions.perform("reset-password", actor=acme.owner, members=[member])
    over(acme)
    client.force_login(Membership.objects.get(pk=member.pk).user, backend=BACKENDS[0])
    assert client.get(PROJECT)["Location"] == f"/account/password/?next={PROJECT}"


# What it costs


def queries_of(client, url=PROJECT):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_a_session_that_is_known_to_have_it_costs_no_query(acme, make_member, client):
    member = make_member(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    without = queries_of(client)
    over(acme)
    with_device(member)
    first = queries_of(client)
    assert queries_of(client) == without
    assert first > without, "it was asked once"


@pytest.mark.parametrize("adapters", [None, [f"{CannotTell.__module__}.CannotTell"]])
def test_it_is_asked_again_after_a_while(acme, make_member, client, settings, adapters):
    """Whoever removes a device on whichever page is asked again, in the other sessions too."""
    member = make_member(acme)
    over(acme)
    with_device(member)
    client.force_login(member.user, backend=BACKENDS[0])
    assert not is_sent_away(client)
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": adapters}
    TOTPDevice.objects.all().delete()
    assert not is_sent_away(client), "it was found a moment ago"
    session = client.session
    user_id, at = session[required_mfa.MET_KEY]
    session[required_mfa.MET_KEY] = [user_id, at - required_mfa.MET_SECONDS]
    session.save()
    assert is_sent_away(client)


def test_a_page_that_removes_a_method_has_it_asked_at_once(acme, make_member, client):
    member = make_member(acme)
    over(acme)
    with_device(member)
    client.force_login(member.user, backend=BACKENDS[0])
    assert not is_sent_away(client)
    TOTPDevice.objects.all().delete()
    session = client.session
    required_mfa.forget(session)
    session.save()
    assert is_sent_away(client)


@pytest.mark.parametrize("value", ["x", [], ["1"], [1, 2, 3], {"a": 1}, None, ["1", "now"], 7])
def test_something_odd_in_the_session_is_no_stamp(acme, make_member, client, value):
    member = make_member(acme)
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    session = client.session
    session[required_mfa.MET_KEY] = value
    session.save()
    assert is_sent_away(client)


def test_the_stamp_of_somebody_else_counts_for_nothing(acme, make_member, client):
    member = make_member(acme)
    over(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    session = client.session
    session[required_mfa.MET_KEY] = [str(acme.owner.pk), 2**40]
    session.save()
    assert is_sent_away(client)


def test_a_reset_takes_the_stamp_along(acme, provisioned, client):
    member = provisioned()
    over(acme)
    with_device(member)
    client.force_login(member.user, backend=BACKENDS[0])
    assert not is_sent_away(client)
    actions.perform("reset-mfa", actor=acme.owner, members=[member])
    client.get(PROJECT)
    assert required_mfa.MET_KEY not in client.session, "the session has ended"
    assert "_auth_user_id" not in client.session
    client.force_login(Membership.objects.get(pk=member.pk).user, backend=BACKENDS[0])
    assert is_sent_away(client)


# Before the time is over


@pytest.fixture
def soon(acme, make_member, client):
    """A member who has a few days left, signed in."""
    require(acme, since=DAY)
    member = make_member(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    return member


def messages_of(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_it_is_said_once_in_a_session(soon, client):
    first, second = client.get(PROJECT), client.get(PROJECT)
    (message,) = messages_of(first)
    assert "/account/mfa/add/" in message
    assert "Set it up by" in message
    assert messages_of(second) == [message], "the same one still waits for a page that shows it"
    session = client.session
    assert session[required_mfa.TOLD_KEY] == str(soon.user.pk)


def test_it_is_not_said_to_those_who_have_it(soon, client):
    with_device(soon)
    assert messages_of(client.get(PROJECT)) == []


def test_it_is_not_said_on_a_form_that_is_sent(soon, client):
    assert messages_of(client.post(PROJECT)) == []
    assert messages_of(client.get(PROJECT))


def test_saying_it_costs_one_query_and_once_only(acme, make_member, client):
    member = make_member(acme)
    client.force_login(member.user, backend=BACKENDS[0])
    without = queries_of(client)
    require(acme, since=DAY)
    queries_of(client)
    assert queries_of(client) == without


def test_it_is_not_said_without_a_page_to_go_to(soon, client, settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_otp.plugins.otp_static"]
    assert messages_of(client.get(PROJECT)) == []


def test_a_new_sign_in_says_it_again(soon, client):
    client.get(PROJECT)
    other = Client()
    other.force_login(soon.user, backend=BACKENDS[0])
    assert messages_of(other.get(PROJECT))
