"""How long pages take, how many rows they show, and how many queries they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

_ROW = re.compile(rb'class="(?:action-select|om-log__time|om-events__what)"')
"""What a row of a list has once: the tick box, in the audit log the time, in the activity what it was."""


def signed_in(user):
    """Return a client that is signed in as `user`."""
    client = Client()
    client.force_login(user, backend="django_org_members.policy.backend.MembersBackend")
    return client


@dataclass(frozen=True)
class Page:
    """One address, as one person visits it."""

    client: Client
    url: str

    def visit(self):
        """Return the answer; raises `RuntimeError` where it is no page."""
        answer = self.client.get(self.url)
        if answer.status_code != 200:
            raise RuntimeError(f"{self.url} answered {answer.status_code}")
        return answer

    def rows(self):
        """Return how many rows the list on the page has. (The first visit also warms the caches.)"""
        return len(_ROW.findall(self.visit().content))

    def queries(self):
        """Return how many queries the page needs."""
        with CaptureQueriesContext(connection) as captured:
            self.visit()
        return len(captured)

    def milliseconds(self):
        """Return how long one visit takes."""
        start = perf_counter()
        self.visit()
        return (perf_counter() - start) * 1000


def medians(pages, repeat):
    """Return the median time of each page. They take turns, so what else the machine does troubles all alike."""
    rounds = [[page.milliseconds() for page in pages] for _ in range(repeat)]
    return [median(times) for times in zip(*rounds)]
