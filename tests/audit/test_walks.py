"""Every way through the pages of the trail, for any filter, compared with plain Python."""

from __future__ import annotations

from datetime import timedelta

import pytest

from django_org_members.audit import reading
from django_org_members.audit.reading import Filter
from django_org_members.models import AuditEvent

from .conftest import START, VERBS

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db


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
