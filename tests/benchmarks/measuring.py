"""How long a page takes, and how many queries it needs."""

from __future__ import annotations

import gc
from statistics import median
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def signed_in(user):
    """Return a client that is signed in as `user`."""
    client = Client()
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    return client


def queries(client, url):
    """Return how many queries the page needs; fails unless it answers 200."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answered {answer.status_code}")
    return len(captured)


def milliseconds(client, url, repeat):
    """Return the median time of the page. The first visit warms the caches and is not counted."""
    client.get(url)
    return median(_once(client, url) for _ in range(repeat))


def _once(client, url):
    gc.collect()
    start = perf_counter()
    client.get(url)
    return (perf_counter() - start) * 1000
