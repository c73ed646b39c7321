"""A bulk action over any number of members needs no more memory than over a few batches."""

from __future__ import annotations

import gc
import tracemalloc

import pytest

from django_org_members import actions

pytestmark = [pytest.mark.django_db, pytest.mark.heavy]

BATCHES, BATCH = 16, 50


def measured(outcomes):
    """Run to the end; returns how many were changed, and for each batch what it left behind and its peak, in bytes."""
    done, left, peaks = 0, [], []
    tracemalloc.start()
    try:
        for outcome in outcomes:
            done += len(outcome.done)
            del outcome
            gc.collect()  # what waits for the collector is not kept by anybody
            now, peak = tracemalloc.get_traced_memory()
            left.append(now)
            peaks.append(peak)
            tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    return done, left, peaks


def test_memory_does_not_grow_with_the_selection(make_organization, crowd, settings):
    settings.ORG_MEMBERS = {**settings.ORG_MEMBERS, "BATCH_SIZE": BATCH}
    organization = make_organization()
    crowd(organization, BATCHES * BATCH)
    members = organization.memberships.active()
    done, left, peaks = measured(actions.perform_in_batches("disable", actor=organization.owner, members=members))
    assert done == BATCHES * BATCH
    one_batch = peaks[1] - left[0]
    assert left[-1] - left[1] < one_batch / 4, "something is kept of each batch"
    assert max(peaks[2:]) - left[1] < one_batch * 2
