"""The export: the same events as on the page, as a file that is sent while it is made."""

from __future__ import annotations

import csv
import io
import json

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from django_org_members.audit import reading

pytestmark = pytest.mark.django_db
KINDS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@pytest.fixture
def events(acme, happened, make_user):
    ada = make_user(full_name="Ada Lovelace")
    happened(acme, *({"verb": f"verb_{number % 2}", "user": ada, "actor": acme.owner} for number in range(25)))
    return ada


@pytest.fixture
def small_batches(monkeypatch):
    """Batches of ten; returns the list of how many were made."""
    made, original = [], reading.batches

    def watched(organization_id, wanted, size=10):
        for batch in original(organization_id, wanted, size):
            made.append(len(batch))
            yield batch

    monkeypatch.setattr("django_org_members.admin.audit.page.batches", watched)
    return made


def records(kind, content):
    text = content.decode()
    if kind == "jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_offered_that_nothing_keeps(acme, events, as_user, page_url, kind):
    response = as_user(acme.owner).get(page_url("audit_export", kind=kind))
    assert response.streaming
    assert response.headers["Content-Type"] == KINDS[kind]
    assert response.headers["Content-Disposition"].startswith(f'attachment; filename="{acme.slug}-audit-log-2')
    assert response.headers["Content-Disposition"].endswith(f'.{kind}"')
    assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", "))
    assert len(records(kind, response.getvalue())) == 25


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_made_while_it_is_sent(acme, events, as_user, page_url, small_batches, kind):
    response = as_user(acme.owner).get(page_url("audit_export", kind=kind))
    pieces = iter(response)
    assert small_batches == []
    head = [next(pieces) for _ in range(2 if kind == "csv" else 1)]
    assert small_batches == [10]
    assert len(records(kind, b"".join([*head, *pieces]))) == 25
    assert small_batches == [10, 10, 5]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "filters",
    [{"verb": "verb_1"}, {"q": "lovelace"}, {"q": "nobody"}, {"person": "ada"}, {"until": "2020-01-01"}],
)
def test_it_has_what_the_page_shows(acme, events, as_user, page_url, kind, filters):
    client = as_user(acme.owner)
    page = client.get(page_url("organization_audit"), filters)
    (url,) = [url for _label, url in page.context["exports"] if f"/{kind}/" in url]
    found = records(kind, client.get(url).getvalue())
    assert [int(record["id"]) for record in found] == [row.event.pk for row in page.context["rows"]]


def test_it_needs_the_permission(acme, events, as_user, page_url, make_member, make_role):
    viewer = make_member(acme, role=make_role(acme, "view_members", "view_member_activity")).user
    assert as_user(viewer).get(page_url("audit_export", kind="csv")).status_code == 403
    assert as_user(make_member(acme).user).get(page_url("audit_export", kind="csv")).status_code == 302


def test_there_is_no_other_format(acme, as_user, page_url):
    assert as_user(acme.owner).get(page_url("audit_export", kind="xlsx")).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.django_db(transaction=True)
def test_under_asgi_no_batch_waits_for_the_others(acme, events, sign_in, page_url, small_batches, kind):
    client, url, seen = sign_in(AsyncClient(), acme.owner), page_url("audit_export", kind=kind), []

    async def read():
        response = await client.get(url)
        assert response.is_async
        content = b""
        async for piece in response:
            seen.append(len(small_batches))
            content += piece
        return content

    assert len(records(kind, async_to_sync(read)())) == 25
    assert seen == ([0, 1, 2, 3] if kind == "csv" else [1, 2, 3])
