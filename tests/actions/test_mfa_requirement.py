"""Exempting members from MFA for a while, ending that, and reminding those who have none."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import timezone as tz

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import formats, timezone

from django_org_members import actions, signals
from django_org_members.actions.exempt_from_mfa import ExemptFromMFAForm, end_of, latest_day
from django_org_members.models import AuditEvent, Membership
from django_org_members.policy import Judge
from tests.otp import TOTPDevice, needs_otp

pytestmark = [pytest.mark.django_db, needs_otp]
DAY = timedelta(days=1)
LOST = "The phone is lost."


@pytest.fixture
def acme(make_organization):
    organization = make_organization(name="Acme")
    organization.mfa_required_since = timezone.now() - DAY
    organization.save()
    return organization


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def exempt(actor, *members, until=None, reason=LOST):
    until = until or timezone.now() + DAY
    return actions.perform("exempt-from-mfa", actor=actor, members=members, until=until, reason=reason)


def events(verb):
    return list(AuditEvent.objects.filter(verb=verb).order_by("pk"))


# Exempting


def test_an_exemption_is_given_changed_and_ended(acme, admin_user, make_member, caught):
    member, sent = make_member(acme), caught(signals.member_mfa_exemption_changed)
    first, second = timezone.now() + DAY, timezone.now() + 30 * DAY
    assert exempt(admin_user, member, until=first).done
    assert exempt(admin_user, member, until=second, reason="Still\nlost.").done
    member.refresh_from_db()
    assert member.mfa_exempt_until == second
    assert member.mfa_due_at(acme) == second
    assert exempt(admin_user, member, until=second).unchanged
    assert actions.perform("end-mfa-exemption", actor=admin_user, members=[member]).done
    member.refresh_from_db()
    assert member.mfa_exempt_until is None
    assert actions.perform("end-mfa-exemption", actor=admin_user, members=[member]).unchanged

    texts = [each.isoformat(timespec="seconds") for each in (first, second)]
    assert [event.details for event in events("mfa_exemption_changed")] == [
        {"exempt_until": [None, texts[0]], "reason": LOST},
        {"exempt_until": texts, "reason": "Still\nlost."},
        {"exempt_until": [texts[1], None]},
    ]
    assert [each["until"] for each in sent] == [first, second, None]
    assert {each["actor"] for each in sent} == {admin_user}


def test_many_are_exempted_at_once(acme, admin_user, make_member):
    one, many = [make_member(acme)], [make_member(acme) for _ in range(40)]

    def queries(members):
        with CaptureQueriesContext(connection) as captured:
            assert len(exempt(admin_user, *members).done) == len(members)
        return len(captured)

    assert queries(one) == queries(many)


@pytest.mark.parametrize(
    ("until", "is_fine"),
    [(-timedelta(seconds=1), False), (timedelta(hours=1), True), (89 * DAY, True), (92 * DAY, False)],
)
def test_an_exemption_ends_and_soon(acme, admin_user, make_member, until, is_fine):
    member = make_member(acme)
    if is_fine:
        assert exempt(admin_user, member, until=timezone.now() + until).done
        return
    with pytest.raises(ValidationError) as raised:
        exempt(admin_user, member, until=timezone.now() + until)
    assert list(raised.value.message_dict) == ["until"]


@pytest.mark.parametrize("params", [{}, {"reason": LOST}, {"until": timezone.now()}])
def test_what_is_missing_is_told(acme, admin_user, make_member, params):
    with pytest.raises(ValidationError):
        actions.perform("exempt-from-mfa", actor=admin_user, members=[make_member(acme)], **params)


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\x00b"])
def test_a_reason_is_given(acme, admin_user, make_member, reason):
    with pytest.raises(ValidationError) as raised:
        exempt(admin_user, make_member(acme), reason=reason)
    assert list(raised.value.message_dict) == ["reason"]


@pytest.mark.parametrize("name", ["exempt-from-mfa", "end-mfa-exemption", "remind-mfa"])
def test_it_is_refused_where_mfa_is_not_required(acme, admin_user, make_member, name):
    acme.mfa_required_since = None
    acme.save()
    assert actions.verdict(name, actor=admin_user, member=make_member(acme)).code == "mfa_not_required"


def test_nobody_exempts_themselves_not_even_a_superuser(acme, admin_user, make_member, make_user):
    superuser = make_member(acme, user=make_user(is_superuser=True)).user
    for user in (admin_user, superuser):
        own = Membership.objects.get(organization=acme, user=user)
        ((_member, verdict),) = exempt(user, own).refused
        assert verdict.code == "oneself"


def test_a_person_of_another_organization_is_not_exempted(acme, admin_user, make_organization, make_member):
    foreign = make_member(make_organization())
    ((_member, verdict),) = exempt(admin_user, foreign).refused
    assert verdict.code == "permission"


def form(acme, admin_user, **data):
    return ExemptFromMFAForm({"reason": LOST, **data}, judge=Judge(admin_user, acme))


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
def test_the_day_ends_in_the_viewers_time_zone(acme, admin_user, zone):
    with timezone.override(zone):
        today = timezone.localdate()
        filled = form(acme, admin_user, until=today.isoformat())
        assert filled.is_valid()
        until = timezone.localtime(filled.cleaned_data["until"])
        assert (until.date(), until.hour, until.minute) == (today + DAY, 0, 0)
        assert form(acme, admin_user, until=latest_day().isoformat()).is_valid()
        assert latest_day() == today + 90 * DAY


def test_a_project_without_time_zones_exempts_too(acme, admin_user):
    with override_settings(USE_TZ=False):
        today = timezone.now().date()
        filled = form(acme, admin_user, until=today.isoformat())
        assert filled.is_valid()
        assert filled.cleaned_data["until"] == datetime.combine(today + DAY, datetime.min.time())
        assert latest_day() == today + 90 * DAY


@pytest.mark.parametrize("ahead", [-1, 91, 100_000])
def test_the_form_refuses_other_days(acme, admin_user, ahead):
    filled = form(acme, admin_user, until=(timezone.localdate() + ahead * DAY).isoformat())
    assert list(filled.errors) == ["until"]


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01", "yesterday", ""])
def test_the_form_refuses_what_is_no_day(acme, admin_user, text):
    assert list(form(acme, admin_user, until=text).errors) == ["until"]


def test_the_last_day_counts_to_its_end():
    assert end_of(date(2026, 2, 28)) == datetime(2026, 3, 1, tzinfo=tz.utc)


# Reminding


def remind(actor, *members):
    return actions.perform("remind-mfa", actor=actor, members=members)


def test_a_reminder_tells_the_deadline_and_the_way(acme, admin_user, make_member, mailoutbox, committed):
    member = make_member(acme, full_name="Grace Hopper")
    with committed():
        assert remind(admin_user, member).done
    (mail,) = mailoutbox
    assert mail.to == [member.user.email]
    assert "http://testserver/account/mfa/add/" in mail.body
    due = member.mfa_due_at(acme)
    assert formats.date_format(timezone.localtime(due), "DATETIME_FORMAT") in mail.body
    (event,) = events("mfa_reminded")
    assert (event.user_id, event.actor) == (member.user_id, admin_user)
    assert event.details == {"mfa_due_at": due.isoformat(timespec="seconds")}


def test_a_reminder_after_the_deadline_says_so(acme, admin_user, make_member, mailoutbox, committed):
    member = make_member(acme)
    Membership.objects.update(joined_at=timezone.now() - 90 * DAY)
    acme.mfa_required_since = timezone.now() - 60 * DAY
    acme.save()
    with committed():
        remind(admin_user, member)
    assert "Set it up now" in mailoutbox[0].body


def test_at_most_once_a_day(acme, admin_user, make_member, mailoutbox, committed, happened):
    lately, long_ago, elsewhere = (make_member(acme) for _ in range(3))
    verb = "mfa_reminded"
    happened(
        acme,
        {"verb": verb, "at": timezone.now() - timedelta(hours=23), "user": lately.user},
        {"verb": "mfa_reset", "at": timezone.now(), "user": long_ago.user},
        {"verb": verb, "at": timezone.now() - timedelta(hours=25), "user": long_ago.user},
    )
    with committed():
        outcome = remind(admin_user, lately, long_ago, elsewhere)
    assert [(member, verdict.code) for member, verdict in outcome.refused] == [(lately, "reminded")]
    assert {mail.to[0] for mail in mailoutbox} == {long_ago.user.email, elsewhere.user.email}
    assert {verdict.code for _member, verdict in remind(admin_user, long_ago, elsewhere).refused} == {"reminded"}


def test_only_those_without_mfa(acme, admin_user, make_member, mailoutbox, committed):
    with_it, begun, disabled = make_member(acme), make_member(acme), make_member(acme, disabled=True)
    TOTPDevice.objects.create(user=with_it.user, confirmed=True)
    TOTPDevice.objects.create(user=begun.user, confirmed=False)
    with committed():
        outcome = remind(admin_user, with_it, begun, disabled)
    assert outcome.done == [begun]
    assert {member.pk: verdict.code for member, verdict in outcome.refused} == {
        with_it.pk: "has_mfa",
        disabled.pk: "disabled",
    }
    assert actions.verdict("remind-mfa", actor=admin_user, member=with_it).code == "has_mfa"


def test_reminding_many_costs_the_same(acme, admin_user, make_member):
    one, many = [make_member(acme)], [make_member(acme) for _ in range(40)]

    def queries(members):
        with CaptureQueriesContext(connection) as captured:
            assert len(remind(admin_user, *members).done) == len(members)
        return len(captured)

    assert queries(one) == queries(many)
