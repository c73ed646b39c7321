"""Times in words: short ones beside a badge, and spans of whole days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone
from django.utils import translation
from django.utils.html import strip_tags

from django_org_members import moments

NOW = datetime(2026, 11, 29, 12, tzinfo=timezone.utc)  # a Sunday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 11, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW + 6 * HOUR, "18:00"),
        (NOW + DAY - 3 * HOUR, "Mon 9:00"),
        (NOW + 8 * DAY, "12/07/2026 12:00"),
        (MIDNIGHT, "midnight"),
        (MIDNIGHT + DAY, "the end of Mon"),
        (MIDNIGHT + 6 * DAY, "the end of Sat"),
        (MIDNIGHT + 30 * DAY, "the end of 12/29/2026"),
    ],
)
def test_a_time_that_is_soon_is_short_and_midnight_is_the_day_that_ends(at, words):
    assert strip_tags(moments.soon(at, NOW)) == words
    assert f'datetime="{at.isoformat()}"' in moments.soon(at, NOW), "machines are told the instant"


def test_a_day_that_is_soon_is_told_as_the_language_does():
    with translation.override("de"):
        assert strip_tags(moments.soon(NOW + DAY - 3 * HOUR, NOW)) == "Mo 9:00"


def test_midnight_is_that_of_the_viewer():
    with django_timezone.override("Asia/Tokyo"):
        assert strip_tags(moments.soon(MIDNIGHT + DAY, NOW)) == "Tue 9:00"
        assert strip_tags(moments.soon(MIDNIGHT + DAY - 9 * HOUR, NOW)) == "the end of Mon"


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (MIDNIGHT, MIDNIGHT + DAY, "Nov. 30, 2026"),
        (MIDNIGHT, MIDNIGHT + 5 * DAY, "Nov. 30, 2026 – Dec. 4, 2026"),
        (MIDNIGHT, MIDNIGHT + 9 * HOUR, "Nov. 30, 2026, midnight – Nov. 30, 2026, 9 a.m."),
        (NOW, MIDNIGHT, "Nov. 29, 2026, noon – Nov. 30, 2026, midnight"),
    ],
)
def test_whole_days_are_told_as_days_the_last_one_included(begins, ends, words):
    assert strip_tags(moments.span(begins, ends)) == moments.span_in_words(begins, ends) == words


def test_days_of_another_time_zone_are_told_with_their_times():
    with django_timezone.override("Asia/Tokyo"):
        assert moments.span_in_words(MIDNIGHT, MIDNIGHT + DAY) == "Nov. 30, 2026, 9 a.m. – Dec. 1, 2026, 9 a.m."


@pytest.mark.parametrize("language", ["he", "ar", "fa"])
def test_a_date_in_a_sentence_stays_whole_in_a_language_from_the_right(language):
    """Beside words from the left its first number would be taken for theirs."""
    with translation.override(language):
        for words in (
            moments.in_words(NOW),
            moments.span_in_words(NOW, NOW + DAY),
            moments.span_in_words(MIDNIGHT, MIDNIGHT + DAY),
        ):
            assert (words[0], words[-1]) == ("\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}")
            assert words.count(words[0]) == words.count(words[-1]) == 1
    assert moments.in_words(NOW).isascii(), "elsewhere there is nothing to keep apart"
