"""Whose shifts they are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.availability.calendars.limits import checked
from django_org_members.availability.calendars.matching import Unmatched, match
from django_org_members.availability.calendars.reading import ReadShift, read

for library in ("icalendar", "recurring_ical_events", "urllib3"):
    pytest.importorskip(library, reason=f"{library}, of the extra calendars, is not installed.")

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(utc):
    return lambda **fields: ReadShift(utc(2026, 12, 1, 8), utc(2026, 12, 1, 16), **{"summary": "On call", **fields})


@pytest.mark.parametrize("name", ["pagerduty", "opsgenie"])
def test_of_each_product_two_match_and_one_is_told(acme, people, shape, utc, name):
    checked(shape(name))
    found = match(acme, read(shape(name), zone=acme.zone, at=utc(2026, 11, 30, 12)).shifts)
    assert [each.membership_id for each in found.shifts] == [people["ada"].pk, people["bo"].pk]
    (left,) = found.unmatched
    assert "Cy Contractor" in left.summary
    assert left.shifts == 1


def test_google(acme, people, shape, utc):
    found = match(acme, read(shape("google"), zone=acme.zone, at=utc(2026, 11, 30, 12)).shifts)
    assert [each.membership_id for each in found.shifts] == [people["ada"].pk, people["bo"].pk, people["bo"].pk]
    assert found.unmatched == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"attendees": ("ADA.Almeida@ACME.example",)},
        {"attendees": ("stranger@x.example",), "organizer": "ada.almeida@acme.example"},
        {"attendees": ("stranger@x.example",), "mentioned": ("ada.almeida@acme.example",)},
        {"organizer": "calendar@group.calendar.google.com", "mentioned": ("ada.almeida@acme.example",)},
    ],
)
def test_the_attendees_come_first_and_the_text_last(acme, people, shift, fields):
    found = match(acme, [shift(**fields)])
    assert [each.membership_id for each in found.shifts] == [people["ada"].pk]
    assert found.unmatched == ()


def test_an_address_that_the_account_spells_otherwise(acme, make_member, shift):
    member = make_member(acme, email="Eve@Münster.example")
    found = match(acme, [shift(attendees=("eve@xn--mnster-3ya.example",))])
    assert [each.membership_id for each in found.shifts] == [member.pk]


def test_several_people_at_once_and_those_beside_them(acme, people, shift):
    addresses = ("ada.almeida@acme.example", "bo.berg@acme.example", "who@x.example", "ada.almeida@acme.example")
    found = match(acme, [shift(attendees=addresses)])
    assert [each.membership_id for each in found.shifts] == [people["ada"].pk, people["bo"].pk]
    assert found.unmatched == (Unmatched("who@x.example", "On call", 1),)


def test_disabled_members_are_matched_and_other_organizations_are_not(acme, make_member, make_organization, shift):
    away = make_member(acme, email="away@acme.example", disabled=True)
    make_member(make_organization(), email="foreign@globex.example")
    found = match(acme, [shift(attendees=(each,)) for each in ("away@acme.example", "foreign@globex.example")])
    assert [each.membership_id for each in found.shifts] == [away.pk]
    assert found.unmatched == (Unmatched("foreign@globex.example", "On call", 1),)


def test_nobody_is_guessed_by_name(acme, people, shift):
    found = match(acme, [shift(summary="On call: Ada Almeida")] * 3)
    assert found.shifts == ()
    assert found.unmatched == (Unmatched("", "On call: Ada Almeida", 3),)


DECLINED = "DTSTART:20261201T080000Z\nDTEND:20261201T160000Z\nATTENDEE;PARTSTAT=DECLINED:mailto:Bo.Berg@ACME.example\n"


@pytest.mark.parametrize(
    "named",
    [
        "SUMMARY:On call: bo.berg@acme.example",
        "SUMMARY:On call\nDESCRIPTION:Who: bo.berg@acme.example.",
    ],
)
def test_who_declined_is_not_matched_by_what_else_names_them(acme, people, ics, utc, named):
    found = match(acme, read(ics(DECLINED + named), zone=acme.zone, at=utc(2026, 11, 30, 12)).shifts)
    assert found.shifts == ()
    assert found.unmatched == (), "the shift is nobody's, and they are a member"


@pytest.mark.parametrize(
    "named",
    [
        "SUMMARY:bo.berg@acme.example or ada.almeida@acme.example",
        "SUMMARY:bo.berg@acme.example\nDESCRIPTION:ada.almeida@acme.example",
        "SUMMARY:bo.berg@acme.example\nATTENDEE:mailto:ada.almeida@acme.example",
    ],
)
def test_others_are_on_call_where_somebody_declined(acme, people, ics, utc, named):
    found = match(acme, read(ics(DECLINED + named), zone=acme.zone, at=utc(2026, 11, 30, 12)).shifts)
    assert [each.membership_id for each in found.shifts] == [people["ada"].pk]
    assert found.unmatched == ()


@pytest.mark.parametrize("organizer", ["", "\nORGANIZER:mailto:bo.berg@acme.example"])
def test_a_title_that_names_somebody_else_is_told_where_somebody_declined(acme, people, ics, utc, organizer):
    text = ics(f"{DECLINED}SUMMARY:Ada{organizer}")
    found = match(acme, read(text, zone=acme.zone, at=utc(2026, 11, 30, 12)).shifts)
    assert (found.shifts, found.unmatched) == ((), (Unmatched("", "Ada", 1),))


def test_a_constant_number_of_queries(acme, people, shift):
    def queries(count):
        with CaptureQueriesContext(connection) as captured:
            match(acme, [shift(attendees=(f"p{number}@x.example",)) for number in range(count)])
        return len(captured)

    assert queries(1) == queries(200) == 2
