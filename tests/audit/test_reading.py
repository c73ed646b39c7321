"""Pages of the trail: what is wanted, all of it, once, in order, whichever way one walks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_org_members.audit import reading
from django_org_members.audit.reading import Cursor, Filter

from .conftest import START

pytestmark = pytest.mark.django_db


def pks(events):
    return [event.pk for event in events]


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
