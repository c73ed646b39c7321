"""Pages of the trail: what is wanted, all of it, once, in order, whichever way one walks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.audit import reading
from django_org_members.audit.reading import Cursor, Filter
from django_org_members.models import AuditEvent

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
VERBS = ("role_changed", "member_disabled", "ticket_closed")


@pytest.fixture
def people(make_user):
    names = ("Ada Lovelace", "Grace Hopper", "Alan Turing")
    return [make_user(full_name=name, email=f"{name.split()[0].lower()}@example.com") for name in names]


@pytest.fixture
def trail(acme, people, make_organization, happened):
    """90 events of three people, of which many share a moment, and as many of another organization."""
    random = Random(7)
    told = [
        {
            "verb": random.choice(VERBS),
            "actor": random.choice([*people, None]),
            "user": random.choice(people),
            "at": START + timedelta(hours=random.randrange(24)),
        }
        for _ in range(90)
    ]
    happened(make_organization(), *told)
    happened(acme, *told)
    return acme


def expected(organization, wanted):
    """Say it again in Python."""

    def is_wanted(event):
        text = f"{event.name} {event.email} {event.actor_name} {event.actor_email}".casefold()
        return (
            all(word.casefold() in text for word in wanted.words.split())
            and (wanted.person is None or wanted.person in (event.user_id, event.actor_id))
            and wanted.verb in ("", event.verb)
            and (wanted.since is None or event.created_at >= wanted.since)
            and (wanted.until is None or event.created_at < wanted.until)
        )

    events = filter(is_wanted, AuditEvent.objects.filter(organization=organization))
    return [event.pk for event in sorted(events, key=lambda event: (event.created_at, event.pk), reverse=True)]


def pks(events):
    return [event.pk for event in events]


def walked(organization, wanted, size):
    """Go from the newest page to the last, and back; returns what was seen each way, newest first."""
    page = reading.newest(organization.pk, wanted, size)
    there = [pks(page.events)]
    while page.older:
        page = reading.older(organization.pk, wanted, size, page.older)
        there.append(pks(page.events))
    page = reading.oldest(organization.pk, wanted, size)
    back = [pks(page.events)]
    while page.newer:
        cursor = page.newer
        page = reading.newer(organization.pk, wanted, size, cursor)
        # A page that would not be full is the newest one, which overlaps.
        back.append([pk for pk in pks(page.events) if pk not in back[-1]])
    return [pk for page in there for pk in page], [pk for page in reversed(back) for pk in page]


FILTERS = st.builds(
    dict,
    words=st.sampled_from(["", "ada", "HOPPER", "grace example", "nobody", "ada turing", "gr", "@", "%", "_", "x@"]),
    person=st.sampled_from([None, 0, 1, 2]),
    verb=st.sampled_from(["", *VERBS, "unheard_of"]),
    since=st.sampled_from([None, START + timedelta(hours=6)]),
    until=st.sampled_from([None, START + timedelta(hours=18), START]),
)


@given(fields=FILTERS, size=st.integers(1, 40), look=st.integers(1, 100))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_way_through_the_pages_shows_all_that_is_wanted_once(trail, people, monkeypatch, fields, size, look):
    monkeypatch.setattr(reading, "LOOK_AT_LEAST", look)
    monkeypatch.setattr(reading, "LOOK_TIMES", 0)
    person = fields["person"]
    wanted = Filter(**fields | {"person": None if person is None else people[person].pk})
    right = expected(trail, wanted)
    assert walked(trail, wanted, size) == (right, right)
    assert [event.pk for batch in reading.batches(trail.pk, wanted, size) for event in batch] == right


def test_a_page_tells_what_lies_around_it(trail):
    newest = reading.newest(trail.pk, Filter(), 40)
    middle = reading.older(trail.pk, Filter(), 40, newest.older)
    last = reading.older(trail.pk, Filter(), 40, middle.older)
    assert [(page.has_newer, page.has_older) for page in (newest, middle, last)] == [
        (False, True),
        (True, True),
        (True, False),
    ]
    assert len(last.events) == 10
    back = reading.newer(trail.pk, Filter(), 40, last.newer)
    assert (pks(back.events), back.has_newer, back.has_older) == (pks(middle.events), True, True)


def test_a_page_of_newer_ones_that_would_not_be_full_is_the_newest(trail):
    newest = reading.newest(trail.pk, Filter(), 40)
    page = reading.newer(trail.pk, Filter(), 40, Cursor.of(newest.events[10]))
    assert pks(page.events) == pks(newest.events)
    assert not page.has_newer


def test_new_events_move_no_page(trail, happened):
    first = reading.newest(trail.pk, Filter(), 40)
    happened(trail, *({"verb": "role_changed"} for _ in range(5)))
    second = reading.older(trail.pk, Filter(), 40, first.older)
    assert not set(pks(first.events)) & set(pks(second.events))


def test_what_somebody_did_to_oneself_comes_once(acme, people, happened):
    happened(acme, *({"actor": people[0], "user": people[0]} for _ in range(3)))
    page = reading.newest(acme.pk, Filter(person=people[0].pk), 2)
    assert (len(page.events), page.has_older) == (2, True)


def test_events_of_a_deleted_account_are_found_by_its_pk(acme, people, happened):
    happened(acme, {"user": people[0]})
    pk = people[0].pk
    people[0].delete()
    assert len(reading.newest(acme.pk, Filter(person=pk), 10).events) == 1


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({}, 1),
        ({"verb": "role_changed"}, 1),
        ({"person": 0}, 2),
        ({"words": "ada"}, 3),
        ({"verb": "role_changed", "words": "ada"}, 3),
        ({"person": 0, "verb": "role_changed", "words": "ada"}, 6),
    ],
)
def test_a_page_needs_a_constant_number_of_queries_and_counts_nothing(trail, people, fields, most, monkeypatch):
    monkeypatch.setattr(reading, "LOOK_AT_LEAST", 10)
    monkeypatch.setattr(reading, "LOOK_TIMES", 0)
    wanted = Filter(**fields | ({"person": people[0].pk} if "person" in fields else {}))
    cursor = Cursor(START + timedelta(hours=12), 0)
    for page in (
        lambda: reading.newest(trail.pk, wanted, 5),
        lambda: reading.older(trail.pk, wanted, 5, cursor),
        lambda: reading.oldest(trail.pk, wanted, 5),
    ):
        with CaptureQueriesContext(connection) as captured:
            page()
        assert len(captured) <= most
        for query in captured.captured_queries:
            assert "COUNT" not in query["sql"]
            assert "OFFSET" not in query["sql"] or "OFFSET 10" in query["sql"], "how far to look"


def test_the_newest_about_somebody(acme, people, happened):
    happened(acme, {"user": people[0], "verb": "first", "at": START}, {"user": people[0], "verb": "second"})
    happened(acme, {"user": people[1], "actor": people[0]})
    assert [event.verb for event in reading.about(acme.pk, people[0].pk, 10)] == ["second", "first"]
