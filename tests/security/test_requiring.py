"""Requiring MFA of an organization's members: who may, what is stored, written and sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members import security
from django_org_members.accounts.mfa.base import MFAAdapter
from django_org_members.audit.details import in_words
from django_org_members.exceptions import Refused
from django_org_members.models import AuditEvent, Organization
from django_org_members.signals import security_changed
from tests.otp import StaticDevice, TOTPDevice, needs_otp

pytestmark = [pytest.mark.django_db, needs_otp]
WEEK, DAY = timedelta(days=7), timedelta(days=1)


class CannotTell(MFAAdapter):
    """A project's adapter that knows everybody's methods, and no SQL for them."""

    def methods(self, users):
        return {}

    def reset(self, users):
        return None


def events():
    return list(AuditEvent.objects.filter(verb="security_changed").order_by("pk"))


def test_it_is_turned_on_changed_and_turned_off(acme, admin_user, caught):
    sent = caught(security_changed)
    assert security.require_mfa(actor=admin_user, organization=acme)
    acme.refresh_from_db()
    since = acme.mfa_required_since
    assert since is not None
    assert acme.mfa_grace == WEEK

    assert security.require_mfa(actor=admin_user, organization=acme, grace=14 * DAY)
    acme.refresh_from_db()
    assert (acme.mfa_required_since, acme.mfa_grace) == (since, 14 * DAY), "no new start"

    assert security.stop_requiring_mfa(actor=admin_user, organization=acme)
    acme.refresh_from_db()
    assert (acme.mfa_required_since, acme.mfa_grace) == (None, 14 * DAY)

    assert [event.details for event in events()] == [
        {"mfa_required": [False, True], "grace_days": [None, 7]},
        {"grace_days": [7, 14]},
        {"mfa_required": [True, False], "grace_days": [14, None]},
    ]
    assert {event.actor for event in events()} == {admin_user}
    assert [each["changes"] for each in sent] == [
        {"mfa_required": (False, True), "mfa_grace": (None, WEEK)},
        {"mfa_grace": (WEEK, 14 * DAY)},
        {"mfa_required": (True, False), "mfa_grace": (14 * DAY, None)},
    ]
    assert {(each["organization"], each["actor"]) for each in sent} == {(acme, admin_user)}
    assert {detail.label for detail in in_words(events()[0])} == {"MFA required", "Days of grace"}


def test_doing_it_again_changes_nothing(acme, admin_user):
    assert not security.stop_requiring_mfa(actor=admin_user, organization=acme)
    assert security.require_mfa(actor=admin_user, organization=acme)
    assert not security.require_mfa(actor=admin_user, organization=acme)
    assert len(events()) == 1


@pytest.mark.parametrize("role", ["member", "stranger", "disabled", "admin elsewhere"])
def test_nobody_without_the_permission_does_it(acme, make_member, make_user, make_organization, role):
    users = {
        "member": lambda: make_member(acme).user,
        "stranger": make_user,
        "disabled": lambda: make_member(acme, role="admin", disabled=True).user,
        "admin elsewhere": lambda: make_member(make_organization(), role="admin").user,
    }
    actor = users[role]()
    TOTPDevice.objects.create(user=actor, confirmed=True)
    for function in (security.require_mfa, security.stop_requiring_mfa):
        with pytest.raises(Refused) as refused:
            function(actor=actor, organization=acme)
        assert refused.value.verdict.code == "permission"
    assert events() == []


@pytest.mark.parametrize("is_superuser", [False, True])
@pytest.mark.parametrize("has", ["nothing", "an unconfirmed device", "used up codes"])
def test_whoever_requires_it_has_it(acme, make_member, make_user, is_superuser, has):
    actor = make_user(is_superuser=True) if is_superuser else make_member(acme, role="admin").user
    if has == "an unconfirmed device":
        TOTPDevice.objects.create(user=actor, confirmed=False)
    elif has == "used up codes":
        StaticDevice.objects.create(user=actor)
    with pytest.raises(Refused) as refused:
        security.require_mfa(actor=actor, organization=acme)
    assert refused.value.verdict.code == "own_mfa"
    Organization.objects.update(mfa_required_since=timezone.now())
    assert security.stop_requiring_mfa(actor=actor, organization=acme), "turning it off locks nobody out"


def test_a_superuser_with_mfa_does_it_anywhere(acme, make_user):
    actor = make_user(is_superuser=True)
    TOTPDevice.objects.create(user=actor, confirmed=True)
    assert security.require_mfa(actor=actor, organization=acme)


def test_it_is_not_required_where_nobody_could_set_it_up(acme, admin_user, settings):
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_otp.plugins.otp_static"]
    with pytest.raises(Refused) as refused:
        security.require_mfa(actor=admin_user, organization=acme)
    assert refused.value.verdict.code == "no_enrolment_page"


@pytest.mark.parametrize("grace", [-DAY, 91 * DAY, timedelta(microseconds=-1), timedelta.max])
def test_the_grace_period_has_bounds(acme, admin_user, grace):
    with pytest.raises(ValidationError) as raised:
        security.require_mfa(actor=admin_user, organization=acme, grace=grace)
    assert list(raised.value.message_dict) == ["grace"]
    assert events() == []


@pytest.mark.parametrize("grace", [timedelta(0), 90 * DAY, timedelta(hours=36)])
def test_within_the_bounds_anything_goes(acme, admin_user, grace):
    assert security.require_mfa(actor=admin_user, organization=acme, grace=grace)
    assert events()[0].details["grace_days"] == [None, grace / DAY]


def test_a_receivers_error_undoes_it(acme, admin_user):
    def receiver(**kwargs):
        raise RuntimeError("no")

    security_changed.connect(receiver)
    try:
        with pytest.raises(RuntimeError):
            security.require_mfa(actor=admin_user, organization=acme)
    finally:
        security_changed.disconnect(receiver)
    acme.refresh_from_db()
    assert acme.mfa_required_since is None
    assert events() == []


def test_the_outlook_counts_active_members_without_a_confirmed_method(acme, admin_user, make_member):
    assert security.outlook(acme).without_mfa == 0
    make_member(acme)
    TOTPDevice.objects.create(user=make_member(acme).user, confirmed=False)
    StaticDevice.objects.create(user=make_member(acme).user)
    make_member(acme, disabled=True)
    with CaptureQueriesContext(connection) as queries:
        found = security.outlook(acme)
    assert (found.without_mfa, found.is_limited) == (3, False)
    assert len(queries) == 1


def test_the_outlook_stops_counting(acme, admin_user, crowd, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "SEARCH_LIMIT": 5}
    crowd(acme, 7)
    found = security.outlook(acme)
    assert (found.without_mfa, found.is_limited) == (5, True)


def test_an_adapter_that_cannot_tell_leaves_it_open(acme, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "MFA_ADAPTERS": [f"{__name__}.CannotTell"]}
    assert security.outlook(acme).without_mfa is None
