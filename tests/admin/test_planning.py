"""Schedules and closures as pages: seen, refused, saved, and nothing lost of what was typed."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from html import unescape

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_org_members.availability import public_holidays
from django_org_members.availability.engine import WorkingSpan
from django_org_members.models import AuditEvent, Closure, Membership, Schedule
from django_org_members.scheduling.closures import Days, add_closures
from django_org_members.scheduling.schedules import create_schedule, edit_schedule, set_working_time

pytestmark = pytest.mark.django_db
NINE_TO_FIVE = [WorkingSpan(day, time(9), time(17)) for day in range(5)]


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def reader(acme, make_role, make_member, as_user):
    """A client of somebody who sees the members, and edits nothing."""
    role = make_role(acme, "view_members", "reset_member_mfa")
    return as_user(make_member(acme, role=role).user)


@pytest.fixture
def make(acme):
    def make(name="Office", organization=None, zone="Europe/Berlin"):
        place = organization or acme
        return create_schedule(actor=place.owner, organization=place, name=name, time_zone=zone, hours=NINE_TO_FIVE)

    return make


def words_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def told(response):
    """Return the last message."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]


def seen_in(response):
    """Return what the form says of the state that it shows."""
    return re.search(r'name="seen" value="([^"]*)"', response.content.decode())[1]


def week(prefix="hours", **days):
    """Return the fields of a week: `week(mon=[("09:00", "12:00")])`."""
    fields = {}
    for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun")):
        rows = days.get(name, [("", "")])
        fields[f"{prefix}-{number}-begins"] = [begins for begins, _ in rows]
        fields[f"{prefix}-{number}-ends"] = [ends for _, ends in rows]
    return fields


FORM = {"name": "Office", "time_zone": "Europe/Berlin", **week(mon=[("09:00", "12:00"), ("13:00", "17:00")])}


# Schedules


def test_the_list_says_hours_members_and_which_is_the_default(acme, make, manager, page_url):
    office = make()
    set_working_time(actor=acme.owner, organization=acme, time_zone="", default_schedule=office)
    Membership.objects.filter(organization=acme).update(schedule=office)
    words = words_of(manager.get(page_url("organization_schedules")))
    assert "Office Default Mon–Fri 09:00–17:00 Europe/Berlin 2 members" in words


def test_a_reader_sees_the_list_with_the_reason_and_is_refused_the_rest(acme, make, reader, page_url):
    office = make()
    page = reader.get(page_url("organization_schedules"))
    assert "Office" in words_of(page)
    assert "Your role does not let you do this." in words_of(page)
    assert page_url("schedule_edit", schedule_id=office.pk) not in page.content.decode()
    for name, ids in (("schedule_create", {}), ("schedule_edit", {"schedule_id": office.pk})):
        assert reader.get(page_url(name, **ids)).status_code == 403
        assert reader.post(page_url(name, **ids), FORM).status_code == 403
    assert reader.post(page_url("organization_schedules"), {"time_zone": "UTC"}).status_code == 403
    assert Schedule.objects.get() == office


def test_a_schedule_is_created_edited_and_deleted(acme, manager, page_url):
    response = manager.post(page_url("schedule_create"), FORM)
    assert told(response) == ["Created the schedule Office."]
    schedule = Schedule.objects.get()
    assert schedule.hours == [[0, "09:00", "12:00"], [0, "13:00", "17:00"]]
    url = page_url("schedule_edit", schedule_id=schedule.pk)
    assert told(manager.post(url, FORM)) == ["Nothing to change."]
    fields = {**FORM, "name": "Head office", "seen": seen_in(manager.get(url))}
    assert told(manager.post(url, fields)) == ["Saved the schedule Head office."]
    Membership.objects.filter(organization=acme).update(schedule=schedule)
    delete = page_url("schedule_delete", schedule_id=schedule.pk)
    assert "2 members have it. From now on they have none" in words_of(manager.get(delete))
    assert Schedule.objects.exists()
    assert told(manager.post(delete)) == ["Deleted the schedule Head office."]
    assert not Schedule.objects.exists()


def test_nobody_undoes_what_another_saved_meanwhile(acme, make, manager, page_url):
    schedule = make()
    url = page_url("schedule_edit", schedule_id=schedule.pk)
    fields = {**FORM, "seen": seen_in(manager.get(url)), "name": "Mine"}
    edit_schedule(actor=acme.owner, schedule=schedule, name="Theirs", time_zone="Europe/Berlin", hours=NINE_TO_FIVE[:4])
    page = manager.post(url, fields)
    assert "This schedule was changed meanwhile" in words_of(page)
    assert 'value="Mine"' in page.content.decode(), "what was typed is still there"
    assert Schedule.objects.get().name == "Theirs"
    assert seen_in(manager.post(url, {**fields, "do": "hours:add:0"})) == fields["seen"], "a button is no look at it"
    assert told(manager.post(url, {**fields, "seen": seen_in(page)})) == ["Saved the schedule Mine."]
    assert told(manager.post(url, {**fields, "seen": seen_in(page)})) == ["Nothing to change."], "sent twice"


def test_a_deletion_says_what_the_members_fall_back_to(acme, make, manager, page_url):
    office, night = make(), make("Night")
    set_working_time(actor=acme.owner, organization=acme, time_zone="", default_schedule=office)
    Membership.objects.filter(organization=acme).update(schedule=night)
    words = words_of(manager.get(page_url("schedule_delete", schedule_id=night.pk)))
    assert "2 members have it. From now on the default schedule is theirs: Office ." in words
    words = words_of(manager.get(page_url("schedule_delete", schedule_id=office.pk)))
    assert "It is the default schedule" in words


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": ""}, ["This field is required."]),
        ({"time_zone": "Berlin"}, ["Did you mean Europe/Berlin?"]),
        (week(mon=[("09:00", "")]), ["Monday: enter both from and until, or empty the row."]),
        (week(tue=[("9am", "5pm")]), ["Tuesday: enter times such as 09:00 and 17:30."]),
        (week(wed=[("09:00", "09:00")]), ["Wednesday: the span begins and ends at 09:00. For the whole day"]),
        (
            week(thu=[("09:00", "12:00"), ("11:00", "13:00")]),
            ["Thursday 11:00–13:00 overlaps with Thursday 09:00–12:00."],
        ),
        (week(sun=[("22:00", "06:00")], mon=[("05:00", "09:00")]), ["Monday 05:00–09:00 overlaps with Sunday"]),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(manager, page_url, fields, words):
    form = {**FORM, **fields}
    response = manager.post(page_url("schedule_create"), form)
    assert response.status_code == 200
    assert all(each in words_of(response) for each in words)
    html = response.content.decode()
    typed = [value for name, values in form.items() if name.startswith("hours") for value in values if value]
    assert all(f'value="{value}"' in html for value in [*typed, form["time_zone"]])
    assert not Schedule.objects.exists()


def test_an_overlap_is_shown_at_its_row(manager, page_url):
    form = FORM | week(thu=[("09:00", "12:00"), ("", ""), ("11:00", "13:00")])
    html = manager.post(page_url("schedule_create"), form).content.decode()
    assert html.count('aria-invalid="true"') == 2, "from and until of one row"
    assert 'id="hours-3-3-error"' in html
    assert html.count("autofocus") == 1


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("hours:add:0", {0: 3, 1: 1, 6: 1}),
        ("hours:copy", {0: 2, 1: 2, 4: 2, 5: 1}),
        ("hours:preset:0", {0: 1, 4: 1, 5: 1}),
        ("hours:preset:9", {0: 2}),
        ("hours:add:99", {0: 2}),
        ("nonsense", {0: 2}),
        ("preview", {0: 2}),
    ],
)
def test_buttons_change_the_form_and_save_nothing(manager, page_url, command, rows):
    form = {**FORM, "name": "Half typed", "time_zone": "Nowhere", "do": command}
    response = manager.post(page_url("schedule_create"), form)
    html = response.content.decode()
    assert {day: html.count(f'name="hours-{day}-begins"') for day in rows} == rows
    assert 'value="Half typed"' in html
    assert 'value="Nowhere"' in html
    assert not Schedule.objects.exists()


def test_the_week_is_told_from_what_is_typed(manager, page_url):
    words = words_of(manager.post(page_url("schedule_create"), {**FORM, "do": "preview"}))
    assert "Monday 09:00–12:00 13:00–17:00 7 h Tuesday closed" in words
    assert "In all 7 h" in words


def test_working_time_is_saved(acme, make, manager, page_url):
    office = make()
    url = page_url("organization_schedules")
    assert told(manager.post(url, {"time_zone": "asia/kolkata", "default_schedule": office.pk})) == ["Saved."]
    acme.refresh_from_db()
    assert (acme.time_zone, acme.default_schedule) == ("Asia/Kolkata", office)
    assert told(manager.post(url, {"time_zone": "Asia/Kolkata", "default_schedule": office.pk})) == [
        "Nothing to change."
    ]
    assert "There is no time zone “Kolkatta”." in words_of(manager.post(url, {"time_zone": "Kolkatta"}))


def test_a_foreign_default_is_no_choice(acme, make, make_organization, manager, page_url):
    foreign = make(organization=make_organization())
    response = manager.post(page_url("organization_schedules"), {"default_schedule": foreign.pk})
    assert "Select a valid choice" in words_of(response)


def test_foreign_ids_are_missing(make, make_organization, manager, page_url):
    other = make_organization()
    foreign = make(organization=other)
    closure = Closure.objects.create(organization=other, name="C", starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 1))
    for name in ("schedule_edit", "schedule_delete"):
        for method in (manager.get, manager.post):
            assert method(page_url(name, schedule_id=foreign.pk)).status_code == 404
    assert manager.post(page_url("closure_remove", closure_id=closure.pk)).status_code == 404
    assert Closure.objects.exists()


def test_changes_need_a_token(make, admin_member, sign_in, client_with_csrf, page_url):
    office = make()
    client = sign_in(client_with_csrf, admin_member.user)
    for name, ids in (
        ("organization_schedules", {}),
        ("schedule_create", {}),
        ("schedule_edit", {"schedule_id": office.pk}),
        ("schedule_delete", {"schedule_id": office.pk}),
        ("organization_closures", {}),
        ("closures_holidays", {}),
        ("rotation_create", {}),
    ):
        assert client.post(page_url(name, **ids), FORM).status_code == 403, name
    assert Schedule.objects.count() == 1


@pytest.fixture
def client_with_csrf():
    from django.test import Client

    return Client(enforce_csrf_checks=True)


def test_the_list_costs_the_same_for_one_and_for_thirty(acme, make, manager, page_url):
    counts = []
    for size in (1, 30):
        for number in range(size):
            make(f"S{size}-{number}")
        with CaptureQueriesContext(connection) as queries:
            manager.get(page_url("organization_schedules"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 10


# Closures


def days_from_now(number):
    return (timezone.now() + timedelta(days=number)).date()


def test_a_closure_is_added_and_removed(acme, manager, page_url):
    url = page_url("organization_closures")
    first, last = days_from_now(30), days_from_now(32)
    response = manager.post(url, {"name": "Move", "starts_on": first.isoformat(), "ends_on": last.isoformat()})
    assert told(response) == ["Added 1 closure."]
    one_day = {"name": "Party", "starts_on": first.isoformat(), "ends_on": ""}
    assert told(manager.post(url, one_day)) == ["Added 1 closure."]
    assert told(manager.post(url, one_day)) == ["Nothing to change."]
    party = Closure.objects.get(name="Party")
    assert party.ends_on == first
    assert manager.get(page_url("closure_remove", closure_id=party.pk)).status_code == 405
    assert told(manager.post(page_url("closure_remove", closure_id=party.pk))) == ["Removed the closure Party."]
    assert [event.verb for event in AuditEvent.objects.order_by("pk")] == [
        "closures_added",
        "closures_added",
        "closure_removed",
    ]


def test_an_end_before_the_start_is_an_error_at_the_field(manager, page_url):
    form = {"name": "Move", "starts_on": "2027-05-02", "ends_on": "2027-05-01"}
    response = manager.post(page_url("organization_closures"), form)
    assert response.context["form"].errors == {"ends_on": ["The last day is before the first."]}
    assert 'value="2027-05-02"' in response.content.decode()
    assert not Closure.objects.exists()


def test_past_closures_are_folded_away(acme, manager, page_url):
    closures = [Days("Old", days_from_now(-9), days_from_now(-8)), Days("Now", days_from_now(-2), days_from_now(2))]
    add_closures(actor=acme.owner, organization=acme, closures=closures)
    response = manager.get(page_url("organization_closures"))
    before, _, folded = response.content.decode().partition("<details")
    assert ("Now" in before, "Old" in before, "Old" in folded) == (True, False, True)
    assert "Closed now" in words_of(response)
    assert "1 closure that is over" in words_of(response)


def test_a_reader_adds_no_closure(acme, reader, page_url):
    assert "Add a closure" not in words_of(reader.get(page_url("organization_closures")))
    form = {"name": "Move", "starts_on": "2027-05-02"}
    assert reader.post(page_url("organization_closures"), form).status_code == 403
    assert reader.get(page_url("closures_holidays")).status_code == 403


def test_without_the_library_the_page_says_what_to_install(manager, page_url, monkeypatch):
    monkeypatch.setattr(public_holidays, "find_spec", lambda name: None)
    response = manager.get(page_url("closures_holidays"))
    assert response.status_code == 200
    assert 'pip install "django-org-members[holidays]"' in words_of(response)


@pytest.mark.skipif(not public_holidays.is_installed(), reason="The library holidays is not installed.")
class TestPublicHolidays:
    @pytest.fixture
    def url(self, page_url):
        return page_url("closures_holidays")

    @pytest.fixture
    def year(self):
        return timezone.now().year + 1

    def test_days_are_offered_and_those_that_are_ticked_added(self, acme, manager, url, year):
        query = {"country": "DE", "part": "BY", "year": year}
        response = manager.get(url, query)
        assert "Epiphany" in words_of(response)
        chosen = [each.value for each in response.context["offers"] if each.days.name in ("Epiphany", "Labor Day")]
        assert told(manager.post(url, {**query, "day": chosen})) == ["Added 2 closures."]
        assert set(Closure.objects.values_list("name", "starts_on")) == {
            ("Epiphany", date(year, 1, 6)),
            ("Labor Day", date(year, 5, 1)),
        }
        again = manager.get(url, query)
        assert [each.days.name for each in again.context["offers"] if each.is_there] == ["Epiphany", "Labor Day"]
        assert words_of(again).count("Already a closure") == 2
        assert told(manager.post(url, {**query, "day": chosen})) == ["Nothing to change."]

    @pytest.mark.parametrize(
        "query",
        [
            {"country": "XX", "year": "2027"},
            {"country": "DE", "year": "1"},
            {"country": "DE", "year": "x"},
            {"country": "", "year": "2027"},
        ],
    )
    def test_what_is_not_offered_is_an_error_at_the_field(self, manager, url, query):
        for response in (manager.get(url, query), manager.post(url, {**query, "day": "2027-01-01 X"})):
            assert response.status_code == 200
            assert response.context["form"].errors
        assert not Closure.objects.exists()

    def test_a_part_of_another_country_is_forgotten(self, manager, url, year):
        response = manager.get(url, {"country": "FR", "part": "BY", "year": year})
        assert response.context["form"].errors == {}
        assert response.context["offers"]

    def test_made_up_days_are_not_added(self, manager, url, year):
        manager.post(url, {"country": "DE", "part": "", "year": year, "day": [f"{year}-02-02 Mine", "x"]})
        assert not Closure.objects.exists()
