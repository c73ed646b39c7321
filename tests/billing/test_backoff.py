"""How long is waited, and how many calls there are in an hour, whatever happens."""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta, timezone

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed.")
from hypothesis import given
from hypothesis import strategies as st

from django_org_members.billing.backoff import AN_HOUR, BURST, FIRST, LONGEST, delay, take_call
from django_org_members.models import Subscription

START = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
STRIPES = 200
"""How many changes of one subscription Stripe takes in an hour."""


def taken(times):
    """Return those of the times at which a call was allowed."""
    subscription = Subscription()
    return [at for at in times if take_call(subscription, at) is None]


def most_in_an_hour(times):
    times = sorted(times)
    return max((bisect_left(times, at + HOUR) - i for i, at in enumerate(times)), default=0)


@given(st.lists(st.integers(0, 4 * 3600 * 10), max_size=1500))
def test_no_hour_has_more_calls_than_stripe_takes(tenths):
    times = sorted(START + timedelta(seconds=each / 10) for each in tenths)
    assert most_in_an_hour(taken(times)) <= BURST + AN_HOUR < STRIPES


def test_nor_if_it_is_asked_without_end():
    times = [START + timedelta(seconds=each) for each in range(6 * 3600)]
    found = taken(times)
    assert most_in_an_hour(found) in (BURST + AN_HOUR - 1, BURST + AN_HOUR)
    assert len(found) == pytest.approx(BURST + 6 * AN_HOUR, abs=1)


@given(st.lists(st.integers(-3600, 3600), max_size=300))
def test_a_clock_that_is_put_back_gives_no_more_calls(steps):
    times, at = [], START
    for step in steps:
        at += timedelta(seconds=step)
        times.append(at)
    span = (max(times) - min(times)) / HOUR if times else 0
    assert len(taken(times)) <= BURST + span * AN_HOUR + 1e-6


@given(st.integers(0, 100), st.floats(0, 7200))
def test_after_the_wait_it_may_be_called(calls, more):
    subscription, at = Subscription(), START
    for _ in range(calls):
        take_call(subscription, at)
    at += timedelta(seconds=more)
    until = take_call(subscription, at)
    if until is not None:
        assert at < until <= at + timedelta(seconds=3600 / AN_HOUR + 1)
        assert take_call(subscription, until + timedelta(milliseconds=1)) is None


def test_a_call_that_was_made_beyond_is_waited_for():
    subscription = Subscription()
    for _ in range(BURST):
        assert take_call(subscription, START) is None
    subscription.calls_left -= 1
    assert take_call(subscription, START) == START + timedelta(minutes=1)


@given(st.integers(0, 10**9), st.one_of(st.none(), st.floats(0, 3600)))
def test_a_wait_grows_to_an_hour_and_is_never_shorter_than_asked_for(failures, wait):
    longest = min(LONGEST, FIRST * 2 ** min(max(failures - 1, 0), 20))
    found = delay(failures, wait)
    assert longest / 2 <= found <= max(longest, timedelta(seconds=wait or 0))
    assert found >= timedelta(seconds=wait or 0)


def test_many_do_not_come_back_at_once():
    assert len({delay(5) for _ in range(100)}) > 90
