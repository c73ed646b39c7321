"""The trail as a file."""

from __future__ import annotations

import csv
import gc
import io
import json
import tracemalloc
from datetime import datetime, timezone

import pytest

from django_org_members.accounts.clients import Client, serving
from django_org_members.audit import export
from django_org_members.audit.reading import Filter, batches
from django_org_members.models import AuditEvent

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=timezone.utc)


def as_rows(text):
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def made(kind, organization, wanted=None):
    return "".join(export.FORMATS[kind].pieces(batches(organization.pk, wanted or Filter())))


@pytest.fixture
def event(acme, happened):
    with serving(Client(ip_address="2001:db8::7", user_agent="Firefox")):
        happened(acme, {"actor": acme.owner, "user": acme.owner, "details": {"role": ["Größe", None]}, "at": AT})
    return AuditEvent.objects.get()


def test_csv_has_every_column(acme, event):
    (row,) = as_rows(made("csv", acme))
    assert tuple(row) == export.COLUMNS
    assert json.loads(row.pop("details")) == {"role": ["Größe", None]}
    assert row == {
        "id": str(event.pk),
        "time": "2026-03-29T01:30:00.123456+00:00",
        "verb": "role_changed",
        "actor_id": str(acme.owner_id),
        "actor_name": "Olivia Owens",
        "actor_email": "owner@acme.example",
        "user_id": str(acme.owner_id),
        "name": "Olivia Owens",
        "email": "owner@acme.example",
        "ip_address": "2001:db8::7",
        "client": "Firefox",
    }


def test_json_lines_have_the_same(acme, event):
    line, rest = made("jsonl", acme).split("\n")
    record = json.loads(line)
    assert rest == ""
    assert tuple(record) == export.COLUMNS
    assert (record["time"], record["details"]) == ("2026-03-29T01:30:00.123456+00:00", {"role": ["Größe", None]})
    owner = acme.owner_id if isinstance(acme.owner_id, int) else str(acme.owner_id)  # a UUID
    assert (record["id"], record["user_id"]) == (event.pk, owner)


def test_no_column_of_the_model_is_forgotten():
    kept = {field.attname for field in AuditEvent._meta.concrete_fields} - {"organization_id", "search_text"}
    assert kept == {"created_at" if name == "time" else name for name in export.COLUMNS}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_spreadsheet_runs_nothing(acme, happened, start):
    name = f"{start}HYPERLINK(“x”)"
    happened(acme, {"name": name, "email": "fine@example.com"})
    (row,) = as_rows(made("csv", acme))
    assert row["name"] == f"'{name}"
    assert row["email"] == "fine@example.com"
    assert json.loads(made("jsonl", acme))["name"] == name, "a machine gets what is stored"


@pytest.mark.parametrize("end", [";", "\n", "\r", "\t"])
def test_a_spreadsheet_that_splits_elsewhere_runs_nothing_either(acme, happened, end):
    text = f"Mozilla/5.0 (X11; Linux){end}=HYPERLINK(0)"
    with serving(Client(user_agent=text)):
        happened(acme, {"details": {"reason": "none;=HYPERLINK(0)"}})
    (row,) = as_rows(made("csv", acme))
    assert row["client"] == f"Mozilla/5.0 (X11; Linux){end}'=HYPERLINK(0)"
    assert json.loads(row["details"]) == {"reason": "none;'=HYPERLINK(0)"}


def test_cells_with_quotes_commas_and_lines_stay_one_cell(acme, happened):
    name = 'Ada "Countess", of\r\nLovelace'
    happened(acme, {"name": name})
    assert as_rows(made("csv", acme))[0]["name"] == name


def test_an_empty_trail_is_a_head_and_nothing_else(acme):
    assert as_rows(made("csv", acme)) == []
    assert made("jsonl", acme) == ""


def test_the_newest_first_and_only_what_is_wanted(acme, happened, make_organization):
    happened(acme, *({"verb": verb, "at": AT} for verb in ("one", "two", "one")))
    happened(make_organization(), {"verb": "one"})
    ids = [row["id"] for row in as_rows(made("csv", acme, Filter(verb="one")))]
    assert ids == sorted(ids, key=int, reverse=True)
    assert len(ids) == 2


def test_memory_does_not_grow_with_the_number_of_events(acme, happened):
    size, pieces = 50, 16
    for _ in range(pieces):
        happened(acme, *({"name": "Ada Lovelace", "details": {"role": ["a" * 200, "b"]}} for _ in range(size)))
    peaks = []
    tracemalloc.start()
    try:
        for _piece in export.as_csv(batches(acme.pk, Filter(), size)):
            del _piece
            gc.collect()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert len(peaks) == pieces + 1
    assert max(peaks[3:]) < peaks[2] * 1.5
