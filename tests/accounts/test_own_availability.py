"""One's own page of availability."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from django_org_members.models import ImportedCalendar, Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(make_organization):
    return make_organization(name="Acme")


@pytest.fixture
def url():
    return reverse("org_members:availability")


@pytest.fixture
def visit(sign_in, url):
    return lambda user, query="": sign_in(Client(), user).get(url + query)


def test_whoever_is_signed_out_is_led_to_the_sign_in(url):
    assert Client().get(url).status_code == 302


def test_somebody_without_an_organization_is_told(visit, make_user):
    assert "You belong to no organization." in visit(make_user()).content.decode()


def test_a_member_without_rights_sees_what_is_planned(visit, acme, make_member, make_schedule, make_rotation, away):
    member, mate = make_member(acme), make_member(acme, full_name="Mia Mate")
    make_schedule(acme, name="Office", default=True)
    start = timezone.now().date() - timedelta(days=1)
    make_rotation(acme, [member], name="Primary", starts_on=start)
    make_rotation(acme, [mate], name="Backup", starts_on=start)
    away(member, timezone.now() + timedelta(days=30), timedelta(days=1))
    page = visit(member.user).content.decode()
    for words in ("Acme", "Office", "Mon–Fri", "On call now until", "Primary", "Mia Mate", "Backup"):
        assert words in page
    assert "<form" not in page.partition("In your calendar")[0], "nothing is changed here but one's calendar addresses"


@pytest.mark.parametrize("by", ["override", "calendar"])
@pytest.mark.parametrize("is_at_the_same_time", [True, False])
def test_whoever_is_on_call_at_the_same_time_without_a_place_in_a_rotation_is_told(
    visit, acme, make_member, make_rotation, make_override, make_organization, by, is_at_the_same_time
):
    member, mate = make_member(acme), make_member(acme, full_name="Mia Mate")
    elsewhere = make_member(make_organization(), full_name="Sam Stranger")
    now = timezone.now()
    make_rotation(acme, [member], name="Primary", starts_on=now.date() - timedelta(days=1))
    begins = now + timedelta(days=2 if is_at_the_same_time else 20)
    ends = begins + timedelta(hours=3)
    for person, place in ((mate, acme), (elsewhere, elsewhere.organization)):
        if by == "override":
            make_override(make_rotation(place, [], name="Backup"), person, begins, ends)
        else:
            calendar = ImportedCalendar.objects.create(organization=place, name="Backup")
            calendar.shifts.create(membership=person, starts_at=begins, ends_at=ends)
    page = visit(member.user).content.decode()
    assert [words in page for words in ("Mia Mate", "Backup")] == [is_at_the_same_time] * 2
    assert "Sam Stranger" not in page


def test_each_organization_has_its_address_and_no_other(visit, acme, make_member, make_organization):
    member = make_member(acme)
    globex = make_organization(name="Globex")
    make_member(globex, user=member.user)
    stranger = make_organization(name="Strangers")
    assert "Globex" in visit(member.user).content.decode()
    assert visit(member.user, f"?organization={globex.pk}").context["organization"] == globex
    for odd in (stranger.pk, "x", 2**70, ""):
        assert visit(member.user, f"?organization={odd}").status_code == 404


def test_a_disabled_membership_shows_nothing(visit, acme, make_member):
    member = make_member(acme)
    make_member(acme)
    type(member).objects.filter(pk=member.pk).disable(at=timezone.now(), by=None)
    assert "Acme" not in visit(member.user).content.decode()


def test_the_queries_are_the_same_however_much_there_is(
    visit,
    acme,
    sign_in,
    url,
    make_member,
    make_organization,
    make_rotation,
    make_override,
    away,
):
    member = make_member(acme)
    client = sign_in(Client(), member.user)

    def plan(count):
        for number in range(count):
            away(member, timezone.now() + timedelta(days=3 * number + 2), timedelta(days=1))
            rotation = make_rotation(acme, [member, *[make_member(acme) for _ in range(3)]])
            hour = timezone.now() + timedelta(hours=number)
            make_override(rotation, make_member(acme), hour, hour + timedelta(hours=1))
            calendar = ImportedCalendar.objects.create(organization=acme, name=f"{rotation.pk}")
            calendar.shifts.create(membership=make_member(acme), starts_at=hour, ends_at=hour + timedelta(hours=1))

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    plan(1)
    few = queries()
    plan(8)
    for _ in range(5):
        make_member(make_organization(), user=member.user)
    assert queries() == few


def test_a_colleague_without_a_name_is_not_told_by_the_address(visit, acme, make_member, make_rotation):
    member, mate = make_member(acme), make_member(acme, email="secret.mate@example.com")
    Membership.objects.filter(pk=mate.pk).update(display_name="")
    start = timezone.now().date() - timedelta(days=1)
    make_rotation(acme, [member], name="Primary", starts_on=start)
    make_rotation(acme, [mate], name="Backup", starts_on=start)
    page = visit(member.user).content.decode()
    assert "Somebody without a name" in page
    assert "secret.mate" not in page
