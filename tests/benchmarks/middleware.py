"""What the middleware costs: the same pages of the same project with and without it, and with each backend."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse

from .measuring import Page, medians

MIDDLEWARE = "django_org_members.accounts.middleware.AccountMiddleware"
MEMBERS = "django_org_members.policy.backend.MembersBackend"
MODEL = "django.contrib.auth.backends.ModelBackend"


def who(request):
    """Answer with the least that a page for people who are signed in can do."""
    return HttpResponse(request.user.get_username())


@dataclass(frozen=True)
class Cost:
    """A page with the middleware and without, its user loaded by one backend."""

    page: str
    backend: str
    queries: int
    queries_without: int
    ms: float
    ms_without: float

    @property
    def cells(self):
        """Return what stands in the columns."""
        more = self.ms - self.ms_without
        return (
            f"{self.page}, {self.backend.rpartition('.')[2]}",
            str(self.queries),
            str(self.queries_without),
            f"{self.ms:.2f}",
            f"{self.ms_without:.2f}",
            f"{more:+.2f}",
        )


HEAD = ("Page", "queries", "without", "ms", "ms without", "difference")


def costs(subject, *, repeat):
    """Yield a `Cost` for each page and backend, all four of a page taking turns; both backends may load users."""
    list_url = reverse("org:org_members_organization_members", kwargs={"organization_id": subject.organization.pk})
    with override_settings(AUTHENTICATION_BACKENDS=[MEMBERS, MODEL]):
        for name, url, visits in (("who is signed in", "/who/", 50), ("members list", list_url, 10)):
            print(f"middleware, {name} …", file=sys.stderr)  # what differs is little: more visits than elsewhere
            yield from _costs(name, url, subject.organization.owner, repeat * visits)


def _costs(name, url, owner, visits):
    ways = [(backend, has_it) for backend in (MEMBERS, MODEL) for has_it in (True, False)]
    pages = [Page(_client(owner, backend, has_it=has_it), url) for backend, has_it in ways]
    queries = [page.visit() and page.queries() for page in pages]
    times = medians(pages, visits)
    for number, backend in ((0, MEMBERS), (2, MODEL)):
        yield Cost(name, backend, *queries[number : number + 2], *times[number : number + 2])


def _client(user, backend, *, has_it):
    """Return a client whose stack has the middleware, or does not; signed in by the backend."""
    client = Client()
    middleware = [each for each in settings.MIDDLEWARE if has_it or each != MIDDLEWARE]
    with override_settings(MIDDLEWARE=middleware):
        client.handler.load_middleware()
    client.force_login(user, backend=backend)
    return client
