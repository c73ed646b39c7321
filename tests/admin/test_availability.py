"""The tab Availability: who is on call, who is away, the week, and its overrides."""

# Fixtures are named by the tests' arguments.
# ruff: noqa: F811

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone as clock
from django.utils import translation
from django.utils.html import strip_tags

from django_org_members.admin.availability import overriding
from django_org_members.availability.loading import load
from django_org_members.models import Closure, ImportedCalendar, ImportedShift, Override
from tests.availability.conftest import away, local, make_override, make_rotation, utc  # noqa: F401

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SATURDAY = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """It is Saturday noon, until a test says otherwise: `now(instant)`."""

    def set_to(at):
        monkeypatch.setattr(clock, "now", lambda: at)

    set_to(SATURDAY)
    return set_to


@pytest.fixture
def url(page_url):
    return page_url("organization_availability")


@pytest.fixture
def manager(admin_member, as_user):
    return as_user(admin_member.user)


@pytest.fixture
def viewer(acme, make_member, make_role, as_user):
    """A client of somebody who sees members and plans nothing."""
    return as_user(make_member(acme, role=make_role(acme, "view_members")).user)


@pytest.fixture
def ada(acme, make_member):
    return make_member(acme, full_name="Ada Lovelace", email="ada@acme.example")


@pytest.fixture
def grace(acme, make_member):
    return make_member(acme, full_name="Grace Hopper", email="grace@acme.example")


@pytest.fixture
def primary(acme, ada, grace, make_rotation):
    """Ada and Grace, day by day, from 9:00 UTC; Ada has Saturday the 28th."""
    return make_rotation(acme, [ada, grace], name="Primary", unit="days", starts_on=date(2026, 11, 2))


def words_of(response):
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def told(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def lane_of(response, label="Primary"):
    (lane,) = (each for each in response.context_data["lanes"] if each.label == label)
    return lane


def spans(lane):
    return [(block.name, block.span.begins, block.span.ends) for block in lane.blocks]


# The overview


def test_an_organization_without_anything_is_told_what_to_do_first(manager, url):
    words = words_of(manager.get(url))
    assert "Nobody is on call: there is no rotation yet." in words
    assert "Make a rotation" in words
    assert "Nobody has time off" in words


def test_who_is_on_call_until_when_and_who_is_next(manager, url, primary, page_url, ada):
    response = manager.get(url)
    (row,) = response.context_data["rows"]
    assert ([str(each) for each in row.now], [str(each) for each in row.following]) == (
        ["Ada Lovelace"],
        ["Grace Hopper"],
    )
    assert row.until == datetime(2026, 11, 29, 9, tzinfo=timezone.utc)
    assert page_url("member_profile", member_id=ada.pk) in response.content.decode()


def test_who_is_next_after_a_time_without_anybody(acme, manager, url, make_rotation, ada):
    make_rotation(acme, [ada], name="By day", hours=[[0, "09:00", "17:00"], [5, "09:00", "17:00"]])
    words = words_of(manager.get(url))
    assert "Until Nov. 28, 2026, 5 p.m. Next " in words
    assert "Ada Lovelace from Nov. 30, 2026, 9 a.m." in words


def test_nobody_is_said_in_words(acme, manager, url, make_rotation):
    make_rotation(acme, [], name="Primary")
    words = words_of(manager.get(url))
    assert "Primary Nobody Until No hand-over in the next two weeks" in words


def test_an_imported_calendar_stands_beside_the_rotations(acme, manager, url, ada, grace):
    calendar = ImportedCalendar.objects.create(organization=acme, name="Network")
    for member in (ada, grace):
        ImportedShift.objects.create(
            calendar=calendar, membership=member, starts_at=SATURDAY - HOUR, ends_at=SATURDAY + HOUR
        )
    response = manager.get(url)
    (row,) = response.context_data["rows"]
    assert {str(each) for each in row.now} == {"Ada Lovelace", "Grace Hopper"}
    assert row.following == []
    lane = lane_of(response, "Network")
    assert lane.tracks == 2, "those who are on call at once lie below each other"
    assert [name for name, *_ in spans(lane)] == ["Nobody", "Ada Lovelace", "Grace Hopper", "Nobody"]
    assert not any(block.url for block in lane.blocks), "another system's shifts are not overridden here"


@pytest.fixture
def failing(acme):
    """A calendar whose last try failed: `failing("Network", read_at=…)`."""

    def make(name, **fields):
        return ImportedCalendar.objects.create(
            organization=acme, name=name, url="https://secret.example/feed.ics", error="status 404", **fields
        )

    return make


@pytest.mark.parametrize("who", ["manager", "viewer"])
def test_a_calendar_that_cannot_be_read_says_so_to_everybody_who_sees_the_tab(acme, url, failing, who, request):
    failing("Network", read_at=SATURDAY - DAY)
    failing("Storage")
    ImportedCalendar.objects.create(organization=acme, name="Fine", read_at=SATURDAY)
    response = request.getfixturevalue(who).get(url)
    words = words_of(response)
    assert "Network Imported Could not be read since Nov. 27, 2026, noon Nobody" in words
    assert "Storage Imported Could not be read yet Nobody" in words
    assert "Fine Imported Nobody" in words
    html = response.content.decode()
    # In the table, and shorter at the lane, each time with an icon.
    assert words.count("Could not be read") == html.count('om-icon-alert"></use>') == 4
    assert "secret.example" not in html
    assert "404" not in words


def test_a_calendar_of_another_organization_that_cannot_be_read_is_not_told(manager, url, primary, make_organization):
    ImportedCalendar.objects.create(organization=make_organization(), name="Foreign", error="status 404")
    assert "Could not be read" not in words_of(manager.get(url))


def test_calendars_that_cannot_be_read_cost_the_same_for_many(manager, url, primary, failing):
    failing("0")
    manager.get(url)  # what is read once for a process
    before = queries(manager, url)
    for number in range(1, 15):
        failing(str(number), read_at=SATURDAY - DAY)
    assert queries(manager, url) == before


def test_a_block_does_not_tell_how_far_was_looked_as_a_begin_or_an_end(acme, manager, url, ada):
    calendar = ImportedCalendar.objects.create(organization=acme, name="Network")
    ImportedShift.objects.create(calendar=calendar, membership=ada, starts_at=SATURDAY - HOUR, ends_at=SATURDAY + DAY)
    before, shift, after = lane_of(manager.get(url), "Network").blocks
    assert before.short_times.replace("\xa0", " ") == "… – Sat 11 am"
    assert shift.short_times.replace("\xa0", " ") == "11 am – noon", "without the dots, which do not fit"
    assert after.short_times.replace("\xa0", " ") == "noon – …"


def test_who_is_away_and_what_is_closed_and_how_many_more(acme, manager, url, primary, ada, grace, away):
    away(ada, SATURDAY - DAY, 2 * DAY)
    away(grace, SATURDAY - 3 * DAY, DAY)
    for number in range(7):
        away(grace, SATURDAY + number * 2 * DAY + HOUR, DAY)
    Closure.objects.create(organization=acme, name="Past", starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 27))
    Closure.objects.create(organization=acme, name="Offsite", starts_on=date(2026, 11, 28), ends_on=date(2026, 11, 28))
    response = manager.get(url)
    assert [str(each.membership) for each in response.context_data["away"].rows][:2] == ["Ada Lovelace", "Grace Hopper"]
    assert response.context_data["away"].more == 2
    assert [each.name for each in response.context_data["closures"].rows] == ["Offsite"]
    words = words_of(response)
    assert "Away now · Nov. 27, 2026, noon – Nov. 29, 2026, noon" in words
    assert "And 2 more." in words
    assert "Closed: Offsite" in words


def test_another_organizations_plans_are_not_shown(manager, url, make_organization, make_rotation, away, make_override):
    globex = make_organization(members=1)
    stranger = globex.memberships.exclude(user=globex.owner).get()
    rotation = make_rotation(globex, [stranger], name="Globex rotation")
    away(stranger, SATURDAY, DAY)
    make_override(rotation, stranger, SATURDAY, SATURDAY + DAY)
    Closure.objects.create(
        organization=globex, name="Globex closed", starts_on=date(2026, 11, 28), ends_on=date(2026, 12, 1)
    )
    page = manager.get(url).content.decode()
    assert "Globex" not in page
    assert str(stranger) not in page


def test_whoever_may_not_plan_sees_everything_but_the_ways_to_change_it(
    viewer, manager, url, primary, make_override, ada
):
    make_override(primary, ada, SATURDAY, SATURDAY + DAY)
    seen, full = viewer.get(url), manager.get(url)
    assert spans(lane_of(seen)) == spans(lane_of(full))
    assert not any(block.url for block in lane_of(seen).blocks)
    assert any(block.url for block in lane_of(full).blocks)
    page = seen.content.decode()
    assert "overrides/" not in page
    assert 'aria-disabled="true" aria-describedby="om-manage-reason"' in page
    assert f'id="om-manage-reason">{seen.context["manage"].reason}<' in page
    assert "week.js" not in page


def queries(client, url):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_number_of_queries_is_constant(acme, manager, url, make_rotation, make_override, away, make_member):
    def fill(count):
        for _ in range(count):
            members = [make_member(acme), make_member(acme)]
            rotation = make_rotation(acme, members, unit="days")
            make_override(rotation, make_member(acme), SATURDAY, SATURDAY + DAY)
            away(members[0], SATURDAY, DAY)

    fill(2)
    manager.get(url)  # what is read once for a process
    before = queries(manager, url)
    assert before <= 15
    fill(28)
    # and three that count what is not shown any more
    assert queries(manager, url) <= before + 2


def test_many_rotations_are_paged_through(acme, manager, url, make_rotation):
    for number in range(27):
        make_rotation(acme, [], name=f"Rotation {number:02}")
    first, second = manager.get(url), manager.get(f"{url}?week=2026-W48&p=2")
    assert (len(first.context_data["lanes"]), len(second.context_data["lanes"])) == (25, 2)
    assert len(first.context_data["rows"]) == 27
    assert "?week=2026-W48&amp;p=2#om-week" in first.content.decode()


# The week


@pytest.mark.parametrize(
    ("text", "monday", "previous", "following"),
    [
        ("2026-W48", date(2026, 11, 23), "2026-W47", "2026-W49"),
        ("2026-W53", date(2026, 12, 28), "2026-W52", "2027-W01"),
        ("2000-W01", date(2000, 1, 3), None, "2000-W02"),
        ("2099-W53", date(2099, 12, 28), "2099-W52", None),
    ],
)
def test_a_week_is_asked_for(manager, url, primary, text, monday, previous, following):
    response = manager.get(f"{url}?week={text}")
    context = response.context_data
    assert told(response) == []
    assert context["week"].monday == monday
    for name, wanted in (("previous_url", previous), ("next_url", following)):
        assert parse_qs(urlsplit(context[name]).query).get("week") == ([wanted] if wanted else None)
    assert bool(context["this_url"]) == (text != "2026-W48")
    assert bool(context["now_x"]) == (text == "2026-W48")


@pytest.mark.parametrize(
    "text", ["2025-W53", "2026-W00", "2026-W54", "2026-48", "1999-W52", "2100-W01", "W48", "2026-W٤٨", "x" * 500, "\0"]
)
def test_a_week_that_is_none_is_said_and_this_one_is_shown(manager, url, primary, text):
    response = manager.get(url, {"week": text})
    assert told(response) == ["There is no such week: write the year and its number, such as 2026-W48."]
    assert str(response.context_data["week"]) == "2026-W48"


@pytest.mark.parametrize(
    ("zone", "week", "hours"),
    [
        ("UTC", "2026-W48", [24] * 7),
        ("Europe/Berlin", "2026-W13", [24] * 6 + [23]),
        ("Europe/Berlin", "2026-W43", [24] * 6 + [25]),
        ("Australia/Sydney", "2026-W40", [24] * 6 + [23]),
        ("Australia/Sydney", "2026-W14", [24] * 6 + [25]),
        ("Australia/Lord_Howe", "2026-W14", [24] * 6 + [24.5]),
        ("America/New_York", "2026-W53", [24] * 7),
    ],
)
@pytest.mark.parametrize("layer_zone", ["Europe/Berlin", "Australia/Sydney"])
def test_the_blocks_are_what_the_engine_answers(
    acme, manager, url, ada, grace, make_rotation, make_override, away, settings, zone, week, hours, layer_zone
):
    """At every half hour of the week, and without a gap or an overlap between them."""
    settings.TIME_ZONE = zone
    rotation = make_rotation(
        acme,
        [ada, grace],
        name="Primary",
        zone=layer_zone,
        unit="hours",
        length=11,
        handoff="02:30",
        starts_on=date(2026, 1, 5),
        hours=[[day, "01:00", "20:30"] for day in range(7)],
    )
    shown = manager.get(f"{url}?week={week}").context_data["week"]
    make_override(rotation, grace, shown.begins + 30 * HOUR, shown.begins + 40 * HOUR)
    make_override(rotation, None, shown.ends - 5 * HOUR, shown.ends - 2 * HOUR)
    away(ada, shown.begins + 70 * HOUR, DAY)

    response = manager.get(f"{url}?week={week}")
    assert [day.hours for day in shown.days] == hours
    assert [column.hours for column in response.context_data["columns"]] == [
        "" if each == 24 else f"{each:g}" for each in hours
    ]
    lane = lane_of(response)
    ends = [block.span.ends for block in lane.blocks]
    assert [block.span.begins for block in lane.blocks][1:] == ends[:-1]
    assert lane.blocks[0].span.begins <= shown.begins
    assert ends[-1] >= shown.ends
    assert sum(float(block.width.rstrip("%")) for block in lane.blocks) == pytest.approx(100, abs=0.05)

    plan = load(acme, shown.begins, shown.ends)
    at = shown.begins
    while at < shown.ends:
        (block,) = (each for each in lane.blocks if each.span.begins <= at < each.span.ends)
        turn = plan.rotations[0].turn(at, plan.people)
        assert (block.span.member, block.span.override) == (turn.member, turn.override), at
        assert float(block.x.rstrip("%")) <= 100 * shown.place(at) + 0.001
        at += HOUR / 2


def test_times_are_those_of_the_viewers_zone_and_unmistakable_when_clocks_change(
    acme, manager, url, ada, make_rotation, make_override, settings, local
):
    settings.TIME_ZONE = "Europe/Berlin"
    rotation = make_rotation(acme, [], name="Primary")
    begins = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc)  # 2:30 for the first time
    make_override(rotation, ada, begins, begins + HOUR)
    response = manager.get(f"{url}?week=2026-W43")
    assert "Times are in the time zone Europe/Berlin." in words_of(response)
    facts = [block.facts for block in lane_of(response).blocks]
    assert "Ada Lovelace, override: Sun, October 25, 2:30 a.m. CEST – 2:30 a.m. CET" in facts
    assert "25 hours" in words_of(response)


def test_a_turn_is_shown_whole_and_its_block_is_cut(acme, manager, url, ada, grace, make_rotation):
    make_rotation(acme, [ada, grace], name="Primary", unit="weeks", weekday=2, starts_on=date(2026, 11, 4))
    first, second = lane_of(manager.get(url)).blocks
    assert first.times == "Wed, November 18, 9 a.m. – Wed, November 25, 9 a.m."
    assert (first.x, first.width, second.x) == ("0.0000%", "33.9286%", "33.9286%")
    assert parse_qs(urlsplit(second.url).query)["ends"] == ["2026-12-02T09:00:00Z"]
    assert parse_qs(urlsplit(second.url).query)["begins"] == ["2026-11-28T12:00:00Z"], "not from the past on"
    assert first.url == "", "what is over cannot be overridden"


def test_a_turn_longer_than_was_looked_says_so(acme, manager, url, ada, make_rotation):
    make_rotation(acme, [ada], name="Primary", unit="weeks", length=40)
    (block,) = lane_of(manager.get(url)).blocks
    assert block.times.startswith("… ")
    assert block.times.endswith(" …")


def test_a_language_from_the_right_mirrors_the_places(manager, url, primary):
    straight = lane_of(manager.get(url)).blocks
    mirrored = lane_of(manager.get(url, headers={"accept-language": "he"})).blocks
    with translation.override("he"):
        pairs = [(float(each.x[:-1]), float(each.width[:-1])) for each in mirrored]
    for (x, width), block in zip(pairs, straight, strict=True):
        assert x + width == pytest.approx(100 - float(block.x[:-1]), abs=0.001)


def test_the_list_by_day_tells_the_same_facts(manager, url, primary, grace, make_override):
    make_override(primary, grace, SATURDAY + HOUR, SATURDAY + 2 * HOUR)
    agenda = manager.get(url).context_data["agenda"]
    saturday = [(times, block.name) for _lane, entries in agenda[5][1] for times, block in entries]
    assert saturday == [
        ("until 9 a.m.", "Grace Hopper"),
        ("9 a.m. – 1 p.m.", "Ada Lovelace"),
        ("1 p.m. – 2 p.m.", "Grace Hopper"),
        ("from 2 p.m.", "Ada Lovelace"),
    ]


def test_no_style_is_inline(manager, url, primary):
    page = manager.get(url).content.decode()
    assert " style=" not in page
    assert "<style" not in page


# Overriding


@pytest.fixture
def add_url(page_url):
    return page_url("override_add")


@pytest.fixture
def wish(primary, ada):
    """What the form sends: `wish(who=grace, …)`."""

    def make(who="", somebody="", begins="2026-12-01T09:00", ends="2026-12-01T17:00", rotation=primary):
        return {
            "rotation": rotation.pk,
            "who": getattr(who, "pk", who),
            "somebody": somebody,
            "begins": begins,
            "ends": ends,
        }

    return make


def test_a_block_leads_to_the_form_with_its_span(manager, url, primary):
    block = lane_of(manager.get(url)).blocks[-1]
    response = manager.get(block.url)
    page = response.content.decode()
    assert 'name="begins" value="2026-11-29T09:00"' in page
    assert 'name="ends" value="2026-11-30T09:00"' in page
    assert "Now planned in Primary Grace Hopper Sun, November 29, 9 a.m. – Mon, November 30, 9 a.m." in (
        words_of(response).replace("GHGrace", "Grace")
    )


def test_a_span_is_overridden_and_its_week_shown(manager, add_url, url, wish, primary, grace):
    response = manager.post(add_url, wish(who=grace))
    assert told(response) == ["Tue, December 1, 9 a.m. – 5 p.m.: Grace Hopper takes Primary."]
    assert response.url == f"{url}?week=2026-W49"
    override = Override.objects.get()
    assert (override.rotation, override.membership) == (primary, grace)
    assert (override.starts_at.hour, override.ends_at.hour) == (9, 17)


def test_a_span_is_left_open(manager, add_url, wish):
    response = manager.post(add_url, wish(who="nobody"))
    assert told(response)[0].endswith(": Primary is left open.")
    assert Override.objects.get().membership is None


@pytest.mark.parametrize("typed", ["katherine", "KATHERINE johnson", "katherine@acme.example"])
def test_anybody_else_is_found_by_name_or_address(acme, manager, add_url, wish, make_member, typed):
    katherine = make_member(acme, full_name="Katherine Johnson", email="katherine@acme.example")
    manager.post(add_url, wish(somebody=typed))
    assert Override.objects.get().membership == katherine


def test_several_who_match_are_offered(acme, manager, add_url, wish, make_member):
    for name in ("Mary Jackson", "Mary Somerville"):
        mary = make_member(acme, full_name=name)
    response = manager.post(add_url, wish(somebody="mary"))
    form = response.context_data["form"]
    assert form.errors.as_data()["who"][0].code == "several"
    assert f'<option value="{mary.pk}">Mary Somerville' in str(form["who"])
    assert form["somebody"].value() == "", "who chooses now sends the choice alone"
    assert form["begins"].value() == "2026-12-01T09:00"
    manager.post(add_url, wish(who=mary))
    assert Override.objects.get().membership == mary


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({}, "who", "required"),
        ({"who": "12345678"}, "who", "missing"),
        ({"who": "x"}, "who", "missing"),
        ({"who": "nobody", "somebody": "grace"}, "somebody", None),
        ({"somebody": "zzz"}, "somebody", "nobody"),
        ({"who": "nobody", "begins": "yesterday"}, "begins", "invalid"),
        ({"who": "nobody", "begins": "2026-13-01T09:00"}, "begins", "invalid"),
        ({"who": "nobody", "begins": "0001-01-01T00:00"}, "begins", "invalid"),
        ({"who": "nobody", "begins": ""}, "begins", "required"),
        ({"who": "nobody", "ends": "2026-12-01T08:00"}, "ends", "order"),
        ({"who": "nobody", "begins": "2026-11-01T08:00", "ends": "2026-11-02T08:00"}, "ends", "over"),
        ({"who": "nobody", "ends": "2028-12-01T08:00"}, "ends", "long"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_is_lost(manager, add_url, wish, changes, field, code):
    sent = wish(**changes)
    response = manager.post(add_url, sent)
    form = response.context_data["form"]
    assert [(name, errors[0].code) for name, errors in form.errors.as_data().items()] == [(field, code)]
    assert {name: form[name].value() for name in ("begins", "ends")} == {
        name: sent[name] for name in ("begins", "ends")
    }
    assert not Override.objects.exists()


def test_whoever_is_away_is_refused_where_they_were_chosen(manager, add_url, wish, grace, away):
    away(grace, datetime(2026, 12, 1, 12, tzinfo=timezone.utc), DAY)
    for how in ({"who": grace}, {"somebody": "grace"}):
        errors = manager.post(add_url, wish(**how)).context_data["form"].errors
        assert list(errors) == list(how)
        assert "Grace Hopper is away (Dec. 1, 2026, noon – Dec. 2, 2026, noon)." in str(errors)


def test_the_disabled_are_not_offered(acme, manager, add_url, wish, make_member):
    gone = make_member(acme, full_name="Gone Away", disabled=True)
    for how in ({"who": gone}, {"somebody": "gone"}):
        assert manager.post(add_url, wish(**how)).context_data["form"].errors
    assert not Override.objects.exists()


def test_another_organizations_people_and_rotations_are_missing(
    manager, add_url, wish, make_organization, make_rotation
):
    globex = make_organization(members=1)
    stranger = globex.memberships.exclude(user=globex.owner).get()
    foreign = make_rotation(globex, [stranger])
    assert manager.get(f"{add_url}?rotation={foreign.pk}").status_code == 404
    assert manager.get(f"{add_url}?rotation=x").status_code == 404
    for how in ({"who": stranger}, {"somebody": stranger.email}, {"who": "nobody", "rotation": foreign}):
        assert manager.post(add_url, wish(**how)).context_data["form"].errors
    assert not Override.objects.exists()


def test_a_rotation_that_is_deleted_meanwhile_is_an_error_of_its_field(manager, add_url, wish, primary, monkeypatch):
    add = overriding.overrides.add_override

    def late(**arguments):
        primary.delete()
        return add(**arguments)

    monkeypatch.setattr(overriding.overrides, "add_override", late)
    response = manager.post(add_url, wish(who="nobody"))
    assert response.status_code == 200
    assert response.context["form"].errors["rotation"] == ["There is no such rotation."]


def test_the_form_is_filled_for_a_wrong_address_too(manager, add_url, primary):
    for query in (
        "",
        "begins=x&ends=y",
        "begins=2026-12-02T00:00:00Z&ends=2026-12-01T00:00:00Z",
        "begins=2026-12-02T00:00",
    ):
        page = manager.get(f"{add_url}?{query}").content.decode()
        assert 'name="begins" value="2026-11-28T13:00"' in page
        assert 'name="ends" value="2026-11-29T13:00"' in page


def test_without_a_rotation_there_is_nothing_to_override(manager, add_url):
    response = manager.get(add_url)
    assert response.status_code == 200
    assert "There is no rotation yet" in words_of(response)
    assert manager.post(add_url, {}).status_code == 200


def test_the_second_of_two_equal_hours_is_kept_when_it_was_picked(manager, add_url, wish, grace, primary, settings):
    """A form knows only what clocks show; the address knows the instant."""
    settings.TIME_ZONE = "America/New_York"
    begins = datetime(2027, 11, 7, 6, 30, tzinfo=timezone.utc)  # 1:30, for the second time
    address = f"{add_url}?rotation={primary.pk}&begins=2027-11-07T06:30:00Z&ends=2027-11-07T09:00:00Z"
    sent = wish(who=grace, begins="2027-11-07T01:30", ends="2027-11-07T04:00")
    assert 'value="2027-11-07T01:30"' in manager.get(address).content.decode()
    manager.post(address, sent)
    manager.post(f"{add_url}?rotation={primary.pk}", sent)
    assert [each.starts_at for each in Override.objects.order_by("pk")] == [begins, begins - HOUR]


def test_a_skipped_hour_is_the_moment_of_the_jump(manager, add_url, wish, grace, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    manager.post(add_url, wish(who=grace, begins="2027-03-28T02:30", ends="2027-03-28T04:00"))
    assert Override.objects.get().starts_at == datetime(2027, 3, 28, 1, tzinfo=timezone.utc)


def test_the_form_costs_the_same_for_many(acme, manager, add_url, make_rotation, make_member, primary):
    manager.get(f"{add_url}?rotation={primary.pk}")
    before = queries(manager, f"{add_url}?rotation={primary.pk}")
    assert before <= 12
    for _ in range(10):
        make_rotation(acme, [make_member(acme) for _ in range(3)])
    assert queries(manager, f"{add_url}?rotation={primary.pk}") == before


# Taking it back


@pytest.fixture
def override(primary, grace, make_override):
    return make_override(primary, grace, SATURDAY + HOUR, SATURDAY + DAY)


def test_an_override_is_removed_once_that_is_confirmed(manager, page_url, url, override):
    remove_url = page_url("override_remove", override_id=override.pk)
    assert remove_url in manager.get(url).content.decode()
    words = words_of(manager.get(remove_url))
    assert "Grace Hopper" in words
    assert "Sat, November 28, 1 p.m. – Sun, November 29, noon" in words
    assert Override.objects.exists(), "GET changes nothing"
    response = manager.post(remove_url)
    assert response.url == f"{url}?week=2026-W48"
    assert told(response) == ["Removed the override of Primary."]
    assert not Override.objects.exists()


def test_one_that_has_begun_ends_now(manager, page_url, override, now):
    now(SATURDAY + 2 * HOUR)
    remove_url = page_url("override_remove", override_id=override.pk)
    assert "It has begun: it ends now" in words_of(manager.get(remove_url))
    manager.post(remove_url)
    override.refresh_from_db()
    assert override.ends_at == SATURDAY + 2 * HOUR


def test_one_that_is_over_is_only_told_of(manager, page_url, override, now):
    now(SATURDAY + 2 * DAY)
    remove_url = page_url("override_remove", override_id=override.pk)
    assert "This override is over" in words_of(manager.get(remove_url))
    assert "This override is over" in words_of(manager.post(remove_url))
    assert Override.objects.exists()


def test_the_form_offers_to_remove_what_it_would_cover(manager, add_url, page_url, override, primary):
    page = manager.get(f"{add_url}?rotation={primary.pk}").content.decode()
    assert page_url("override_remove", override_id=override.pk) in page


def test_another_organizations_override_is_missing(manager, page_url, make_organization, make_rotation, make_override):
    foreign = make_override(make_rotation(make_organization(), []), None, SATURDAY, SATURDAY + DAY)
    remove_url = page_url("override_remove", override_id=foreign.pk)
    assert manager.get(remove_url).status_code == 404
    assert manager.post(remove_url).status_code == 404
    assert Override.objects.exists()


def test_whoever_may_not_plan_is_refused(viewer, add_url, page_url, wish, override):
    remove_url = page_url("override_remove", override_id=override.pk)
    for address in (add_url, remove_url):
        assert viewer.get(address).status_code == 403
        assert viewer.post(address, wish(who="nobody")).status_code == 403
    assert list(Override.objects.all()) == [override]


def test_a_change_needs_the_token(admin_member, sign_in, add_url, page_url, wish, override):
    client = sign_in(Client(enforce_csrf_checks=True), admin_member.user)
    assert client.post(add_url, wish(who="nobody")).status_code == 403
    assert client.post(page_url("override_remove", override_id=override.pk)).status_code == 403
    assert list(Override.objects.all()) == [override]


def test_what_changed_is_in_the_audit_log(manager, add_url, wish, grace, page_url):
    manager.post(add_url, wish(who=grace))
    words = words_of(manager.get(page_url("organization_audit")))
    assert "Override added" in words
    for told_of in ("Rotation Primary", "From Dec. 1, 2026, 9 a.m.", "Until Dec. 1, 2026, 5 p.m."):
        assert told_of in words
